"""Pictures that tests draw: small, smooth, and of every kind that Pillow writes."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image

HEIGHT, WIDTH = 24, 32


def pixels(height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """Red grows to the right, green downwards, blue is constant."""
    red, green = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    blue = np.full_like(red, 60)
    return np.stack([red, green, blue], axis=2).astype(np.uint8)


def picture(mode: str = "RGB") -> Image.Image:
    drawn = Image.fromarray(pixels())
    if mode == "I;16":
        grey = np.asarray(drawn.convert("L")).astype(np.uint16) * 257
        return Image.fromarray(grey)
    if mode == "F":
        return Image.fromarray(np.asarray(drawn.convert("L"), np.float32) / 255)
    if mode in ("RGBA", "LA"):
        drawn.putalpha(Image.fromarray(pixels()[..., 0]))
        return drawn.convert(mode)
    return drawn.convert(mode)


def encoded(format_: str, mode: str = "RGB", **options: Any) -> bytes:
    return saved(picture(mode), format_, **options)


def saved(drawn: Image.Image, format_: str, **options: Any) -> bytes:
    file = io.BytesIO()
    drawn.save(file, format_, **options)
    return file.getvalue()


def turned(format_: str, orientation: int, **options: Any) -> bytes:
    """A file whose EXIF data say how to turn it so that `pixels` is seen."""
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    drawn = picture()
    if orientation in back:
        drawn = drawn.transpose(Image.Transpose(back[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(drawn, format_, exif=exif, **options)


def png_header(width: int, height: int, depth: int = 8, colour: int = 2) -> bytes:
    """A PNG file that declares a size and holds next to nothing."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    body = b"".join(png_part(kind, data) for kind, data in parts)
    return b"\x89PNG\r\n\x1a\n" + body


def png_part(kind: bytes, data: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + checksum


def webp_header(width: int, height: int) -> bytes:
    """A WebP file that declares a canvas and holds a picture of 24 x 32."""
    frame = encoded("WEBP", lossless=True)[12:]
    canvas = struct.pack("<I", 0) + (width - 1).to_bytes(3, "little")
    canvas += (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + canvas + frame
    return b"RIFF" + struct.pack("<I", len(body)) + body


def patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def bombs(width: int = 30_000, height: int = 30_000) -> dict[str, bytes]:
    """Small files of each format that declare very many pixels."""
    jpeg = encoded("JPEG")
    frame = jpeg.index(b"\xff\xc0") + 5
    tiff = encoded("TIFF", compression="tiff_lzw")
    return {
        "png": png_header(width, height),
        "jpeg": patched(jpeg, frame, struct.pack(">HH", height, width)),
        "gif": patched(encoded("GIF", "P"), 6, struct.pack("<HH", width, height)),
        "bmp": patched(encoded("BMP"), 18, struct.pack("<ii", width, height)),
        "webp": webp_header(min(width, 16_383), min(height, 16_383)),
        "tiff": _tiff_of(tiff, width, height),
    }


def _tiff_of(tiff: bytes, width: int, height: int) -> bytes:
    start = struct.unpack_from("<I", tiff, 4)[0]
    for entry in range(struct.unpack_from("<H", tiff, start)[0]):
        at = start + 2 + 12 * entry
        tag = struct.unpack_from("<H", tiff, at)[0]
        if tag in (256, 257):
            value = width if tag == 256 else height
            tiff = patched(tiff, at + 2, struct.pack("<HII", 4, 1, value))
    return tiff
