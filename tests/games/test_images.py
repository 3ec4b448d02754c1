from __future__ import annotations

import numpy as np
import pytest
from keras import ops
from PIL import Image

from sensorium.errors import DataError
from sensorium.games.images import as_bytes, as_numbers, checked, grid, save_png

EVERY = np.arange(256, dtype="uint8").reshape(4, 8, 8, 1)


def test_bytes_come_back() -> None:
    numbers = ops.convert_to_numpy(as_numbers(EVERY))
    assert (numbers.min(), numbers.max()) == (-1.0, 1.0)
    np.testing.assert_array_equal(as_bytes(numbers), EVERY)
    np.testing.assert_array_equal(as_bytes([-3.0, 3.0]), [0, 255])


def test_grey_images_need_no_axis_of_channels() -> None:
    assert checked(EVERY[..., 0], (8, 8, 1)).shape == (4, 8, 8, 1)


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (EVERY / 255.0, r"images of type uint8. Received: 'float64'. Give"),
        (EVERY[:, :7], r"rows of shape \(8, 8, 1\). Received: \(4, 7, 8, 1\)"),
        (EVERY[:0], r"rows of shape"),
        (EVERY[0, ..., 0], r"rows of shape"),
    ],
)
def test_other_things_are_refused(images, words) -> None:
    with pytest.raises(DataError, match=f"images: expected .*{words}"):
        checked(images, (8, 8, 1))


def test_a_grid_has_each_image_in_its_place(tmp_path) -> None:
    picture = grid(EVERY, columns=3)
    assert picture.shape == (2 + 2 * 10, 2 + 3 * 10, 1)
    np.testing.assert_array_equal(picture[2:10, 12:20], EVERY[1])
    np.testing.assert_array_equal(picture[12:20, 2:10], EVERY[3])
    assert (picture[12:20, 12:20] == 255).all()
    save_png(tmp_path / "new" / "grid.png", picture, side=8)
    with Image.open(tmp_path / "new" / "grid.png") as found:
        assert found.size == (32 * 7, 22 * 7)
        seen = np.asarray(found)[::7, ::7]
    np.testing.assert_array_equal(seen, picture[..., 0])


def test_pictures_that_are_no_png(tmp_path) -> None:
    with pytest.raises(DataError, match=r"expected a name with `\.png`"):
        save_png(tmp_path / "grid.jpg", grid(EVERY, 2), 8)
    with pytest.raises(DataError, match="1, 3 or 4 channels"):
        save_png(tmp_path / "grid.png", np.zeros((8, 8, 2), "uint8"), 8)
