"""Pictures in files and bytes: recognising, checking and decoding them.

Six formats are read. Each has its own opener here instead of Pillow's `Image.open`,
which would try forty more decoders and only warn of pictures that are too large.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from sensorium.errors import DataError, sentence

FORMATS = ("png", "jpeg", "webp", "bmp", "gif", "tiff")

_OPENERS: dict[str, Callable[[BinaryIO], ImageFile.ImageFile]] = {
    "png": PngImagePlugin.PngImageFile,
    "jpeg": JpegImagePlugin.JpegImageFile,
    "webp": WebPImagePlugin.WebPImageFile,
    "bmp": BmpImagePlugin.BmpImageFile,
    "gif": GifImagePlugin.GifImageFile,
    "tiff": TiffImagePlugin.TiffImageFile,
}
_PNG = b"\x89PNG\r\n\x1a\n"
_STARTS = {
    _PNG: "png",
    b"\xff\xd8\xff": "jpeg",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
    b"BM": "bmp",
    b"II*\x00": "tiff",
    b"MM\x00*": "tiff",
}

# What Pillow's decoders raise on damaged bytes; the warnings are its own, too.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    RuntimeError,
    EOFError,
    MemoryError,
    Warning,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SWAPS = frozenset({5, 6, 7, 8})  # these exchange height and width

_SIXTEEN_BITS = frozenset({"I;16", "I;16L", "I;16B", "I;16N"})
ALPHA = frozenset({"LA", "La", "PA", "RGBA", "RGBa"})
"""Pillow's words for pixels with an opacity."""

_GREY = frozenset({"1", "L", "LA", "La", "I", "F"}) | _SIXTEEN_BITS


@dataclass(frozen=True)
class Limits:
    """What is read at all.

    Args:
        max_pixels: Larger pictures are refused before they are decoded.
        formats: The formats that are read, some of `FORMATS`.
    """

    max_pixels: int = 25_000_000
    formats: tuple[str, ...] = FORMATS

    @property
    def max_bytes(self) -> int:
        """No picture of so many pixels needs a larger file (8 bytes a pixel)."""
        return 8 * self.max_pixels + 2**20


@dataclass(frozen=True)
class Header:
    """What is known of a picture before it is decoded.

    Args:
        height: In pixels, as it is shown.
        width: In pixels, as it is shown.
        grey: Whether it has no colours.
        alpha: Whether it can be transparent.
    """

    height: int
    width: int
    grey: bool
    alpha: bool


@contextmanager
def quiet() -> Iterator[None]:
    """Silences Pillow's warnings, which would depend on the caller's settings.

    Raises:
        DataError: If Pillow is set to accept pictures that are cut off.
    """
    if ImageFile.LOAD_TRUNCATED_IMAGES:
        text = "Pillow is set to read pictures that are cut off"
        fix = "Set `PIL.ImageFile.LOAD_TRUNCATED_IMAGES = False`."
        raise DataError(sentence("", text, fix=fix))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


def read_header(source: BinaryIO, limits: Limits) -> Header:
    """Reads a picture's size and kind without decoding it.

    Args:
        source: An open file.
        limits: What is read.

    Raises:
        DataError: If it is refused or damaged.
    """
    picture = _open(source, limits)
    height, width = picture.height, picture.width
    if _orientation(picture) in _SWAPS:
        height, width = width, height
    alpha = picture.mode in ALPHA or "transparency" in picture.info
    return Header(height, width, picture.mode in _GREY, alpha)


def decode(
    data: bytes, size: Sequence[int], channels: int, limits: Limits
) -> np.ndarray:
    """Decodes a picture.

    Args:
        data: The bytes of its file.
        size: Height and width to bring it to.
        channels: 1, 3 or 4; see `finish`.
        limits: What is read.

    Returns:
        Shape `(height, width, channels)`, uint8.

    Raises:
        DataError: If it is refused or damaged.
    """
    picture = _checked(data, limits)
    try:
        height, width = size
        if picture.format == "JPEG":
            # Decodes at half, a quarter or an eighth, never below twice the size.
            longest = 2 * max(height, width)
            picture.draft(None, (longest, longest))
        picture.load()
        _check_size(picture, limits)
        return finish(picture, size, channels, _orientation(picture))
    except DataError:
        raise
    except _DAMAGE as error:
        raise _damaged(str(picture.format), error) from error


def loaded(data: bytes, limits: Limits) -> tuple[np.ndarray, str]:
    """The numbers of a picture's pixels as they stand in the file, upright.

    Args:
        data: The bytes of its file.
        limits: What is read.

    Returns:
        Shape `(height, width)` or `(height, width, channels)`, and Pillow's word for
        what the numbers mean, e.g. `P` for a palette.

    Raises:
        DataError: If it is refused or damaged.
    """
    picture = _checked(data, limits)
    try:
        picture.load()
        _check_size(picture, limits)
        turn = _TURNS.get(_orientation(picture))
        upright = picture if turn is None else picture.transpose(turn)
        return np.asarray(upright), picture.mode
    except DataError:
        raise
    except _DAMAGE as error:
        raise _damaged(str(picture.format), error) from error


def _checked(data: bytes, limits: Limits) -> ImageFile.ImageFile:
    if data.startswith(_PNG):
        _check_png(data)
    return _open(io.BytesIO(data), limits)


def finish(
    picture: Image.Image, size: Sequence[int], channels: int, orientation: int = 1
) -> np.ndarray:
    """Brings a decoded picture to the wanted size and channels.

    The whole picture is stretched to the size (bilinear, with anti-aliasing).
    Transparent parts are laid on white. Greys of 16 bits are scaled to 8, floats must
    lie in [0, 1], and whole numbers of 32 bits are refused, as nobody knows which one
    is white. CMYK, YCbCr, LAB and palettes become RGB by Pillow's rules, without the
    picture's own colour profile.

    Args:
        picture: The picture.
        size: Height and width.
        channels: 1 = grey (ITU-R 601-2 luma), 3 = red, green, blue, 4 = these and the
            opacity (255 where the picture has none).
        orientation: EXIF's number for how the picture is turned.

    Returns:
        Shape `(height, width, channels)`, uint8.

    Raises:
        DataError: If the range of the numbers is none that is known.
    """
    shown, opacity = _flat(picture)
    mode = "L" if channels == 1 else "RGB"
    shown = shown if shown.mode == mode else shown.convert(mode)
    pixels = np.asarray(_fit(shown, size, orientation)).reshape(*size, -1)
    if channels != 4:
        return pixels
    if opacity is None:
        opacity = Image.new("L", picture.size, 255)
    return np.dstack([pixels, np.asarray(_fit(opacity, size, orientation))])


def _open(source: BinaryIO, limits: Limits) -> ImageFile.ImageFile:
    start = source.read(16)
    source.seek(0)
    name = _format(start)
    if name not in limits.formats:
        expected = f"expected a picture ({', '.join(limits.formats)})"
        received: Any = f"a {name} picture" if name else start
        if not start:
            expected, received = f"{expected}, but there are no bytes", None
        raise DataError(sentence("", expected, received))
    try:
        picture = _OPENERS[name](source)
        _check_size(picture, limits)
    except DataError:
        raise
    except Image.DecompressionBombError as error:
        raise _too_large("", limits) from error
    except _DAMAGE as error:
        raise _damaged(name.upper(), error) from error
    return picture


def _format(start: bytes) -> str:
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "webp"
    found = (name for mark, name in _STARTS.items() if start.startswith(mark))
    return next(found, "")


def _check_size(picture: Image.Image, limits: Limits) -> None:
    if picture.width * picture.height > limits.max_pixels:
        raise _too_large(f" of {picture.width:,} x {picture.height:,} pixels", limits)
    if picture.width * picture.height == 0:
        raise DataError("the picture has no pixels.")


def _too_large(shape: str, limits: Limits) -> DataError:
    text = f"the picture{shape} is too large: `max_pixels={limits.max_pixels}`"
    return DataError(sentence("", text, fix="Make it smaller or raise `max_pixels`."))


def _damaged(name: str, error: BaseException) -> DataError:
    said = str(error).strip().rstrip(".") or type(error).__name__
    return DataError(f"the {name} picture is damaged or of an unknown kind: {said}.")


def _check_png(data: bytes) -> None:
    """Checks every part's checksum, as Pillow skips those of the pixels."""
    at, kind = len(_PNG), b""
    while kind != b"IEND":
        if at + 12 > len(data):
            raise DataError("the PNG picture is damaged: it is cut off.")
        length = int.from_bytes(data[at : at + 4], "big")
        kind, end = data[at + 4 : at + 8], at + 8 + length
        if end + 4 > len(data):
            raise DataError("the PNG picture is damaged: it is cut off.")
        said = int.from_bytes(data[end : end + 4], "big")
        if zlib.crc32(memoryview(data)[at + 4 : end]) != said:
            raise DataError("the PNG picture is damaged: a checksum is wrong.")
        at = end + 4


def _orientation(picture: Image.Image) -> int:
    """EXIF's number for how a picture is turned; 1 where there is none."""
    # Pillow turns TIFF itself. Its reader of EXIF warns of odd data; this one does not.
    exif = picture.info.get("exif", b"")
    if not isinstance(exif, bytes) or picture.format == "TIFF":
        return 1
    exif = exif.removeprefix(b"Exif\x00\x00")
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None or len(exif) < 8:
        return 1
    start = int(struct.unpack_from(f"{order}I", exif, 4)[0])
    if start + 2 > len(exif):
        return 1
    count = int(struct.unpack_from(f"{order}H", exif, start)[0])
    for at in range(start + 2, min(start + 2 + 12 * count, len(exif) - 11), 12):
        tag, kind = struct.unpack_from(f"{order}HH", exif, at)
        if (tag, kind) == (0x0112, 3):
            return int(struct.unpack_from(f"{order}H", exif, at + 8)[0])
    return 1


def _flat(picture: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """The picture on white, and its opacity if it is not opaque."""
    if picture.mode in _SIXTEEN_BITS:
        return _eight_bits(picture), None
    if picture.mode == "I":
        text = "pixels of 32-bit whole numbers have no known range"
        raise DataError(sentence("", text, fix="Save the picture with 8 or 16 bits."))
    if picture.mode == "F":
        return _from_floats(picture), None
    if picture.mode not in ALPHA and "transparency" not in picture.info:
        return picture, None
    known = picture.convert("LA") if picture.mode == "La" else picture
    colours = known.convert("RGBA")
    opacity = colours.getchannel("A")
    if opacity.getextrema() == (255, 255):
        return colours.convert("RGB"), None
    white = Image.new("RGBA", colours.size, "white")
    white.alpha_composite(colours)
    return white.convert("RGB"), opacity


def _eight_bits(picture: Image.Image) -> Image.Image:
    values = np.asarray(picture).astype(np.uint32)
    return Image.fromarray(((values * 255 + 32767) // 65535).astype(np.uint8))


def _from_floats(picture: Image.Image) -> Image.Image:
    values = np.asarray(picture)
    low, high = float(values.min()), float(values.max())
    if not (low >= 0 and high <= 1):
        text = "expected floats in [0, 1]"
        fix = "Rescale the picture."
        raise DataError(sentence("", text, f"{low:g}..{high:g}", fix))
    return Image.fromarray(np.round(values * 255).astype(np.uint8))


def _fit(picture: Image.Image, size: Sequence[int], orientation: int) -> Image.Image:
    height, width = size
    if orientation in _SWAPS:
        height, width = width, height
    if picture.size != (width, height):
        bilinear = Image.Resampling.BILINEAR
        picture = picture.resize((width, height), bilinear, reducing_gap=2.0)
    turn = _TURNS.get(orientation)
    return picture if turn is None else picture.transpose(turn)
