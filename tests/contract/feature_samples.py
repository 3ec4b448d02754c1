"""A few rows for each kind of feature, for the tests that run over all of them."""

from __future__ import annotations

import datetime
import functools
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from PIL import Image as Pillow

from sensorium.features import FEATURES, Feature
from sensorium.schema import Role

Column = pl.Series | np.ndarray


@dataclass(frozen=True)
class Sample:
    """What the contract needs to know of one feature.

    Args:
        document: The declaration as a document; its `columns` are named.
        columns: Training rows; the last row has nothing in it.
        unreadable: Rows, of which only the first cannot be read, or nothing.
        dtype: Of `encode(...).values`.
    """

    document: Mapping[str, Any]
    columns: Mapping[str, Column]
    dtype: type
    unreadable: Mapping[str, Column] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return str(self.document["type"])

    @functools.cached_property
    def feature(self) -> Feature:
        return Role("feature", FEATURES).build(self.document)

    def rows(self, start: int, stop: int) -> dict[str, Column]:
        return {name: column[start:stop] for name, column in self.columns.items()}

    @property
    def height(self) -> int:
        return len(next(iter(self.columns.values())))


def feature(kind: str, columns: str | list[str], **arguments: Any) -> dict[str, Any]:
    return {"type": kind, "columns": columns, **arguments}


def png(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Pillow.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def mask_png(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).choice([0, 7, 200], (8, 6)).astype(np.uint8)
    buffer = io.BytesIO()
    Pillow.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def series(*values: Any) -> pl.Series:
    return pl.Series(values)


DAY = datetime.datetime(2024, 3, 1, 12, 30)
RNG = np.random.default_rng(0)
NUMBERS = {
    "a": series(1.5, None, -2.0, 1e6, 0.0, None),
    "b": series(3, 3, 4, 5, 3, None),
}
TEXTS = series("red car", "blue car", "Red sky, über", "car", "red", None)
LISTS = series([1.0, 2.0], [0.5, None], [-1.0, 7.0], [1.0, 2.0], [9.0, 2.0], None)
FLOAT = np.float32

SAMPLES: dict[str, Sample] = {
    "number": Sample(
        feature("number", ["a", "b"]),
        NUMBERS,
        FLOAT,
        {"a": series("x", "1"), "b": series(1, 2)},
    ),
    "number-one": Sample(
        feature("number", "b"),
        {"b": NUMBERS["b"]},
        FLOAT,
        {"b": series(float("inf"), 2.0)},
    ),
    "number-standard": Sample(
        feature("number", ["b", "a"], scale="standard"),
        NUMBERS,
        FLOAT,
        {"a": series(1.0, 2.0), "b": series(float("inf"), 2.0)},
    ),
    "number-none": Sample(feature("number", ["a", "b"], scale="none"), NUMBERS, FLOAT),
    "category": Sample(
        feature("category", "x"), {"x": series("a", "b", "a", "c", "b", None)}, np.int32
    ),
    "category-two": Sample(
        feature("category", ["x", "y"]),
        {
            "x": series(7, 7, 8, None, 9, None),
            "y": series(True, False, None, True, True, None),
        },
        np.int32,
    ),
    "text": Sample(feature("text", "x"), {"x": TEXTS}, np.int32),
    "text-ngrams": Sample(
        feature("text", "x", tokens="ngrams"), {"x": TEXTS}, np.int32
    ),
    "image": Sample(
        feature("image", "x", size=(8, 6)),
        {"x": series(*[png(at) for at in range(5)], None)},
        np.uint8,
        {"x": series(b"no picture", png(0))},
    ),
    "signal": Sample(
        feature("signal", "x"),
        {
            "x": series(
                [1.0, 2.0, 3.0], [0.5, 4.0], [2.0, None, 1.0], [5.0], [1.0], None
            )
        },
        FLOAT,
    ),
    "vector": Sample(
        feature("vector", "x"), {"x": LISTS}, FLOAT, {"x": series([1.0], [1.0, 2])}
    ),
    "vector-array": Sample(
        feature("vector", "x"),
        {"x": np.concatenate([RNG.normal(size=(5, 3)), np.full((1, 3), np.nan)])},
        FLOAT,
        {"x": np.array([[np.inf, 1, 2], [0, 1, 2]])},
    ),
    "box": Sample(
        feature("box", "x"),
        {
            "x": series(
                [1.0, 2.0, 3.0, 2.0],
                *[[0.0, 0.5, at, 4.0] for at in (1, 2, 3, 4)],
                None,
            )
        },
        FLOAT,
        {"x": series([1.0, 0, 0, 1], [1.0, 0, 2, 1])},
    ),
    "box-columns": Sample(
        feature("box", ["x", "y", "w", "h"], form="center_size"),
        {
            "x": series(1.5, 2, -2.0, 1e6, 0.0, None),
            "y": series(3, 3, 4, 5, 3, None),
            "w": series(1, 0, 2, 5, 3, None),
            "h": series(1, 2, 3, 4, 5, None),
        },
        FLOAT,
        {
            "x": series(1, 2),
            "y": series(1, 2),
            "w": series(1, 2),
            "h": series(-1, 2),
        },
    ),
    "flags": Sample(
        feature("flags", "x"),
        {"x": series(["a"], ["b", "a"], [], ["c"], ["c"], None)},
        FLOAT,
    ),
    "flags-text": Sample(
        feature("flags", "x", separator=";"),
        {"x": series("a", "b; a", ";", "c", "c", None)},
        FLOAT,
    ),
    "flags-columns": Sample(
        feature("flags", ["x", "y"]),
        {"x": series(1, 0, 1, 0, 1, None), "y": series(0, 0, 1, 1, 1, None)},
        FLOAT,
        {"x": series(2, 1), "y": series(0, 0)},
    ),
    "time": Sample(
        feature("time", "x"),
        {
            "x": series(
                *[DAY + at * datetime.timedelta(hours=31) for at in range(5)], None
            )
        },
        FLOAT,
        {"x": series("soon", "2024-01-01")},
    ),
    "mask": Sample(
        feature("mask", "x", size=(8, 6)),
        {"x": series(*[mask_png(at) for at in range(5)], None)},
        np.int16,
        {"x": series(b"no picture", mask_png(0))},
    ),
    "mask-array": Sample(
        feature("mask", "x", size=(2, 3), values=(5, 0)),
        {
            "x": np.stack(
                [*RNG.choice([0.0, 5.0, 9.0], (5, 2, 3)), np.full((2, 3), np.nan)]
            )
        },
        np.int16,
        {"x": np.array([[[0.5, 0, 5]] * 2, [[0, 0, 5]] * 2])},
    ),
    "time-text": Sample(
        feature("time", "x"),
        {
            "x": series(
                "2024-01-05", "2023-02-06", "2022-03-07", "2024-01-01", "2024-05-05", ""
            )
        },
        FLOAT,
    ),
}
"""The word of the kind, with a hyphen and a variant where there are several."""
