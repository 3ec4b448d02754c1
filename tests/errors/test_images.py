"""Picture files, good and bad, each with the answer it must get.

The table is the whole corpus: `WHOLE` files must give their picture, all others an
error that says why. No file may crash, hang, need much memory, or give another picture.
"""

from __future__ import annotations

import io
import subprocess
import sys
import time

import numpy as np
import polars as pl
import pytest
from PIL import Image as Pillow

from sensorium.features.base import Reading
from sensorium.features.image import Image
from tests.features.drawn import (
    HEIGHT,
    WIDTH,
    bombs,
    encoded,
    patched,
    picture,
    pixels,
    png_header,
    png_part,
    saved,
    turned,
)

WHOLE = "the picture"
BEST = {"WEBP": {"lossless": True}, "JPEG": {"quality": 95}}
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
CUTS = 20
FLIPS = 80

Corpus = dict[str, tuple[bytes, str]]


def best(format_: str, mode: str = "RGB") -> bytes:
    return encoded(format_, mode, **BEST.get(format_, {}))


def whole_files() -> Corpus:
    """Kinds of pixels, turns, animations, endings."""
    modes = {
        "PNG": "1 L LA P RGB RGBA I;16",
        "JPEG": "L RGB CMYK YCbCr",
        "WEBP": "L RGB RGBA",
        "BMP": "1 L P RGB RGBA",
        "GIF": "1 L P RGB RGBA",
        "TIFF": "1 L LA P RGB RGBA CMYK YCbCr LAB I;16 F",
    }
    files = {
        f"{format_} {mode}": best(format_, mode)
        for format_, known in modes.items()
        for mode in known.split()
    }
    for format_ in ("PNG", "JPEG", "WEBP", "TIFF"):
        for turn in range(1, 9):
            made = turned(format_, turn, **BEST.get(format_, {}))
            files[f"{format_} turned {turn}"] = made
    for packing in ("tiff_lzw", "tiff_deflate", "packbits", "tiff_adobe_deflate"):
        files[f"TIFF {packing}"] = encoded("TIFF", compression=packing)
    red = [Pillow.new("RGB", (WIDTH, HEIGHT), "red")]
    for format_ in ("PNG", "GIF", "WEBP", "TIFF"):
        options = {"save_all": True, "append_images": red, **BEST.get(format_, {})}
        files[f"{format_} of two frames"] = saved(picture(), format_, **options)
    for format_ in FORMATS:
        one = Pillow.new("RGB", (1, 1), "white")
        files[f"{format_} of one pixel"] = saved(one, format_)
        files[f"{format_} and more"] = best(format_) + b"PK\x03\x04 a second file"
    files["PNG with two texts"] = with_part(b"tEXt", b"a\0b" * 2)
    files["PNG interlaced"] = encoded("PNG", interlace=1)
    files["JPEG progressive"] = encoded("JPEG", quality=95, progressive=True)
    files["GIF without its last byte"] = best("GIF")[:-1]
    files["GIF whose screen is smaller"] = patched(best("GIF"), 6, b"\0\0\0\0")
    return {name: (data, WHOLE) for name, data in files.items()}


def with_part(kind: bytes, data: bytes) -> bytes:
    png = best("PNG")
    return png[:33] + png_part(kind, data) + png[33:]


def cut_files() -> Corpus:
    """Every format, cut off at twenty places."""
    files: Corpus = {}
    for format_ in FORMATS:
        data = best(format_)
        last = len(data) - (3 if format_ == "GIF" else 1)
        for at in np.linspace(1, last, CUTS).astype(int).tolist():
            why = "expected a picture" if at < 12 else f"{format_} picture is damaged"
            if format_ in ("BMP", "JPEG", "TIFF", "PNG", "GIF") and at < 12:
                why = ""
            files[f"{format_} cut at {at}"] = (data[:at], why)
    return files


def flipped_files() -> Corpus:
    """A PNG with one bit changed: its checksums must show it wherever it is."""
    data = best("PNG", "RGBA")
    places = np.linspace(0, len(data) - 1, FLIPS).astype(int).tolist()
    return {
        f"PNG with byte {at} changed": (patched(data, at, bytes([data[at] ^ 4])), "")
        for at in places
    }


def other_files() -> Corpus:
    """What is no picture, or none that is read."""
    zero = {
        "PNG": png_header(0, 5),
        "BMP": patched(best("BMP"), 18, b"\0\0\0\0"),
    }
    files = {f"{name} of no pixels": (data, "") for name, data in zero.items()}
    for name, data in bombs().items():
        files[f"{name} of 30,000 x 30,000"] = (data, "too large")
    files["PNG of many pixels"] = (png_header(5001, 5000), "too large")
    files["nothing"] = (b"", "there are no bytes")
    unread = {
        "a text": b"hello, I am a text",
        "a page": b"<!DOCTYPE html><html></html>",
        "a drawing": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "a PDF": b"%PDF-1.7\n",
        "a PPM": saved(picture(), "PPM"),
        "an ICO": saved(picture(), "ICO"),
        "a PSD": b"8BPS\0\1" + bytes(40),
        "a TGA": saved(picture(), "TGA"),
        "a PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n",
        "an archive": b"PK\x03\x04" + bytes(40),
        "zeros": bytes(100),
        "an AVIF": b"\0\0\0\x1cftypavif" + bytes(40),
        "a big TIFF": b"II+\0\x08\0\0\0" + bytes(40),
        "an array": b"\x93NUMPY" + bytes(40),
    }
    files |= {name: (data, "expected a picture") for name, data in unread.items()}
    for format_ in FORMATS:
        start = best(format_)[:14]
        files[f"{format_} by its first bytes only"] = (start + b"text " * 30, "damaged")
    files["TIFF of 32-bit numbers"] = (encoded("TIFF", "I"), "no known range")
    large = Pillow.fromarray(np.full((4, 4), 7, np.float32))
    files["TIFF of large floats"] = (saved(large, "TIFF"), "floats in [0, 1]")
    wrong = with_part(b"IDAT", b"not packed")
    files["PNG with broken pixels"] = (wrong, "damaged")
    return files


CORPUS = whole_files() | cut_files() | flipped_files() | other_files()
FEATURE = Image((HEIGHT, WIDTH), "photo").restore(
    Image((HEIGHT, WIDTH), "photo", channels=3)
    .fit({"photo": pl.Series([best("PNG")])})
    .state()
)


def expected(data: bytes) -> np.ndarray:
    """The picture by Pillow alone, by another way than the feature's."""
    with Pillow.open(io.BytesIO(data)) as found:
        if found.mode == "I;16":
            grey = np.asarray(found) / 257
            return np.dstack([grey] * 3)
        if found.mode == "F":
            return np.dstack([np.asarray(found) * 255] * 3)
        from PIL import ImageOps

        shown = ImageOps.exif_transpose(found)
        shown = shown.convert("RGBA").resize((WIDTH, HEIGHT))
        colours = np.asarray(shown).astype(float)
        share = colours[..., 3:] / 255
        return colours[..., :3] * share + 255 * (1 - share)


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) >= 300


@pytest.mark.parametrize("name", CORPUS)
def test_each_file_gets_its_answer(name) -> None:
    data, verdict = CORPUS[name]
    before = time.perf_counter()
    found = FEATURE.encode({"photo": pl.Series([data])})
    assert time.perf_counter() - before < 2
    if verdict == WHOLE:
        assert dict(found.errors) == {}
        assert found.present.all()
        assert np.abs(found.values[0] - expected(data)).max() <= 2
    else:
        assert list(found.errors) == [0]
        assert found.errors[0].startswith("column `photo`: ")
        assert verdict in found.errors[0]
        assert not found.present.any()
        assert not found.values.any()


def test_all_files_together_get_the_answers_they_get_alone() -> None:
    cells = [data for data, _ in CORPUS.values()]
    together = FEATURE.encode({"photo": pl.Series(cells)})
    for row, (name, (data, verdict)) in enumerate(CORPUS.items()):
        assert (row in together.errors) == (verdict != WHOLE), name
        alone = FEATURE.encode({"photo": pl.Series([data])})
        np.testing.assert_array_equal(together.values[row], alone.values[0])


def test_files_get_the_answers_that_their_bytes_get(tmp_path) -> None:
    names = []
    for at, (data, _) in enumerate(CORPUS.values()):
        names.append(f"{at}.png")  # whatever it is
        (tmp_path / names[-1]).write_bytes(data)
    cells = [data for data, _ in CORPUS.values()]
    of_bytes = FEATURE.encode({"photo": pl.Series(cells)})
    of_files = FEATURE.encode({"photo": pl.Series(names)}, Reading(tmp_path))
    assert of_files.errors == of_bytes.errors
    np.testing.assert_array_equal(of_files.values, of_bytes.values)


def test_fitting_never_fails() -> None:
    cells = [data for data, _ in CORPUS.values()]
    whole = sum(verdict == WHOLE for _, verdict in CORPUS.values())
    sizes = Image().fit({"photo": pl.Series(cells)}).sizes_
    assert sizes.pictures >= whole
    assert sizes.pictures + sizes.unreadable == len(cells)


def test_changed_bytes_give_a_picture_or_an_error() -> None:
    generator = np.random.default_rng(0)
    cells = []
    for at in range(600):
        data = bytearray(best(FORMATS[at % len(FORMATS)]))
        for _ in range(4):
            data[generator.integers(len(data))] = generator.integers(256)
        cells.append(bytes(data))
    found = FEATURE.encode({"photo": pl.Series(cells)})
    assert set(np.flatnonzero(~found.present)) == set(found.errors)
    assert 100 < len(found.errors) < 600


def test_huge_pictures_need_little_memory() -> None:
    code = (
        "import resource, polars as pl\n"
        "from sensorium.features.image import Image\n"
        "from tests.features.drawn import bombs, encoded\n"
        "feature = Image((8, 8)).fit({'a': pl.Series([encoded('PNG')])})\n"
        "def peak():\n"
        "    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024\n"
        "feature.encode({'a': pl.Series([encoded('WEBP'), encoded('TIFF')])})\n"
        "before = peak()\n"
        "for side in (5_100, 13_000, 30_000):\n"
        "    cells = list(bombs(side, side).values())\n"
        "    found = feature.encode({'a': pl.Series(cells)})\n"
        "    assert len(found.errors) == len(cells)\n"
        "print(peak() - before)\n"
    )
    run = [sys.executable, "-c", code]
    found = subprocess.run(run, capture_output=True, text=True, check=True)
    assert int(found.stdout) < 50, "megabytes"


PATHS = {
    "../secret.png": "not one with `..`",
    "photos/../../secret.png": "not one with `..`",
    "/etc/hostname": "not an absolute one",
    "C:\\photos\\1.png": "not an absolute one",
    "http://127.0.0.1/1.png": "not a URL",
    "http://169.254.169.254/latest": "not a URL",
    "file:///etc/hostname": "not a URL",
    "data:image/png;base64,AAAA": "not a URL",
    "out.png": "a link leads out of the data's folder",
    "pipe.png": "not a plain file",
    "zero.png": "a link leads out of the data's folder",
    "photos": "not a plain file",
    "lost.png": "no such file",
    "1.png\x00": "not one with a NUL",
    "text.png": "expected a picture",
    "empty.png": "there are no bytes",
}


@pytest.fixture
def folder(tmp_path):
    import os

    inside = tmp_path / "data"
    (inside / "photos").mkdir(parents=True)
    (inside / "1.png").write_bytes(best("PNG"))
    (inside / "text.png").write_text("I am a text")
    (inside / "empty.png").write_bytes(b"")
    (tmp_path / "secret.png").write_bytes(best("PNG"))
    (inside / "out.png").symlink_to("../secret.png")
    (inside / "zero.png").symlink_to("/dev/zero")
    os.mkfifo(inside / "pipe.png")
    return inside


@pytest.mark.parametrize("text", PATHS)
def test_each_bad_path_is_an_error_of_its_row(folder, text) -> None:
    cells = pl.Series(["1.png", text, "1.png"])
    found = FEATURE.encode({"photo": cells}, Reading(folder))
    assert list(found.errors) == [1]
    assert PATHS[text] in found.errors[1]
    assert found.present.tolist() == [True, False, True]
    assert not found.values[1].any()
    np.testing.assert_array_equal(found.values[0], pixels())


def test_without_a_folder_paths_are_refused() -> None:
    found = FEATURE.encode({"photo": pl.Series(["1.png"])})
    assert found.errors[0] == (
        "column `photo`: paths cannot be read here. Received: '1.png'. "
        "Give the folder in which the files lie."
    )
