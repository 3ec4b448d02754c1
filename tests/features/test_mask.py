"""Label masks."""

from __future__ import annotations

import io

import numpy as np
import polars as pl
import pytest
from PIL import Image as Pillow

from sensorium.errors import DataError
from sensorium.features import Mask, Reading


def png(values: object) -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(np.asarray(values, np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def column(*cells: object) -> dict[str, pl.Series]:
    return {"m": pl.Series("m", list(cells))}


PAIR = png([[0, 255], [255, 255]])


def test_classes_are_the_values_of_the_training_masks_in_their_order() -> None:
    fitted = Mask((2, 2)).fit(column(PAIR, png([[7, 0], [0, 0]])))
    assert fitted.classes_ == [0, 7, 255]
    assert fitted.counts_.tolist() == [4, 1, 3]
    assert fitted.background_ == 0
    labels = fitted.encode_target(column(PAIR))
    assert labels.values.tolist() == [[[0, 2], [2, 2]]]


def test_the_users_values_come_back_in_their_type() -> None:
    fitted = Mask((2, 2)).fit(column(PAIR))
    back = fitted.decode(np.array([[[0, 1], [1, 0]]]))
    assert back.dtype == pl.Array(pl.UInt8, (2, 2))
    assert back.to_list() == [[[0, 255], [255, 0]]]
    assert fitted.decode(np.array([[[0, -1], [1, 0]]])).to_list() == [
        [[0, None], [255, 0]]
    ]
    assert fitted.decode(np.zeros((0, 2, 2))).dtype == back.dtype
    large = Mask((1, 2)).fit({"m": np.array([[[0, 1000]]])})
    assert large.decode(np.array([[[1, 0]]])).dtype == pl.Array(pl.UInt16, (1, 2))


def test_listed_values_are_the_classes_and_others_have_no_label() -> None:
    fitted = Mask((1, 3), values=[5, 0]).fit({"m": np.array([[[0, 5, 255]]])})
    labels = fitted.encode_target({"m": np.array([[[0, 5, 255]], [[9, 9, 9]]])})
    assert labels.values.tolist() == [[[1, 0, -1]], [[-1, -1, -1]]]
    assert labels.present.tolist() == [True, False]
    assert labels.errors == {}
    assert fitted.background_ == 1


def test_a_value_that_training_did_not_have_is_an_error_of_its_row() -> None:
    fitted = Mask((2, 2)).fit(column(PAIR))
    labels = fitted.encode_target(column(PAIR, png([[0, 3], [0, 0]])))
    assert dict(labels.errors) == {
        1: "column `m`: expected pixel values that were seen in training. "
        "Received: 3. Known: 0, 255."
    }
    assert (labels.values[1] == -1).all()


def test_masks_take_the_size_they_are_given() -> None:
    fitted = Mask().fit(column(PAIR, png(np.zeros((4, 6)))))
    assert fitted.shape() == (2, 2)
    larger = fitted.sized((4, 4))
    assert (larger.shape(), fitted.shape()) == ((4, 4), (2, 2))
    values = larger.encode_target(column(PAIR)).values
    assert values[0].tolist() == [[0, 0, 1, 1]] * 2 + [[1, 1, 1, 1]] * 2


def test_paths_are_read_inside_the_folder_only(tmp_path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "0.png").write_bytes(PAIR)
    (tmp_path / "secret.png").write_bytes(PAIR)
    reading = Reading(tmp_path / "data")
    cells = column("0.png", "../secret.png", "1.png", None)
    fitted = Mask((2, 2)).fit(cells, reading)
    labels = fitted.encode_target(cells, reading)
    assert labels.present.tolist() == [True, False, False, False]
    assert "expected a relative path" in labels.errors[1]
    assert "no such file" in labels.errors[2]


def test_jpeg_is_refused_as_it_changes_values() -> None:
    buffer = io.BytesIO()
    Pillow.fromarray(np.zeros((8, 8), np.uint8)).save(buffer, "JPEG")
    fitted = Mask((8, 8)).fit(column(PAIR))
    errors = fitted.encode_target(column(buffer.getvalue())).errors
    assert "Received: 'a jpeg picture'" in errors[0]


@pytest.mark.parametrize(
    ("feature", "cells", "words"),
    [
        (Mask(), [png([[0, 0]])], "two values at least; there are: 0"),
        (Mask(), [None], "two values at least; there are: none"),
        (Mask(), [png([range(65)])], "65 values of pixels .* list the classes"),
        (Mask(values=[0, 1]), [PAIR], "no training mask has pixels of the value 1"),
    ],
)
def test_masks_without_proper_classes_are_refused(feature, cells, words) -> None:
    fitted = feature.fit(column(*cells))
    with pytest.raises(DataError, match=words):
        fitted.encode_target(column(*cells))


def test_many_classes_can_be_listed() -> None:
    wide = png([range(65)])
    fitted = Mask((1, 65), values=list(range(65))).fit(column(wide))
    assert fitted.encode_target(column(wide)).values[0, 0, 64] == 64


def test_one_column_is_one_mask() -> None:
    with pytest.raises(DataError, match="a mask is one column"):
        Mask(columns=["m", "n"]).fit({**column(PAIR), "n": pl.Series([PAIR])})


def test_ids_beyond_the_classes_are_refused() -> None:
    fitted = Mask((2, 2)).fit(column(PAIR))
    with pytest.raises(DataError, match=r"expected ids .* below 2"):
        fitted.decode(np.full((1, 2, 2), 2))


def test_a_restored_mask_cannot_be_merged() -> None:
    fitted = Mask((2, 2)).fit(column(PAIR))
    with pytest.raises(DataError, match="restored mask feature cannot be merged"):
        Mask((2, 2)).restore(fitted.state()).merge(fitted)
