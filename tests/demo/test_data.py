from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from PIL import Image

from sensorium import demo
from sensorium.schema import read_yaml

SIZE = 3_000_000  # bytes: what the package may carry for its demo


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    return pl.read_parquet(demo.table_path())


def test_the_files_lie_in_the_folder_of_the_package() -> None:
    names = {path.name for path in demo.folder().iterdir() if path.is_file()}
    assert demo.table_path().name in names
    assert demo.recipe_path().name in names
    assert {"LICENSES.md", "README.md"} <= names


def test_the_files_are_small_enough_to_ship() -> None:
    size = sum(p.stat().st_size for p in demo.folder().iterdir() if p.is_file())
    assert size < SIZE


def test_every_picture_decodes_to_32_by_32_with_transparency(
    table: pl.DataFrame,
) -> None:
    pictures = [Image.open(io.BytesIO(data)) for data in table["picture"]]
    assert {(p.format, p.size, p.mode) for p in pictures} == {("PNG", (32, 32), "RGBA")}
    pixels = np.stack([np.asarray(picture) for picture in pictures])
    # No picture is empty, and hardly any two are the same.
    assert (pixels[..., 3].reshape(len(table), -1).max(axis=1) > 0).all()
    assert len(set(table["picture"])) > 0.98 * len(table)


def test_nothing_is_missing_and_every_row_is_named_once(table: pl.DataFrame) -> None:
    assert table.shape == (1906, 14)
    assert sum(table.null_count().row(0)) == 0
    assert table["emoji_id"].n_unique() == len(table)


def test_groups_stand_in_every_fold_with_their_share(table: pl.DataFrame) -> None:
    counts = table.group_by("group").agg(pl.len())
    assert sorted(counts["len"]) == [85, 131, 159, 169, 218, 224, 264, 270, 386]
    per_fold = table.group_by("group", "fold").agg(pl.len())
    assert len(per_fold) == 9 * 5
    spread = per_fold.group_by("group").agg(pl.col("len").max() - pl.col("len").min())
    assert spread["len"].max() <= 1


def test_the_year_follows_from_the_version(table: pl.DataFrame) -> None:
    pairs = table.select("unicode_version", "year").unique().sort("unicode_version")
    assert len(pairs) == 16
    assert pairs["year"].is_sorted()
    assert pairs.row(0) == (0.6, 2010)
    assert pairs.row(-1) == (16.0, 2024)


def test_the_recipe_names_columns_that_the_table_has(table: pl.DataFrame) -> None:
    data = read_yaml(demo.recipe_path()).data
    assert data["data"] == demo.table_path().name
    named = set(data["outputs"])
    for name, feature in data["inputs"].items():
        named |= set(feature.get("columns", [name]))
    assert named <= set(table.columns)
    assert set(data["inputs"]) & set(data["outputs"]) == set()


@pytest.mark.parametrize("column", ["keywords", "unicode_version", "emoji_id", "fold"])
def test_the_recipe_leaves_out_what_gives_the_answer_away(column: str) -> None:
    inputs = read_yaml(demo.recipe_path()).data["inputs"]
    used = {c for name, f in inputs.items() for c in f.get("columns", [name])}
    assert column not in used


def test_the_readme_describes_every_column(table: pl.DataFrame) -> None:
    text = (demo.folder() / "README.md").read_text(encoding="utf-8")
    described = [line.split("`")[1] for line in text.splitlines() if line[:3] == "| `"]
    assert described == table.columns


@pytest.mark.parametrize(
    "words",
    [
        "creativecommons.org/licenses/by/4.0",
        "Twitter",
        "jdecked",
        "UNICODE LICENSE V3",
        "Copyright (c) 2013 Cal Henderson",
        "Copyright (c) 2017 Miles Johnson",
    ],
)
def test_the_licences_credit_those_whose_work_it_is(words: str) -> None:
    assert words in (demo.folder() / "LICENSES.md").read_text(encoding="utf-8")


def test_finding_the_demo_needs_neither_keras_nor_polars() -> None:
    code = (
        "import sys, sensorium.demo; sensorium.demo.table_path();"
        "sys.exit(bool({'keras', 'polars', 'numpy'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
