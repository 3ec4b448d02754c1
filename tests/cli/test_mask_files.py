"""Predicted masks in files."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image as Pillow

from sensorium.cli.predict import write

MASKS = np.array([[[0, 255], [255, 0]], [[255, 0], [0, 0]]], np.uint8)


def predictions(name: str = "mask", masks: np.ndarray = MASKS) -> pl.DataFrame:
    known = pl.Series(name, masks)
    return pl.DataFrame([pl.concat([known, known.clear(1)]), pl.Series("p", [1, 2, 3])])


def read(source: Path | bytes) -> np.ndarray:
    opened = io.BytesIO(source) if isinstance(source, bytes) else source
    with Pillow.open(opened) as picture:
        return np.asarray(picture)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_texts_name_files_beside_the_table(tmp_path: Path, kind: str) -> None:
    target = tmp_path / f"out.{kind}"
    write(predictions(), target)
    table = pl.read_csv(target) if kind == "csv" else pl.read_ndjson(target)
    paths = ["out_masks/mask/000000.png", "out_masks/mask/000001.png", None]
    assert table["mask"].to_list() == paths
    assert table["p"].to_list() == [1, 2, 3]
    for path, mask in zip(paths[:2], MASKS, strict=True):
        assert (read(tmp_path / str(path)) == mask).all()
    assert len(list(tmp_path.rglob("*.png"))) == 2


def test_parquet_holds_the_pictures(tmp_path: Path) -> None:
    write(predictions(), tmp_path / "out.parquet")
    cells = pl.read_parquet(tmp_path / "out.parquet")["mask"].to_list()
    assert cells[2] is None
    assert (read(cells[1]) == MASKS[1]).all()
    assert list(tmp_path.iterdir()) == [tmp_path / "out.parquet"]


def test_large_numbers_of_classes_are_kept(tmp_path: Path) -> None:
    large = MASKS.astype(np.uint16) * 200
    write(predictions(masks=large), tmp_path / "out.parquet")
    cells = pl.read_parquet(tmp_path / "out.parquet")["mask"].to_list()
    assert (read(cells[0]) == large[0]).all()


def test_a_name_never_leads_out_of_the_folder(tmp_path: Path) -> None:
    write(predictions(".."), tmp_path / "out.csv")
    assert (tmp_path / "out_masks" / "__" / "000000.png").exists()


def test_tables_without_masks_make_no_folder(tmp_path: Path) -> None:
    write(predictions().drop("mask"), tmp_path / "out.csv")
    assert list(tmp_path.iterdir()) == [tmp_path / "out.csv"]
