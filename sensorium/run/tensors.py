"""Named arrays as safetensors bytes: an 8-byte length, a JSON header, raw data.

Written by ourselves rather than by the safetensors library, for three reasons:
the bytes must stay the same for every version of that library, writing must not
copy the weights, and reading must refuse all that we would not have written.
Any safetensors reader opens the result.

Source: https://github.com/huggingface/safetensors, section "Format". Our
difference: one order and one spelling only (data by item size, largest first,
then by name; canonical JSON; no metadata), so that the same arrays always give
the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sensorium.errors import ArtifactError, listing
from sensorium.run import strict_json
from sensorium.run.files import Piece
from sensorium.run.refusal import refused, shown
from sensorium.run.strict_json import JSON

Array: TypeAlias = NDArray[Any]
Bytes: TypeAlias = NDArray[np.uint8]

MAX_HEADER = 8 * 2**20
MAX_TENSORS = 100_000
MAX_AXES = 32
_MAX_NUMBER = 2**63 - 1
_FIELDS = {"data_offsets", "dtype", "shape"}

DTYPES = {
    "F64": "<f8",
    "I64": "<i8",
    "U64": "<u8",
    "F32": "<f4",
    "I32": "<i4",
    "U32": "<u4",
    "F16": "<f2",
    "I16": "<i2",
    "U16": "<u2",
    "I8": "|i1",
    "U8": "|u1",
    "BOOL": "|b1",
}
"""The closed list of element types, largest first: so every array is aligned."""

_NAMES = {np.dtype(code): name for name, code in DTYPES.items()}
_RANK = {name: rank for rank, name in enumerate(DTYPES)}


def pack(tensors: Mapping[str, Array], where: str) -> list[Piece]:
    """Turns named arrays into the pieces of a safetensors file.

    The pieces after the first are views of the arrays, not copies, wherever an
    array is contiguous and little-endian.

    Args:
        tensors: Arrays by name. Any shape; booleans, integers, floats of 16 to 64
            bits. NaN and infinity are kept to the bit.
        where: Name of the group, for messages.

    Returns:
        The header, then the data of each array in file order.

    Raises:
        ArtifactError: `weights`, for a name or an element type that has no place
            in the file.
    """
    ready = {name: _ready(name, array, where) for name, array in tensors.items()}
    order = _order(ready)
    header = _header(ready, order, where)
    return [header, *(_raw(ready[name]).data for name in order)]


def unpack(data: Bytes, where: str) -> dict[str, Array]:
    """Reads arrays, refusing whatever `pack` would not have written.

    Args:
        data: The whole file, shape (bytes,).
        where: File and member, for messages.

    Returns:
        Read-only views into `data`, by name, in the order of the names.

    Raises:
        ArtifactError: `weights`, for bytes that `pack` does not produce.
    """
    end = _header_end(data, where)
    described = _described(data[8:end].tobytes(), where)
    found = {
        name: _view(data[end:], described[name], f"{where}, `{shown(name)}`")
        for name in described
    }
    # One comparison covers what no single check names: gaps, overlaps, order,
    # trailing bytes, spellings.
    order = _order(found)
    total = end + sum(array.nbytes for array in found.values())
    if _header(found, order, where) != data[:end].tobytes() or total != data.size:
        raise _refused(where, "expected arrays without gaps or another order")
    return found


def _ready(name: object, array: object, where: str) -> Array:
    """Gives the array as the file holds it: contiguous, little-endian."""
    if not isinstance(name, str) or not name or name == "__metadata__":
        raise _refused(where, "expected array names that are text", name)
    place = f"{where}, `{shown(name)}`"
    if not isinstance(array, (np.ndarray, np.generic)) or _is_masked(array):
        raise _refused(
            place,
            "expected a NumPy array",
            type(array),
            "Use `numpy.asarray`.",
        )
    little = np.asarray(array).dtype.newbyteorder("<")
    if little not in _NAMES:
        raise _refused(
            place,
            f"expected one of the element types {_type_names()}",
            str(little),
            "Convert the array; text belongs in a document.",
        )
    ready: Array = np.asarray(array, dtype=little, order="C")
    _check_booleans(ready, place)
    return ready


def _is_masked(array: object) -> bool:
    """Says whether an array has a mask, which the file could not keep."""
    return isinstance(array, np.ma.MaskedArray)


def _check_booleans(array: Array, where: str) -> None:
    """Refuses bytes other than 0 and 1 in a boolean array: no such value exists."""
    if array.dtype == np.bool_ and array.size and _raw(array).max() > 1:
        raise _refused(where, "expected booleans stored as 0 or 1")


def _order(tensors: Mapping[str, Array]) -> list[str]:
    """Puts names in file order: larger items first, then by name."""
    return sorted(tensors, key=lambda name: (_RANK[_NAMES[tensors[name].dtype]], name))


def _raw(array: Array) -> Bytes:
    """Shows a contiguous array as its bytes."""
    return array.reshape(-1).view(np.uint8)


def _header(tensors: Mapping[str, Array], order: list[str], where: str) -> bytes:
    """Builds length and header, padded by spaces to a multiple of 8 bytes."""
    entries: dict[str, JSON] = {}
    start = 0
    for name in order:
        array = tensors[name]
        entries[name] = {
            "data_offsets": [start, start + array.nbytes],
            "dtype": _NAMES[array.dtype],
            "shape": list(array.shape),
        }
        start += array.nbytes
    text = strict_json.encode(entries, where)
    text += b" " * (-len(text) % 8)
    if len(text) > MAX_HEADER or len(entries) > MAX_TENSORS:
        raise _refused(
            where, f"expected at most {MAX_TENSORS:,} arrays, 8 MiB of names"
        )
    return len(text).to_bytes(8, "little") + text


def _header_end(data: Bytes, where: str) -> int:
    """Finds where the header ends, before any of it is parsed."""
    length = int.from_bytes(data[:8].tobytes(), "little")
    if data.size < 8 or length > MAX_HEADER or 8 + length > data.size:
        raise _refused(where, "expected a header of at most 8 MiB in the member")
    return 8 + length


def _described(header: bytes, where: str) -> dict[str, JSON]:
    """Parses the header into one description per array."""
    # Counted before parsing, which would cost memory; a name may add one.
    if header.count(b'"dtype"') > MAX_TENSORS + 1:
        raise _refused(where, f"expected at most {MAX_TENSORS:,} arrays")
    described = strict_json.decode(header.rstrip(b" "), f"{where}, header")
    if not isinstance(described, dict):
        raise _refused(where, "expected a dict of named arrays")
    return described


def _view(body: Bytes, entry: JSON, where: str) -> Array:
    """Gives one array as a view of the data, its description fully checked."""
    if not isinstance(entry, dict) or set(entry) != _FIELDS:
        raise _refused(where, "expected dtype, shape and data_offsets", entry)
    shape, offsets = entry["shape"], entry["data_offsets"]
    if not isinstance(entry["dtype"], str) or entry["dtype"] not in DTYPES:
        raise _refused(where, f"expected an element type of {_type_names()}", entry)
    if not (_are_sizes(shape) and _are_sizes(offsets)):
        raise _refused(where, "expected whole numbers from 0 to 2**63 - 1", entry)
    if len(offsets) != 2 or len(shape) > MAX_AXES:
        raise _refused(where, f"expected at most {MAX_AXES} axes and 2 offsets", entry)
    dtype = np.dtype(DTYPES[entry["dtype"]])
    # An axis of length 0 does not excuse the others: NumPy multiplies them all.
    if math.prod(size or 1 for size in shape) * dtype.itemsize > _MAX_NUMBER:
        raise _refused(where, "expected a shape that fits into memory", entry)
    start, stop = offsets
    size = math.prod(shape) * dtype.itemsize
    if stop - start != size or stop > body.size or start % dtype.itemsize:
        raise _refused(where, "expected the shape to fit its data", entry)
    array: Array = body[start:stop].view(dtype).reshape(shape)
    _check_booleans(array, where)
    return array


def _are_sizes(values: JSON) -> bool:
    """Says whether a value is a list of whole numbers of 63 bits (no booleans)."""
    return isinstance(values, list) and all(
        type(value) is int and 0 <= value <= _MAX_NUMBER for value in values
    )


def _type_names() -> str:
    """Names the element types in NumPy's words."""
    return listing([dtype.name for dtype in _NAMES], limit=len(_NAMES))


def _refused(
    where: str, expected: str, received: object = None, fix: str = ""
) -> ArtifactError:
    """The error for arrays that have no place in the file."""
    return refused("weights", where, expected, received, fix)
