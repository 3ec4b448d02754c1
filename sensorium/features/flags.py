"""Flags: any number of labels in one row, as a vector of 0 and 1."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import polars as pl

from sensorium.errors import DataError, sentence
from sensorium.features.base import (
    Columns,
    Encoded,
    Feature,
    Reading,
    State,
    pick,
    source_names,
)
from sensorium.features.canonical import merge_kinds, value_of, values_series
from sensorium.features.counts import Counts
from sensorium.features.labels import (
    Labels,
    Names,
    Switches,
    is_switches,
    read_labels,
    read_switches,
    switch_names,
)
from sensorium.features.parse import refuse
from sensorium.features.vocabulary import Vocabulary
from sensorium.schema import EncoderArgument, Positive


class Flags(Feature):
    """Several labels at once: tags of a text, findings in a picture.

    They come as one column of lists, as one column of texts with a separator, as
    several columns of 0 and 1 (or false and true), or as one array `(rows, k)` of them.

    `values` is float32 `(rows, k)`, 1 where the row has the flag. For lists and texts
    the flags stand in the order of their values (numbers by number), else in the order
    of the columns. Flags that were not seen in training are ignored. An empty list is
    a row without flags; null is a missing row, and so is an empty text, which a CSV
    file cannot tell from it. Of several columns a missing one counts as 0 as long as
    another is there. A number other than 0 and 1 is an error of its row.

    Up to 1,000,000 distinct flags merging is exact; beyond, the rarest are forgotten.

    As a target: the same, with a row of NaN where the labels are missing; of several
    columns none may be missing. `decode` gives lists of the user's own type back, or
    for several columns a struct of booleans.

    Args:
        columns: Source columns; the input's own name if left out.
        encoder: What turns the flags into a vector; the default one if left out.
        separator: What stands between the flags of a text, e.g. ";". Spaces around
            flags are dropped.
        max_flags: Most flags that are known; the most frequent are kept.
    """

    kind = "flags"
    is_target = True

    kind_: str
    counted_: Counts
    switches_: Names

    def __init__(
        self,
        columns: str | Sequence[str] | None = None,
        *,
        encoder: EncoderArgument = None,
        separator: str | None = None,
        max_flags: Positive = 10_000,
    ) -> None:
        self.columns = columns
        self.encoder = encoder
        self.separator = separator
        self.max_flags = max_flags

    def fit(self, columns: Columns, reading: Reading = Reading()) -> Self:
        """Counts the flags of these rows.

        Raises:
            DataError: If a column cannot be flags, or a number is not 0 or 1.
        """
        names = source_names(self, columns)
        picked = pick(self, columns, reading)
        if is_switches(picked):
            read = read_switches(picked, names, reading)
            for name, faults in read.faults.items():
                refuse(faults, name, reading)
            flags = switch_names(picked, names)
            ones = np.nansum(read.values, axis=0).astype(np.int64).tolist()
            return self._with(names, "text", Counts.restore(list(flags), ones), flags)
        labels = read_labels(picked[0], names[0], self.separator, reading)
        return self._with(names, labels.kind, Counts.of(labels.once()), ())

    def merge(self, other: Self) -> Self:
        """Returns what `fit` on the rows of both would give."""
        self.require_same(other)
        kind = merge_kinds(self.kind_, other.kind_)
        merged = self.counted_.merge(other.counted_)
        switches = self.switches_ or other.switches_
        if switches:
            found = dict(zip(merged.texts, merged.counts, strict=True))
            counts = [found.get(name, 0) for name in switches]
            merged = Counts.restore(list(switches), counts)
        return self._with(self.names_, kind, merged, switches)

    def encode(self, columns: Columns, reading: Reading = Reading()) -> Encoded:
        """Sets 1 where a row has a flag."""
        values, present, errors = self._read(columns, reading)
        return Encoded(np.where(np.isnan(values), 0, values), present, errors)

    def encode_target(self, columns: Columns, reading: Reading = Reading()) -> Encoded:
        """Gives float32 `(rows, k)` with a row of NaN where labels are missing."""
        values, present, errors = self._read(columns, reading)
        present = present & ~np.isnan(values).any(axis=1)
        values[~present] = np.nan
        return Encoded(values, present, errors)

    def decode(self, values: np.ndarray) -> pl.Series:
        """Gives the labels of probabilities (from 0.5) or booleans.

        Args:
            values: Shape `(rows, k)`. A row with NaN becomes null.
        """
        rows = np.asarray(values).reshape(-1, *self.shape()).astype(np.float64)
        missing = np.asarray(np.isnan(rows).any(axis=1))
        name = self.names_[0]
        if self.switches_:
            flags = {
                flag: pl.Series(np.where(missing, np.nan, rows[:, at])).fill_nan(None)
                >= 0.5
                for at, flag in enumerate(self.switches_)
            }
            return pl.DataFrame(flags).to_struct(name)
        found, places = np.nonzero(rows >= 0.5)
        ends = np.searchsorted(found, np.arange(len(rows) + 1)).tolist()
        labels = [self.flags_[place] for place in places]
        lists = [
            None if gone else labels[start:end]
            for gone, start, end in zip(missing, ends, ends[1:], strict=False)
        ]
        inner = values_series("", self.flags_, self.kind_).dtype
        return pl.Series(name, lists, dtype=pl.List(inner))

    @functools.cached_property
    def flags_(self) -> list[Any]:
        """The flags in the order of `values`, as Python values."""
        return [value_of(text, self.kind_) for text in self._vocabulary.texts]

    @functools.cached_property
    def counts_(self) -> np.ndarray:
        """How many training rows have each flag, int64, in the order of `flags_`."""
        found = dict(zip(self.counted_.texts, self.counted_.counts, strict=True))
        return np.array([found[text] for text in self._vocabulary.texts], np.int64)

    def state(self) -> State:
        """The flags with their counts, at most `max_flags`."""
        self.require_fitted()
        kept = self._kept
        document = {
            "names": list(self.names_),
            "kind": self.kind_,
            "texts": kept.texts,
            "switches": list(self.switches_),
        }
        return State(document, {"counts": np.array(kept.counts, dtype=np.int64)})

    def restore(self, state: State) -> Self:
        """Returns a fitted copy with this state."""
        document: Mapping[str, Any] = state.document
        counts = state.arrays["counts"].tolist()
        counted = Counts.restore(document["texts"], counts)
        names, switches = tuple(document["names"]), tuple(document["switches"])
        return self._with(names, document["kind"], counted, switches)

    def shape(self) -> tuple[int, ...]:
        """`(k,)`."""
        self.require_fitted()
        return (len(self._vocabulary.texts),)

    def is_fitted(self) -> bool:
        """Whether `encode` can be called."""
        return hasattr(self, "counted_")

    @property
    def _kept(self) -> Counts:
        return self.counted_ if self.switches_ else self.counted_.most(self.max_flags)

    @functools.cached_property
    def _vocabulary(self) -> Vocabulary:
        texts = self._kept.texts
        if not texts:
            text = f"column `{self.names_[0]}` has no flag in the training rows"
            raise DataError(sentence("", text, fix="Leave it out."))
        if self.switches_:
            return Vocabulary(texts)
        order = sorted(texts, key=lambda text: (value_of(text, self.kind_), text))
        return Vocabulary(order)

    def _read(
        self, columns: Columns, reading: Reading
    ) -> tuple[np.ndarray, np.ndarray, dict[int, str]]:
        width = self.shape()[0]
        picked = pick(self, columns, reading)
        if self.switches_:
            read: Switches = read_switches(picked, self.names_, reading, width)
            return read.values, read.present, read.reasons()
        labels: Labels = read_labels(
            picked[0], self.names_[0], self.separator, reading, self.kind_
        )
        values = np.zeros((len(labels.present), width), dtype=np.float32)
        places = self._vocabulary.places(labels.texts)
        known = places >= 0
        values[labels.rows[known], places[known]] = 1
        return values, labels.present, {}

    def _with(self, names: Names, kind: str, counted: Counts, switches: Names) -> Self:
        # Made anew, so that nothing cached from another fit comes along.
        fresh = object.__new__(type(self))
        for key in ("columns", "encoder", "separator", "max_flags"):
            setattr(fresh, key, getattr(self, key))
        fresh.names_ = names
        fresh.kind_ = kind
        fresh.counted_ = counted
        fresh.switches_ = switches
        return fresh
