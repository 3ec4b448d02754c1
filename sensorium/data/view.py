"""Some arrays of a larger set, under other names, with further ones beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sensorium.data.source import Array
from sensorium.data.store import ArrayStore, take


class ArrayView(Mapping[str, Array]):
    """Arrays of a set that are wanted; reads only these, also from an `ArrayStore`.

    Args:
        source: The arrays.
        names: Name -> its name in `source`.
        extra: Further arrays with as many rows, e.g. `numpy.broadcast_to` ones that
            take no memory; they stand for wanted ones of the same name.
    """

    def __init__(
        self,
        source: Mapping[str, Array],
        names: Mapping[str, str],
        extra: Mapping[str, Array],
    ) -> None:
        self._source = source
        self._names = {k: held for k, held in names.items() if k not in extra}
        self._extra = dict(extra)

    def __getitem__(self, name: str) -> Array:
        if name in self._extra:
            return self._extra[name]
        return self._source[self._names[name]]

    def __iter__(self) -> Iterator[str]:
        yield from self._names
        yield from self._extra

    def __len__(self) -> int:
        return len(self._names) + len(self._extra)

    def take(self, rows: Array) -> dict[str, Array]:
        """Copies rows of the arrays.

        Args:
            rows: Positions, from 0.
        """
        wanted = dict.fromkeys(self._names.values())
        if isinstance(self._source, ArrayStore):
            found = self._source.take(rows, list(wanted))
        else:
            found = take({name: self._source[name] for name in wanted}, rows)
        named = {name: found[held] for name, held in self._names.items()}
        return {**named, **take(self._extra, rows)}
