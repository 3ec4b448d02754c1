"""A table with a column of every kind, and its recipe."""

from __future__ import annotations

import io

import numpy as np
import polars as pl
from PIL import Image

ROWS = 240
CLASSES = ("bad", "fine", "good")


def _png(level: int, draw: np.random.Generator) -> bytes:
    picture = (draw.random((16, 16, 3)) * 60 + level * 60).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(picture).save(out, format="PNG")
    return out.getvalue()


def make_every_kind(rows: int = ROWS, seed: int = 0) -> pl.DataFrame:
    """A table with a column of every kind, each of them telling of the label."""
    draw = np.random.default_rng(seed)
    label = draw.integers(0, 3, rows)
    words = [["awful", "broken"], ["plain", "usual"], ["lovely", "shiny"]]
    missing = draw.random(rows) < 0.1
    return pl.DataFrame(
        {
            "size": pl.Series(label + draw.normal(size=rows) * 0.3).scatter(
                np.flatnonzero(missing), None
            ),
            "weight": draw.normal(size=rows),
            "colour": [
                ("red", "green", "blue")[(k + (draw.random() < 0.2)) % 3] for k in label
            ],
            "review": [
                f"a {draw.choice(words[k])} thing, number {draw.integers(9)}"
                for k in label
            ],
            "photo": [_png(int(k), draw) for k in label],
            "wave": [
                np.sin(np.arange(20 + k) * (1 + k) / 4 + draw.random()).tolist()
                for k in label
            ],
            "code": [
                (np.eye(3)[k] + draw.normal(size=3) * 0.2).tolist() for k in label
            ],
            "tags": [["cheap"] if k == 0 else ["new", "top"][:k] for k in label],
            "when": pl.Series(
                [f"2024-0{k + 1}-1{draw.integers(9)}" for k in label]
            ).str.to_date(),
            "grade": [CLASSES[k] for k in label],
            "price": label * 100.0 + 50 + draw.normal(size=rows) * 5,
            "marks": [["a"] if k else ["a", "b"] for k in label],
        }
    )


RECIPE = """\
data: things.parquet
inputs:
  facts: {type: number, columns: [size, weight]}
  colour: category
  review: text
  photo: {type: image, size: [16, 16], encoder: {type: residual, filters: [8, 16]}}
  wave: {type: signal, encoder: {type: signal_convolution, filters: [16, 16]}}
  code: vector
  tags: flags
  when: time
outputs:
  grade: classification
  price: regression
  marks: flags
stages:
  - {epochs: 6, learning_rate: 3e-3}
"""

SMALL = """\
data: things.parquet
inputs:
  facts: {type: number, columns: [size, weight]}
  colour: category
outputs:
  grade: classification
  price: regression
stages:
  - {epochs: 2, learning_rate: 3e-3}
"""
