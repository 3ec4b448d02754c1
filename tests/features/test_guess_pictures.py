from __future__ import annotations

import io

import numpy as np
import polars as pl
import pytest
from PIL import Image

from sensorium.features.guess_pictures import guess_bytes, guess_paths, spread
from sensorium.features.guess_profile import profile


def picture(form="PNG", size=(20, 10), shade=0):
    target = io.BytesIO()
    Image.new("RGB", size, (shade, 0, 0)).save(target, form)
    return target.getvalue()


def of_bytes(values):
    return guess_bytes(profile("x", pl.Series("x", values)))


def of_paths(values, folder):
    return guess_paths(profile("x", pl.Series("x", values)), folder)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WebP", "BMP", "TIFF"])
def test_pictures_are_known_by_their_bytes(form) -> None:
    found = of_bytes([picture(form, shade=i) for i in range(10)])
    assert (found.kind, found.arguments) == ("image", {"size": [10, 20]})
    assert found.reason.startswith(form)


def test_large_pictures_are_proposed_smaller_in_their_shape() -> None:
    assert of_bytes([picture(size=(200, 100))]).arguments == {"size": [32, 64]}


def test_some_cells_that_are_no_pictures_are_counted() -> None:
    found = of_bytes([picture()] * 8 + [b"\x89PNG\r\n\x1a\n", b"<html>"])
    assert found.kind == "image"
    assert found.warnings == ("2 of 10 are no pictures",)


def smooth_pixels(side, channels, rows=30):
    rng = np.random.default_rng(0)
    steps = rng.normal(size=(rows, side, side, channels)).cumsum(1).cumsum(2)
    scaled = 255 * (steps - steps.min()) / np.ptp(steps)
    return [row.tobytes() for row in scaled.astype(np.uint8)]


@pytest.mark.parametrize("channels", [1, 3])
def test_raw_pixels_of_a_square_are_a_picture_to_be_checked(channels) -> None:
    found = of_bytes(smooth_pixels(14, channels))
    assert found.kind == "image"
    assert found.arguments == {"size": [14, 14], "raw": [14, 14]}
    assert "only a guess" in found.warnings[0]


def test_digests_and_other_bytes_are_left_out() -> None:
    rng = np.random.default_rng(0)
    assert of_bytes([rng.bytes(64) for _ in range(50)]).role == "unreadable"
    assert of_bytes([b"abc", b"de"]).role == "unreadable"


def test_bombs_are_not_decoded() -> None:
    bomb = bytearray(picture())
    bomb[16:24] = (60_000).to_bytes(4, "big") * 2
    found = of_bytes([bytes(bomb)])
    assert "size" not in found.arguments
    assert found.warnings


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in").mkdir()
    for index in range(10):
        (tmp_path / "in" / f"{index}.png").write_bytes(picture())
        np.save(tmp_path / "in" / f"{index}.npy", np.zeros((5, 2)))
    return tmp_path


def test_paths_to_pictures_are_pictures(folder) -> None:
    found = of_paths([f"in/{i}.png" for i in range(10)], folder)
    assert (found.kind, found.arguments) == ("image", {"size": [10, 20]})


def test_paths_to_arrays_are_signals(folder) -> None:
    assert of_paths([f"in/{i}.npy" for i in range(10)], folder).kind == "signal"


def test_missing_files_are_counted(folder) -> None:
    found = of_paths([f"in/{i}.png" for i in range(12)], folder)
    assert found.kind == "image"
    assert found.warnings == ("17 % of the files looked for are missing",)


def test_paths_without_files_are_left_out_with_their_kind(folder) -> None:
    paths = [f"elsewhere/{i}.png" for i in range(10)]
    found = of_paths(paths, folder)
    assert (found.role, found.otherwise) == ("unreadable", "image")
    assert "under the table's folder, such as 'elsewhere/0.png'" in found.reason
    assert "none is known" in of_paths(paths, None).reason


def test_paths_out_of_the_folder_are_not_looked_at(folder) -> None:
    inner = folder / "inner"
    inner.mkdir()
    (inner / "link").symlink_to(folder / "in")
    for form in ("../in/{}.png", f"{folder}/in/{{}}.png", "link/{}.png"):
        found = of_paths([form.format(i) for i in range(10)], inner)
        assert found.role == "unreadable"


def test_paths_that_the_feature_refuses_are_not_looked_at_either(folder) -> None:
    for form in ("in/../in/{}.png", f"{folder}/in/{{}}.png"):
        found = of_paths([form.format(i) for i in range(10)], folder)
        assert found.role == "unreadable"


def test_strange_paths_do_no_harm(folder) -> None:
    found = of_paths(["a\0b.png", "\\" * 5000 + ".png", "x" * 5000 + ".png"], folder)
    assert found.role == "unreadable"


def test_other_files_are_left_out(folder) -> None:
    found = of_paths([f"in/{i}.wav" for i in range(10)], folder)
    assert (found.role, found.otherwise) == ("unreadable", None)


def test_texts_are_no_paths(folder) -> None:
    assert of_paths(["see fig.png", "a text", "b", "c"], folder) is None
    assert of_paths(["version 1.10", "version 2.12"], folder) is None


def test_spread_takes_values_from_everywhere() -> None:
    taken = spread(pl.Series(range(1000))).to_list()
    assert len(taken) == 200
    assert (taken[0], taken[-1]) == (0, 995)
