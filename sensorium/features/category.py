"""Categories: one or several columns of labels as whole numbers."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import polars as pl

from sensorium.errors import DataError, listing, near, sentence, short
from sensorium.features.base import (
    Column,
    Columns,
    Encoded,
    Feature,
    Reading,
    State,
    pick,
    source_names,
)
from sensorium.features.canonical import (
    canonical,
    composed,
    converted,
    merge_kinds,
    text_of,
    value_of,
    values_series,
)
from sensorium.features.counts import Counts
from sensorium.features.vocabulary import MISSING, UNKNOWN, Vocabulary
from sensorium.schema import EncoderArgument, Positive

Names = tuple[str, ...]

FIRST = 2
"""Id of the most frequent category: 0 is missing, 1 is any other value."""


class Category(Feature):
    """One or several columns of categories: texts, numbers, booleans or dates.

    `values` is int32 `(rows, k)`, a column each: 0 = missing, 1 = a value that was
    rare or not seen in training, from 2 the known values, the most frequent first and
    equal ones by name. A row is present if any column has a value.

    A value has one text, whatever type it comes in (`sensorium.features.canonical`): 1
    and 1.0 are the same category; `007`, `NA` and `None` as texts are categories like
    any other; null, NaN and the empty text are missing.

    Up to 1,000,000 distinct values merging is exact; beyond, the rarest are forgotten.

    As a target: every value of the training rows is a class, 0, 1, ... in the order of
    the values (numbers by number), -1 where the label is missing. `decode` gives the
    user's own type back. `min_count` does not apply.

    Args:
        columns: Source columns; the input's own name if left out.
        encoder: What turns the ids into a vector; the default one if left out.
        max_categories: Most values that are known; the rest count as rare. Also the
            most classes a target may have.
        min_count: How often a value must come in training to be known. With 2 the
            values that came once teach the network what a rare value means; with 1 the
            id of unseen values would never be trained.
        order: For a target, the classes in the order of their ids; all that the
            training rows have must be in it. `None` is the order of the values.
    """

    kind = "category"
    is_target = True

    kinds_: tuple[str, ...]
    counted_: tuple[Counts, ...]

    def __init__(
        self,
        columns: str | Sequence[str] | None = None,
        *,
        encoder: EncoderArgument = None,
        max_categories: Positive = 50_000,
        min_count: Positive = 2,
        order: Sequence[str | int | float] | None = None,
    ) -> None:
        self.columns = columns
        self.encoder = encoder
        self.max_categories = max_categories
        self.min_count = min_count
        self.order = order

    def fit(self, columns: Columns, reading: Reading = Reading()) -> Self:
        """Counts the values of these rows.

        Raises:
            DataError: If a column's type cannot be categories.
        """
        names = source_names(self, columns)
        picked = pick(self, columns, reading)
        texts = [
            canonical(column, name, reading)
            for name, column in zip(names, picked, strict=True)
        ]
        counted = tuple(Counts.of(column) for column, _ in texts)
        return self._with(names, tuple(kind for _, kind in texts), counted)

    def merge(self, other: Self) -> Self:
        """Returns what `fit` on the rows of both would give."""
        self.require_same(other)
        kinds = map(merge_kinds, self.kinds_, other.kinds_)
        pairs = zip(self.counted_, other.counted_, strict=True)
        return self._with(
            self.names_, tuple(kinds), tuple(one.merge(two) for one, two in pairs)
        )

    def encode(self, columns: Columns, reading: Reading = Reading()) -> Encoded:
        """Looks up the id of each value."""
        self.require_fitted()
        picked = pick(self, columns, reading)
        values = np.empty((len(picked[0]), len(picked)), dtype=np.int32)
        for at, (column, known) in enumerate(
            zip(picked, self._vocabularies, strict=True)
        ):
            values[:, at] = known.places(self._texts(column, at, reading)) + FIRST
        return Encoded(values, np.asarray(values.any(axis=1)))

    def encode_target(self, columns: Columns, reading: Reading = Reading()) -> Encoded:
        """Gives class ids, int32 `(rows,)`; -1 where the label is missing or unknown.

        Raises:
            DataError: If there is more than one column, or fewer than two classes.
        """
        self.require_target()
        texts = self._texts(pick(self, columns, reading)[0], 0, reading)
        values = self._classes.places(texts)
        errors = {
            row: self._unseen(texts[row])
            for row in np.flatnonzero(values == UNKNOWN).tolist()
        }
        values[values == MISSING] = -1
        return Encoded(values, values >= 0, errors)

    def decode(self, values: np.ndarray) -> pl.Series:
        """Gives the labels of class ids, in the type they had; null for -1.

        Args:
            values: Class ids, shape `(rows,)`.
        """
        self.require_target()
        places = np.asarray(values).reshape(-1).astype(np.int64)
        classes = [*self.classes_, None]
        if places.size and places.max() >= len(self.classes_):
            text = f"there are {len(self.classes_)} classes, counted from 0"
            raise DataError(sentence("", text, int(places.max())))
        places[places < 0] = len(self.classes_)
        labels = values_series(self.names_[0], classes, self.kinds_[0])
        return labels.gather(places)

    @functools.cached_property
    def classes_(self) -> list[Any]:
        """The classes of a target in the order of their ids, as Python values."""
        self.require_target()
        return [value_of(text, self.kinds_[0]) for text in self._classes.texts]

    @functools.cached_property
    def counts_(self) -> np.ndarray:
        """How many training rows each class has, int64, in the order of `classes_`."""
        self.require_target()
        counted = dict(zip(*self._texts_and_counts(0), strict=True))
        return np.array([counted.get(t, 0) for t in self._classes.texts], np.int64)

    def require_target(self) -> None:
        """Raises `DataError` unless this feature can be predicted."""
        self.require_fitted()
        name, found = self.names_[0], self.counted_[0].table.height
        if len(self.names_) > 1:
            text = "a category that is predicted has one column"
            fix = "Predict each alone."
            raise DataError(sentence("", text, list(self.names_), fix))
        if found < 2:
            text = f"column `{name}`: a target needs at least two classes"
            received = listing([short(one) for one in self.counted_[0].texts]) or "none"
            fix = "Choose another target, or add training rows of another class."
            raise DataError(f"{text}. The training rows have: {received}. {fix}")
        if found > self.max_categories:
            text = f"expected at most {self.max_categories:,} classes"
            fix = "Use `number` for numbers, or raise `max_categories`."
            raise DataError(sentence(f"column `{name}`", text, found, fix))

    def state(self) -> State:
        """The values with their counts, at most `max_categories` a column."""
        self.require_fitted()
        kept = [self._texts_and_counts(at) for at in range(len(self.names_))]
        document = {
            "names": list(self.names_),
            "kinds": list(self.kinds_),
            "texts": [texts for texts, _ in kept],
        }
        arrays = {
            f"counts_{at}": np.array(counts, dtype=np.int64)
            for at, (_, counts) in enumerate(kept)
        }
        return State(document, arrays)

    def restore(self, state: State) -> Self:
        """Returns a fitted copy with this state."""
        counted = tuple(
            Counts.restore(texts, state.arrays[f"counts_{at}"].tolist())
            for at, texts in enumerate(state.document["texts"])
        )
        names, kinds = state.document["names"], state.document["kinds"]
        return self._with(tuple(names), tuple(kinds), counted)

    def shape(self) -> tuple[int, ...]:
        """`(k,)`."""
        self.require_fitted()
        return (len(self.names_),)

    def encoder_arguments(self) -> dict[str, Any]:
        """`num_categories`: how many ids each column has, 0 and 1 among them."""
        self.require_fitted()
        sizes = [len(known.texts) + FIRST for known in self._vocabularies]
        return {"num_categories": sizes}

    def is_fitted(self) -> bool:
        """Whether `encode` can be called."""
        return hasattr(self, "counted_")

    @functools.cached_property
    def _vocabularies(self) -> tuple[Vocabulary, ...]:
        return tuple(
            Vocabulary(counted.most(self.max_categories, self.min_count).texts)
            for counted in self.counted_
        )

    @functools.cached_property
    def _classes(self) -> Vocabulary:
        kind = self.kinds_[0]
        texts = self.counted_[0].texts
        if self.order is not None:
            return Vocabulary(self._ordered(texts))
        return Vocabulary(sorted(texts, key=lambda text: (value_of(text, kind), text)))

    def _ordered(self, seen: Sequence[str]) -> list[str]:
        kind, where = self.kinds_[0], f"column `{self.names_[0]}`"
        given = pl.Series(
            [text_of(value) for value in self.order or ()], dtype=pl.String
        )
        listed = [text or "" for text in converted(given, "text", kind).to_list()]
        ordered = [composed(text) for text in listed if text]
        lacking = [text for text in seen if text not in ordered]
        if lacking:
            text = "expected `order` to have every class of the training rows"
            fix = near(lacking[0], ordered) or f"It lacks {listing(lacking)}."
            raise DataError(sentence(where, text, lacking[0], fix))
        _check_readable(ordered, kind, where)
        if len(set(ordered)) < len(listed):
            text = "expected `order` to have every class once, and none that is empty"
            raise DataError(sentence(where, text, listing(listed, 12)))
        return ordered

    def _texts_and_counts(self, at: int) -> tuple[list[str], list[int]]:
        kept = self.counted_[at].most(self.max_categories)
        return kept.texts, kept.counts

    def _texts(self, column: Column, at: int, reading: Reading) -> pl.Series:
        texts, kind = canonical(column, self.names_[at], reading)
        trained = self.kinds_[at]
        return texts if kind == trained else converted(texts, kind, trained)

    def _unseen(self, text: str) -> str:
        texts = self.kinds_[0] == "text"
        known = listing([short(one) if texts else str(one) for one in self.classes_])
        expected = "expected a label that was seen in training"
        fix = f"Known: {known}."
        return sentence(f"column `{self.names_[0]}`", expected, text, fix)

    def _with(self, names: Names, kinds: Names, counted: tuple[Counts, ...]) -> Self:
        # Made anew, so that nothing cached from another fit comes along.
        fresh = object.__new__(type(self))
        for key in ("columns", "encoder", "max_categories", "min_count", "order"):
            setattr(fresh, key, getattr(self, key))
        fresh.names_ = names
        fresh.kinds_ = kinds
        fresh.counted_ = counted
        return fresh


def _check_readable(texts: Sequence[str], kind: str, where: str) -> None:
    for text in texts:
        try:
            value_of(text, kind)
        except ValueError as error:
            expected = f"expected `order` to hold values of the column's kind, {kind}"
            raise DataError(sentence(where, expected, text)) from error
