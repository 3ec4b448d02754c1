import io

import numpy as np
import pytest
from PIL import Image, ImageFile

from sensorium.errors import DataError
from sensorium.features.pictures import (
    FORMATS,
    Header,
    Limits,
    decode,
    finish,
    quiet,
    read_header,
)
from tests.features.drawn import (
    HEIGHT,
    WIDTH,
    bombs,
    encoded,
    picture,
    pixels,
    saved,
    turned,
)

SIZE = (HEIGHT, WIDTH)
LIMITS = Limits()


def difference(one: np.ndarray, two: np.ndarray) -> int:
    return int(np.abs(one.astype(int) - two.astype(int)).max())


@pytest.mark.parametrize(
    ("format_", "options", "within"),
    [
        ("PNG", {}, 0),
        ("BMP", {}, 0),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("TIFF", {"compression": "tiff_deflate"}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {"quality": 95}, 16),
        ("JPEG", {"quality": 95}, 8),
        ("JPEG", {"quality": 95, "progressive": True}, 8),
        ("GIF", {}, 16),
    ],
)
def test_every_format_is_read(format_, options, within) -> None:
    found = decode(encoded(format_, **options), SIZE, 3, LIMITS)
    assert found.shape == (HEIGHT, WIDTH, 3)
    assert found.dtype == np.uint8
    assert difference(found, pixels()) <= within


def white_under(values: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    share = opacity[..., None].astype(float) / 255
    return np.round(values * share + 255 * (1 - share)).astype(np.uint8)


GREY = np.asarray(Image.fromarray(pixels()).convert("L"))
ON_WHITE = white_under(pixels(), pixels()[..., 0])


@pytest.mark.parametrize(
    ("mode", "expected", "within"),
    [
        ("1", np.asarray(picture("1")).astype(np.uint8)[..., None] * 255, 0),
        ("L", GREY[..., None], 0),
        ("LA", white_under(GREY[..., None], pixels()[..., 0]), 1),
        ("P", np.asarray(picture("P").convert("RGB")), 0),
        ("RGB", pixels(), 0),
        ("RGBA", ON_WHITE, 1),
        ("I;16", GREY[..., None], 0),
    ],
)
def test_every_kind_of_pixel_in_a_png_is_read(mode, expected, within) -> None:
    found = decode(encoded("PNG", mode), SIZE, 3, LIMITS)
    assert difference(found, np.broadcast_to(expected, (HEIGHT, WIDTH, 3))) <= within


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr"])
def test_other_colours_of_a_jpeg_become_red_green_blue(mode) -> None:
    found = decode(encoded("JPEG", mode, quality=95), SIZE, 3, LIMITS)
    assert difference(found, pixels()) <= 8


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "CMYK", "YCbCr", "LAB", "F"])
def test_every_kind_of_pixel_in_a_tiff_is_read(mode) -> None:
    found = decode(encoded("TIFF", mode), SIZE, 3, LIMITS)
    drawn = picture(mode)
    expected = {"F": GREY[..., None], "RGBA": ON_WHITE, "LAB": pixels()}.get(
        mode, np.asarray(drawn.convert("RGB"))
    )
    within = 40 if mode == "LAB" else 4
    assert difference(found, np.broadcast_to(expected, (HEIGHT, WIDTH, 3))) <= within


@pytest.mark.parametrize("mode", ["HSV", "La", "RGBa", "RGBX", "PA"])
def test_kinds_that_only_programs_make_are_read(mode) -> None:
    made = picture("RGBA") if mode in ("La", "RGBa", "PA") else picture()
    made = made.convert("LA").convert("La") if mode == "La" else made.convert(mode)
    found = finish(made, SIZE, 3)
    assert found.shape == (HEIGHT, WIDTH, 3)
    if mode in ("HSV", "RGBX"):
        assert difference(found, pixels()) <= 16


def test_sixteen_bits_are_scaled_and_not_cut() -> None:
    grey = np.array([[0, 257, 32_768, 65_535]], dtype=np.uint16)
    found = decode(saved(Image.fromarray(grey), "PNG"), (1, 4), 1, LIMITS)
    assert found[0, :, 0].tolist() == [0, 1, 128, 255]


def test_numbers_without_a_known_range_are_refused() -> None:
    with pytest.raises(DataError, match="Save the picture with 8 or 16 bits"):
        decode(encoded("TIFF", "I"), SIZE, 3, LIMITS)
    large = Image.fromarray(np.full((2, 2), 3, np.float32))
    with pytest.raises(DataError, match=r"floats in \[0, 1\].*'3\.\.3'"):
        decode(saved(large, "TIFF"), SIZE, 3, LIMITS)
    nothing = Image.fromarray(np.full((2, 2), np.nan, np.float32))
    with pytest.raises(DataError, match=r"floats in \[0, 1\]"):
        decode(saved(nothing, "TIFF"), SIZE, 3, LIMITS)


def test_one_channel_is_grey() -> None:
    found = decode(encoded("PNG"), SIZE, 1, LIMITS)
    assert found.shape == (HEIGHT, WIDTH, 1)
    np.testing.assert_array_equal(found[..., 0], GREY)


def test_four_channels_are_colours_on_white_and_opacity() -> None:
    found = decode(encoded("PNG", "RGBA"), SIZE, 4, LIMITS)
    assert difference(found[..., :3], ON_WHITE) <= 1
    np.testing.assert_array_equal(found[..., 3], pixels()[..., 0])
    opaque = decode(encoded("PNG"), SIZE, 4, LIMITS)
    assert (opaque[..., 3] == 255).all()


def test_colours_under_full_transparency_do_not_matter() -> None:
    hidden = np.zeros((4, 4, 4), np.uint8)
    other = hidden.copy()
    other[..., :3] = 99
    found = [
        decode(saved(Image.fromarray(a), "PNG"), (2, 2), 4, LIMITS)
        for a in (hidden, other)
    ]
    np.testing.assert_array_equal(*found)
    assert found[0][0, 0].tolist() == [255, 255, 255, 0]


def test_a_palette_with_transparency_is_laid_on_white() -> None:
    drawn = Image.new("P", (2, 1))
    drawn.putpalette([10, 20, 30, 200, 0, 0])
    drawn.putpixel((1, 0), 1)
    found = decode(saved(drawn, "PNG", transparency=0), (1, 2), 3, LIMITS)
    assert found[0].tolist() == [[255, 255, 255], [200, 0, 0]]


def test_a_transparent_colour_is_laid_on_white() -> None:
    drawn = Image.new("RGB", (2, 1), (10, 20, 30))
    drawn.putpixel((1, 0), (200, 0, 0))
    found = decode(saved(drawn, "PNG", transparency=(10, 20, 30)), (1, 2), 3, LIMITS)
    assert found[0].tolist() == [[255, 255, 255], [200, 0, 0]]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_pictures_are_turned_as_exif_says(format_, orientation) -> None:
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 95}}.get(format_, {})
    data = turned(format_, orientation, **options)
    assert difference(decode(data, SIZE, 3, LIMITS), pixels()) <= 8
    header = read_header(io.BytesIO(data), LIMITS)
    assert (header.height, header.width) == SIZE


@pytest.mark.parametrize("broken", [b"", b"II", b"II*\0\xff\xff\xff\xff", b"\0" * 40])
def test_broken_exif_turns_nothing(broken) -> None:
    data = saved(picture(), "PNG", exif=b"Exif\0\0" + broken)
    np.testing.assert_array_equal(decode(data, SIZE, 3, LIMITS), pixels())


def test_of_an_animation_the_first_frame_is_read() -> None:
    more = [Image.new("RGB", (WIDTH, HEIGHT), "red")]
    for format_, options in (("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {})):
        data = saved(picture(), format_, save_all=True, append_images=more, **options)
        assert difference(decode(data, SIZE, 3, LIMITS), pixels()) <= 16


def test_pictures_are_stretched_to_the_size() -> None:
    half = decode(encoded("PNG"), (HEIGHT // 2, WIDTH // 2), 3, LIMITS)
    mean = pixels().reshape(HEIGHT // 2, 2, WIDTH // 2, 2, 3).mean((1, 3))
    assert half.shape == (HEIGHT // 2, WIDTH // 2, 3)
    assert difference(half[2:-2, 2:-2], mean[2:-2, 2:-2]) <= 3
    assert decode(encoded("PNG"), (1, 1), 3, LIMITS).shape == (1, 1, 3)
    assert decode(encoded("PNG"), (50, 70), 3, LIMITS).shape == (50, 70, 3)


def test_a_large_jpeg_is_read_small() -> None:
    large = saved(Image.fromarray(pixels(960, 1280)), "JPEG", quality=95)
    assert difference(decode(large, SIZE, 3, LIMITS), pixels()) <= 10


def test_a_large_jpeg_keeps_its_details() -> None:
    stripes = np.zeros((960, 1280), np.uint8)
    stripes[:, ::16] = stripes[:, 1::16] = stripes[:, 2::16] = stripes[:, 3::16] = 255
    large = saved(Image.fromarray(stripes), "JPEG", quality=95)
    found = decode(large, (480, 640), 1, LIMITS)[..., 0]
    assert found[:, 0::8].mean() > 200
    assert found[:, 5::8].mean() < 30


@pytest.mark.parametrize("format_", FORMATS)
def test_one_pixel_is_a_picture(format_) -> None:
    drawn = Image.new("RGB", (1, 1), (200, 100, 50))
    found = decode(saved(drawn, format_.upper()), (1, 1), 3, LIMITS)
    assert difference(found, np.array([[[200, 100, 50]]])) <= 8


@pytest.mark.parametrize("format_", FORMATS)
def test_a_huge_picture_is_refused_by_its_header(format_) -> None:
    data = bombs()[format_]
    assert len(data) < 10_000
    with pytest.raises(DataError, match="too large: `max_pixels=25000000`"):
        decode(data, SIZE, 3, LIMITS)
    with pytest.raises(DataError, match="too large"):
        read_header(io.BytesIO(data), LIMITS)


def test_the_limit_can_be_set() -> None:
    with pytest.raises(DataError, match="32 x 24 pixels is too large"):
        decode(encoded("PNG"), SIZE, 3, Limits(max_pixels=HEIGHT * WIDTH - 1))
    decode(encoded("PNG"), SIZE, 3, Limits(max_pixels=HEIGHT * WIDTH))


def test_formats_can_be_left_out() -> None:
    with pytest.raises(
        DataError, match=r"a picture \(png\). Received: 'a jpeg picture'"
    ):
        decode(encoded("JPEG"), SIZE, 3, Limits(formats=("png",)))


def test_a_header_tells_size_and_kind() -> None:
    kinds = {"L": (True, False), "RGBA": (False, True), "LA": (True, True)}
    kinds |= {"RGB": (False, False), "I;16": (True, False), "P": (False, False)}
    for mode, (grey, alpha) in kinds.items():
        found = read_header(io.BytesIO(encoded("PNG", mode)), LIMITS)
        assert found == Header(HEIGHT, WIDTH, grey, alpha), mode


def test_warnings_of_pillow_are_silenced_and_only_those(recwarn) -> None:
    import warnings

    with quiet():
        warnings.warn_explicit("odd", UserWarning, "x.py", 1, module="PIL.Image")
        warnings.warn_explicit("mine", UserWarning, "x.py", 1, module="mine")
    assert [str(item.message) for item in recwarn] == ["mine"]


def test_pillow_may_not_be_set_to_read_cut_pictures(monkeypatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(DataError, match="LOAD_TRUNCATED_IMAGES = False"), quiet():
        pass
