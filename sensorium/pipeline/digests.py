"""What fitting makes of rows and encoding needs again: made once where it is small."""

from __future__ import annotations

from collections.abc import Mapping

from sensorium.features import Digest

MOST_BYTES = 64 * 2**20
"""Memory that digests of one preparation may take, however long the table is."""


class Digests:
    """Keeps the digests of chunks from fitting to encoding; later chunks have none.

    Args:
        most: Bytes that they may take together; by default `MOST_BYTES`.
    """

    def __init__(self, most: int | None = None) -> None:
        self._left = MOST_BYTES if most is None else most
        self._kept: dict[tuple[int, int], Mapping[str, Digest]] = {}

    def keep(self, table: int, first: int, digests: Mapping[str, Digest]) -> None:
        """Keeps the digests of a chunk if there is room.

        Args:
            table: Number of the table.
            first: The chunk's first row in it.
            digests: The digests by the name of their input.
        """
        size = sum(digest.nbytes for digest in digests.values())
        if digests and size <= self._left:
            self._left -= size
            self._kept[table, first] = digests

    def take(self, table: int, first: int) -> Mapping[str, Digest]:
        """Hands over the digests of a chunk; none if they were not kept."""
        return self._kept.pop((table, first), {})
