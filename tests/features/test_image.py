import json
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sensorium.errors import DataError, NotFittedError, RecipeError
from sensorium.features import picture_cells
from sensorium.features.base import Reading
from sensorium.features.image import Image
from tests.features.drawn import HEIGHT, WIDTH, encoded, pixels

PNG = encoded("PNG")


def column(*cells, dtype=pl.Binary) -> dict[str, pl.Series]:
    return {"photo": pl.Series("photo", cells, dtype=dtype)}


def test_bytes_paths_and_arrays_give_the_same_pixels(tmp_path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.png").write_bytes(PNG)
    array = pixels()
    forms = [
        column(PNG),
        column("a/1.png", dtype=pl.String),
        column("a/1.png", dtype=pl.Categorical),
        column(array, dtype=pl.Object),
        column(PNG, dtype=pl.Object),
        {"photo": array[np.newaxis]},
        {"photo": array[np.newaxis] / 255.0},
        {"photo": pl.Series([array.tolist()])},
        {"photo": pl.Series([array.tolist()], dtype=pl.Array(pl.UInt8, array.shape))},
    ]
    for form in forms:
        reading = Reading(tmp_path)
        feature = Image().fit(form, reading)
        assert feature.shape() == (HEIGHT, WIDTH, 3)
        encoded_ = feature.encode(form, reading)
        np.testing.assert_array_equal(encoded_.values[0], array)
        assert encoded_.present.tolist() == [True]
        assert dict(encoded_.errors) == {}


def test_missing_cells_are_absent_and_no_errors(tmp_path) -> None:
    feature = Image((8, 8)).fit(column(PNG))
    nan = np.full((2, 4, 4), np.nan)
    forms = [
        column(None, None),
        column(None, "", dtype=pl.String),
        column(None, None, dtype=pl.Null),
        column(None, "", dtype=pl.Object),
        {"photo": nan},
        {"photo": pl.Series([None, None], dtype=pl.List(pl.List(pl.UInt8)))},
    ]
    for form in forms:
        encoded_ = feature.encode(form, Reading(tmp_path))
        assert not encoded_.present.any()
        assert dict(encoded_.errors) == {}
        assert not encoded_.values.any()


def test_raw_bytes_are_read_where_declared() -> None:
    raw = pixels()[..., 0].tobytes()
    feature = Image(raw=(HEIGHT, WIDTH)).fit(column(raw))
    assert feature.shape() == (HEIGHT, WIDTH, 1)
    encoded_ = feature.encode(column(raw, b"123", None))
    np.testing.assert_array_equal(encoded_.values[0, ..., 0], pixels()[..., 0])
    assert list(encoded_.errors) == [1]


def test_size_and_channels_are_learnt() -> None:
    assert Image().fit(column(PNG)).shape() == (HEIGHT, WIDTH, 3)
    assert Image().fit(column(encoded("PNG", "L"))).shape() == (HEIGHT, WIDTH, 1)
    assert Image().fit(column(encoded("PNG", "RGBA"))).shape() == (HEIGHT, WIDTH, 4)
    assert Image((5, 6), channels=1).fit(column(PNG)).shape() == (5, 6, 1)


def test_limits_are_those_of_the_declaration(tmp_path) -> None:
    (tmp_path / "1.png").write_bytes(PNG)
    forms = [
        column(PNG),
        column("1.png", dtype=pl.String),
        {"photo": pixels()[np.newaxis]},
    ]
    for form in forms:
        small = Image((8, 8), max_pixels=HEIGHT * WIDTH - 1).fit(form)
        errors = small.encode(form, Reading(tmp_path)).errors
        assert "is too large" in errors[0]
    jpeg_only = Image((8, 8), formats=["jpeg", "gif"]).fit(column(PNG))
    assert jpeg_only.sizes_.unreadable == 1
    assert "a picture (jpeg, gif)" in jpeg_only.encode(column(PNG)).errors[0]


def test_fitting_counts_what_cannot_be_read() -> None:
    feature = Image().fit(column(PNG, b"no picture", None, PNG[:20]))
    assert feature.sizes_.unreadable == 2
    assert feature.sizes_.pictures == 1


def test_errors_name_the_column_and_stay_in_their_rows() -> None:
    feature = Image((8, 8)).fit(column(PNG))
    encoded_ = feature.encode(column(PNG, b"hello", PNG))
    assert dict(encoded_.errors) == {
        1: "column `photo`: expected a picture (png, jpeg, webp, bmp, gif, tiff). "
        "Received: b'hello'."
    }
    assert encoded_.present.tolist() == [True, False, True]
    assert not encoded_.values[1].any()
    np.testing.assert_array_equal(encoded_.values[0], encoded_.values[2])


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_change_nothing(monkeypatch, threads) -> None:
    cells = [encoded("PNG", mode) for mode in ("L", "RGB", "RGBA")] * 30
    cells[7] = b"broken"
    feature = Image((9, 7)).fit(column(PNG))
    alone = [feature.encode(column(cell)) for cell in cells]
    monkeypatch.setattr(picture_cells, "_THREADS", threads)
    together = feature.encode(column(*cells))
    np.testing.assert_array_equal(
        together.values, np.concatenate([one.values for one in alone])
    )
    assert list(together.errors) == [7]


def test_merging_gives_what_fitting_on_all_gives() -> None:
    cells = [encoded("PNG", "L"), PNG, b"x", encoded("PNG", "RGBA")]
    parts = [Image().fit(column(*cells[:1])), Image().fit(column(*cells[1:]))]
    merged, whole = parts[0].merge(parts[1]), Image().fit(column(*cells))
    assert merged.state() == whole.state()
    assert merged.sizes_ == whole.sizes_


def test_the_state_survives_json() -> None:
    feature = Image().fit(column(PNG))
    state = feature.state()
    again = type(state)(json.loads(json.dumps(state.document)), state.arrays)
    restored = Image().restore(again)
    assert restored.state() == state
    assert restored.shape() == feature.shape()
    np.testing.assert_array_equal(
        restored.encode(column(PNG)).values, feature.encode(column(PNG)).values
    )
    with pytest.raises(DataError, match="Fit again on the rows of both"):
        restored.merge(feature)


def test_no_rows_are_fine() -> None:
    feature = Image().fit(column())
    assert feature.encode(column()).values.shape == (0, 64, 64, 3)


def test_what_cannot_be_pictures_is_refused() -> None:
    with pytest.raises(DataError, match="This is a column of type Int64"):
        Image().fit({"photo": pl.Series([1])})
    with pytest.raises(DataError, match="This is an array of 2x3"):
        Image().fit({"photo": np.zeros((2, 3))})
    with pytest.raises(DataError, match="Make an input of each"):
        Image().fit({"a": pl.Series([PNG]), "b": pl.Series([PNG])})
    encoded_ = Image().fit(column(PNG)).encode(column(3, dtype=pl.Object))
    assert "expected a path, bytes or an array" in encoded_.errors[0]


def test_it_must_be_fitted() -> None:
    with pytest.raises(NotFittedError, match=r"Call `fit\(columns\)`"):
        Image().encode(column(PNG))


def test_arguments_are_checked() -> None:
    with pytest.raises(RecipeError, match="size"):
        Image((64,))
    with pytest.raises(RecipeError, match="channels"):
        Image(channels=2)
    with pytest.raises(RecipeError, match="Did you mean `png`"):
        Image(formats=["pgn"])


def test_fitting_leaves_the_declaration_alone() -> None:
    declared = Image()
    first = declared.fit(column(PNG))
    second = first.fit(column(encoded("PNG", "L")))
    assert not declared.is_fitted()
    assert (first.channels_, second.channels_) == (3, 1)


def test_files_are_read_once_a_chunk(tmp_path, monkeypatch) -> None:
    (tmp_path / "1.png").write_bytes(PNG)
    feature = Image((8, 8)).fit(column(PNG))
    opened = []
    real = os.open

    def counted(path, *args, **kwargs):
        opened.append(Path(os.fsdecode(path)).name)
        return real(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", counted)
    monkeypatch.setattr("sensorium.features.paths._BY_HANDLE", True)
    feature.encode(column("1.png", dtype=pl.String), Reading(tmp_path))
    assert opened.count("1.png") == 1
