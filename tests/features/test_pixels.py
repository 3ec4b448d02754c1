import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.features.pictures import Header, Limits
from sensorium.features.pixels import as_pixels, fit_pixels, from_raw, header_of
from tests.features.drawn import HEIGHT, WIDTH, pixels


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (np.array([[0, 255]], np.uint8), [0, 255]),
        (np.array([[0, 255]], np.int64), [0, 255]),
        (np.array([[0.0, 1.0]]), [0, 255]),
        (np.array([[0.5, 0.25]], np.float32), [128, 64]),
        (np.array([[False, True]]), [0, 255]),
        (np.array([[257, 65_535]], np.uint16), [1, 255]),
        ([[0, 255]], [0, 255]),
        ([[0.0, 1.0]], [0, 255]),
        ([[[0], [255]]], [0, 255]),
    ],
)
def test_numbers_become_bytes(cell, expected) -> None:
    found = as_pixels(cell)
    assert found.dtype == np.uint8
    assert found.shape == (1, 2, 1)
    assert found.ravel().tolist() == expected


def test_an_array_of_nothing_but_nan_is_missing() -> None:
    assert as_pixels(np.full((2, 2, 3), np.nan)) is None


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (np.zeros(4), "shape (4,)"),
        (np.zeros((2, 2, 5)), "shape (2, 2, 5)"),
        (np.zeros((2, 2, 3, 1)), "shape (2, 2, 3, 1)"),
        (np.zeros((0, 2)), "shape (0, 2, 1)"),
        ([[1, 2], [3]], "its rows differ in length"),
        (np.array([[0, 256]]), "in 0..255. Received: '0..256'"),
        (np.array([[-1, 5]]), "in 0..255. Received: '-1..5'"),
        (np.array([[0.0, 1.5]]), "in [0, 1] (floats). Received: '0..1.5'"),
        (np.array([[0.0, np.nan]]), "in [0, 1] (floats)"),
        (np.array([[0.0, np.inf]]), "in [0, 1] (floats)"),
        (np.array([["a", "b"]]), "values of type <U1"),
    ],
)
def test_what_is_no_picture_is_refused(cell, message) -> None:
    with pytest.raises(DataError) as caught:
        as_pixels(cell)
    assert message in str(caught.value)


def test_raw_bytes_have_a_declared_shape() -> None:
    data = pixels().tobytes()
    np.testing.assert_array_equal(from_raw(data, (HEIGHT, WIDTH)), pixels())
    assert from_raw(bytes(6), (2, 3)).shape == (2, 3, 1)
    for wrong in (b"", bytes(5), bytes(30)):
        with pytest.raises(DataError, match="2 x 3 raw pixels of 1 to 4 bytes"):
            from_raw(wrong, (2, 3))


def test_a_header_tells_size_and_kind() -> None:
    kinds = {1: (True, False), 2: (True, True), 3: (False, False), 4: (False, True)}
    for channels, kind in kinds.items():
        assert header_of(np.zeros((2, 3, channels))) == Header(2, 3, *kind)


def test_a_fitting_array_is_taken_as_it_is() -> None:
    assert fit_pixels(pixels(), (HEIGHT, WIDTH), 3, Limits()) is not None
    np.testing.assert_array_equal(
        fit_pixels(pixels(), (HEIGHT, WIDTH), 3, Limits()), pixels()
    )


@pytest.mark.parametrize("given", [1, 2, 3, 4])
@pytest.mark.parametrize("wanted", [1, 3, 4])
@pytest.mark.parametrize("size", [(HEIGHT, WIDTH), (5, 6)])
def test_sizes_and_channels_are_changed(given, wanted, size) -> None:
    cell = np.dstack([pixels(), pixels()])[..., :given]
    assert fit_pixels(cell, size, wanted, Limits()).shape == (*size, wanted)


def test_opacity_is_laid_on_white() -> None:
    clear = np.zeros((2, 2, 4), np.uint8)
    assert (fit_pixels(clear, (2, 2), 3, Limits()) == 255).all()
    assert (fit_pixels(clear[..., :2], (2, 2), 1, Limits()) == 255).all()
    assert fit_pixels(clear, (2, 2), 4, Limits())[0, 0].tolist() == [255, 255, 255, 0]


def test_a_huge_array_is_refused() -> None:
    with pytest.raises(DataError, match="2 x 3 pixels is too large"):
        fit_pixels(np.zeros((3, 2, 1), np.uint8), (2, 2), 1, Limits(max_pixels=5))
