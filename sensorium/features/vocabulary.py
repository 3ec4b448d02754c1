"""From texts to their places in a list, fast for one row and for many."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import polars as pl

from sensorium.features.canonical import composed

MISSING = -2
UNKNOWN = -1

# Polars makes a table of all known texts in each call, and a dict looks at one row
# after the other. Measured, in ms, dict and Polars: 0.5 and 0.25 for 4,096 rows and 50
# texts, 0.9 and 2.6 with 19,000 texts, 4.4 and 2.9 for 20,000 rows and 19,000 texts.
_FEW = 2_048


class Vocabulary:
    """Finds texts in a list.

    Args:
        texts: Different texts in composed form (NFC), in the order of their places.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = tuple(texts)

    def places(self, texts: pl.Series) -> np.ndarray:
        """The place of each text, int32 `(rows,)`.

        `MISSING` for null and the empty text, `UNKNOWN` for texts that are not there.
        """
        if len(texts) <= _FEW + len(self.texts) // 2 or not self.texts:
            return self._by_dict(texts)
        codes = texts.cast(self._enum, strict=False).to_physical().cast(pl.Int32)
        places = codes.fill_null(UNKNOWN).to_numpy().copy()
        unknown = np.flatnonzero(places == UNKNOWN)
        if len(unknown):
            places[unknown] = self._by_dict(texts.gather(unknown))
        return places

    def _by_dict(self, texts: pl.Series) -> np.ndarray:
        table = self._table
        cells = texts.to_list()
        found = [table.get(text, UNKNOWN) for text in cells]
        if UNKNOWN in found:  # another form of a known text is not found as it stands
            found = [
                table.get(composed(text), UNKNOWN) if place == UNKNOWN else place
                for text, place in zip(cells, found, strict=True)
            ]
        return np.array(found, dtype=np.int32)

    @functools.cached_property
    def _table(self) -> dict[str | None, int]:
        table: dict[str | None, int] = {None: MISSING, "": MISSING}
        table.update((text, place) for place, text in enumerate(self.texts))
        return table

    @functools.cached_property
    def _enum(self) -> pl.Enum:
        return pl.Enum(self.texts)
