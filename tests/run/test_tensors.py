"""Arrays as safetensors: others read them, and every wrong header is refused."""

from __future__ import annotations

import numpy as np
import pytest
import safetensors.numpy

from sensorium.errors import ArtifactError
from sensorium.run.tensors import DTYPES, pack, unpack
from tests.run.samples import canonical, tensor_file


def packed(tensors) -> bytes:
    return b"".join(bytes(piece) for piece in pack(tensors, "weights"))


def as_array(data: bytes) -> np.ndarray:
    return np.frombuffer(data, dtype=np.uint8)


def refusal(call, *arguments) -> str:
    with pytest.raises(ArtifactError) as caught:
        call(*arguments)
    assert caught.value.reason == "weights"
    return str(caught.value)


ALL = {
    name: np.arange(3).astype(code).reshape(1, 3) for name, code in DTYPES.items()
} | {
    "zero": np.zeros((2, 0, 3), np.int16),
    "scalar": np.array(2.5),
    "größe": np.ones(1),
}


def test_the_safetensors_library_reads_what_we_write() -> None:
    found = safetensors.numpy.load(packed(ALL))
    assert set(found) == set(ALL)
    for name, array in ALL.items():
        assert found[name].dtype == array.dtype
        assert np.array_equal(found[name], array)


def test_every_array_is_aligned_to_its_items() -> None:
    for name, array in unpack(as_array(packed(ALL)), "x").items():
        assert array.flags.aligned, name
        assert np.array_equal(array, ALL[name])


def test_writing_makes_no_copy() -> None:
    array = np.zeros(100)
    _, piece = pack({"x": array}, "weights")
    assert np.shares_memory(np.frombuffer(piece, np.uint8), array)


def test_reading_makes_no_copy() -> None:
    data = as_array(packed({"x": np.zeros(100)}))
    assert np.shares_memory(unpack(data, "x")["x"], data)


def test_no_tensors_are_a_file_too() -> None:
    assert packed({}) == tensor_file(b"{}      ")
    assert unpack(as_array(packed({})), "x") == {}


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("x", np.array(["a"]), "weights, `x`: expected one of the element types"),
        ("x", np.array([None]), "Received: 'object'. Convert the array; text belongs"),
        ("x", np.array([1j]), "Received: 'complex128'."),
        ("x", np.array(["2026-01-01"], "M8[D]"), "Received: 'datetime64[D]'."),
        ("x", np.zeros(1, np.longdouble), "expected one of the element types"),
        ("x", np.zeros(1, [("a", "f4")]), "expected one of the element types"),
        ("x", [1.0], "expected a NumPy array. Received: <class 'list'>."),
        ("x", 1.0, "Use `numpy.asarray`."),
        ("x", np.ma.masked_array([1], [True]), "expected a NumPy array"),
        ("x", np.array([2], np.uint8).view(np.bool_), "booleans stored as 0 or 1"),
        ("", np.zeros(1), "expected array names that are text. Received: ''."),
        ("__metadata__", np.zeros(1), "expected array names that are text"),
        (1, np.zeros(1), "expected array names that are text. Received: 1."),
        ("a\x1b[2J", [1], r"weights, `'a\x1b[2J'`"),
    ],
)
def test_what_has_no_place_in_the_file_is_refused(name, array, message) -> None:
    assert message in refusal(pack, {name: array}, "weights")


def entry(**changes: object) -> dict:
    return {"data_offsets": [0, 8], "dtype": "F32", "shape": [2], **changes}


def built(header: object, body: bytes = bytes(8)) -> np.ndarray:
    text = canonical(header)
    return as_array(tensor_file(text + b" " * (-len(text) % 8), body))


def test_the_builder_of_these_tests_builds_what_is_accepted() -> None:
    assert unpack(built({"x": entry()}), "w")["x"].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ([], "expected a dict of named arrays"),
        ({"x": []}, "w, `x`: expected dtype, shape and data_offsets"),
        ({"x": {"dtype": "F32"}}, "expected dtype, shape and data_offsets"),
        ({"x": entry(extra=1)}, "expected dtype, shape and data_offsets"),
        ({"__metadata__": {}, "x": entry()}, "expected dtype, shape and data_offsets"),
        ({"x": entry(dtype="BF16")}, "expected an element type of float64"),
        ({"x": entry(dtype="f4")}, "expected an element type of float64"),
        ({"x": entry(dtype=["F32"])}, "expected an element type of float64"),
        ({"x": entry(shape=2)}, "whole numbers from 0"),
        ({"x": entry(shape=[-2])}, "whole numbers from 0"),
        ({"x": entry(shape=[-1, -2])}, "whole numbers from 0"),
        ({"x": entry(shape=[2.0])}, "whole numbers from 0"),
        ({"x": entry(shape=[True, 2])}, "whole numbers from 0"),
        ({"x": entry(data_offsets=["0", 8])}, "whole numbers from 0"),
        ({"x": entry(data_offsets=[8])}, "2 offsets"),
        ({"x": entry(data_offsets=[0, 8, 8])}, "2 offsets"),
        ({"x": entry(shape=[2] + [1] * 32)}, "at most 32 axes"),
        ({"x": entry(shape=[0, 2**62, 2**62])}, "a shape that fits into memory"),
        ({"x": entry(shape=[0, 2**63])}, "whole numbers from 0 to 2**63 - 1"),
        ({"x": entry(shape=[3])}, "expected the shape to fit its data"),
        ({"x": entry(data_offsets=[8, 0])}, "expected the shape to fit its data"),
        ({"x": entry(data_offsets=[8, 16])}, "expected the shape to fit its data"),
        ({"x": entry(shape=[1], data_offsets=[2, 6])}, "the shape to fit its data"),
        ({"x": entry(shape=[1], data_offsets=[4, 8])}, "without gaps"),
        ({"x": entry(shape=[1], data_offsets=[0, 4])}, "without gaps"),
        ({"x": entry(), "y": entry()}, "without gaps or another order"),
        (
            {
                "x": entry(shape=[1], data_offsets=[4, 8]),
                "y": entry(shape=[1], data_offsets=[0, 4]),
            },
            "without gaps or another order",
        ),
        ({}, "without gaps"),
    ],
)
def test_wrong_headers_are_refused(header, message) -> None:
    assert message in refusal(unpack, built(header), "w")


@pytest.mark.parametrize("size", range(8))
def test_a_file_too_short_for_a_length_is_refused(size) -> None:
    assert "a header of at most 8 MiB" in refusal(unpack, as_array(bytes(size)), "w")


def test_another_padding_is_refused() -> None:
    data = packed({"x": np.zeros(2, np.float32)})
    end = 8 + int.from_bytes(data[:8], "little")
    longer = tensor_file(data[8:end] + b" " * 8, data[end:])
    assert "without gaps" in refusal(unpack, as_array(longer), "w")


def test_booleans_that_are_neither_are_refused() -> None:
    data = bytearray(packed({"x": np.array([True])}))
    data[-1] = 2
    assert "`x`: expected booleans stored as 0 or 1" in refusal(
        unpack, as_array(bytes(data)), "w"
    )
