"""The made tables of the benchmarks, always the same for the same seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image

CATEGORIES = (5, 50, 500, 20_000)
WORDS = 20_000


def table_a(path: Path, rows: int = 100_000, seed: int = 0) -> None:
    """CSV: 6 numbers (5 % missing), 4 categories, a text, a class and a number."""
    draw = np.random.default_rng(seed)
    numbers = draw.normal(size=(rows, 6)).round(4)
    hidden = numbers[:, 0] - numbers[:, 1] * numbers[:, 2]
    data: dict[str, pl.Series] = {}
    for index in range(6):
        missing = draw.random(rows) < 0.05
        values = pl.Series(numbers[:, index])
        data[f"n{index}"] = values.scatter(np.flatnonzero(missing), None)
    for index, size in enumerate(CATEGORIES):
        codes = (draw.random(rows) ** 2 * size).astype(int)
        hidden = hidden + np.sin(codes) * 0.5
        data[f"c{index}"] = pl.Series([f"value_{code}" for code in codes])
    words = np.array([f"word{i}" for i in range(WORDS)])
    chosen = (draw.random((rows, 40)) ** 3 * WORDS).astype(int)
    lengths = draw.integers(10, 41, rows)
    hidden = hidden + np.where((chosen[:, :10] < 20).any(1), 1.0, -1.0)
    texts = [" ".join(words[c[:n]]) for c, n in zip(chosen, lengths, strict=True)]
    data["review"] = pl.Series(texts)
    noise = draw.normal(size=rows)
    data["sold"] = pl.Series((hidden + noise > 0).astype(int))
    data["price"] = pl.Series((hidden * 10 + 100 + noise).round(3))
    pl.DataFrame(data).write_csv(path)


def table_b(folder: Path, rows: int = 10_000, seed: int = 0) -> Path:
    """A CSV with the path of a 64x64 PNG, two numbers and a text; two targets."""
    draw = np.random.default_rng(seed)
    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    label = draw.integers(0, 4, rows)
    grid = np.stack(np.meshgrid(np.arange(64), np.arange(64)), -1)
    files = []
    for row in range(rows):
        wave = grid @ _direction(label[row]) / 4 + draw.random() * 6
        base = np.sin(wave)[..., None] * 60 + 128
        picture = base + draw.normal(size=(64, 64, 3)) * 40
        name = f"pictures/{row:05d}.png"
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(folder / name)
        files.append(name)
    words = [" ".join(f"word{w}" for w in draw.integers(0, 2000, 12)) for _ in files]
    numbers = draw.normal(size=(rows, 2)).round(4)
    table = pl.DataFrame(
        {
            "picture": files,
            "n0": numbers[:, 0],
            "n1": numbers[:, 1],
            "review": words,
            "kind": label,
            "price": (label * 3 + numbers[:, 0] + draw.normal(size=rows)).round(3),
        }
    )
    path = folder / "table.csv"
    table.write_csv(path)
    return path


def _direction(label: int) -> np.ndarray:
    angle = label * np.pi / 4
    return np.array([np.cos(angle), np.sin(angle)])
