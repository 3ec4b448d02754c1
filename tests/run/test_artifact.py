"""What is written comes back to the bit; the same content gives the same file."""

from __future__ import annotations

import hashlib
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from sensorium import __version__
from sensorium.errors import ArtifactError
from sensorium.run import artifact as module
from sensorium.run import safe_zip
from sensorium.run.artifact import check_weights, read_artifact, write_artifact
from tests.run.samples import (
    ARRAYS,
    DOCUMENTS,
    NAMES,
    WEIGHTS,
    run_python,
    write_sample,
)

TYPES = [np.dtype(kind) for kind in "?bBhHiIqQefd"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.sensorium"


def assert_same(found, expected) -> None:
    """Equal to the bit: names, shapes, element types, NaN patterns."""
    assert set(found) == set(expected)
    for name, array in expected.items():
        assert found[name].dtype == array.dtype, name
        assert found[name].shape == array.shape, name
        assert found[name].tobytes() == array.tobytes(), name


def test_what_was_written_is_read(path) -> None:
    sha256 = write_artifact(path, DOCUMENTS, ARRAYS, WEIGHTS)
    found = read_artifact(path)
    assert found.documents == DOCUMENTS
    assert set(found.arrays) == set(ARRAYS)
    assert_same(found.arrays["features"], ARRAYS["features"])
    assert_same(found.weights, WEIGHTS)
    assert (found.format, found.library) == (1, __version__)
    assert found.sha256 == sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (1,), (7,), (2, 3, 4)], ids=str)
def test_every_type_and_shape_comes_back(path, dtype, shape) -> None:
    count = int(np.prod(shape)) * dtype.itemsize
    noise = np.random.default_rng(0).integers(0, 256, count, dtype=np.uint8)
    if dtype == np.bool_:
        noise %= 2
    array = noise.view(dtype).reshape(shape)
    write_artifact(path, {}, {"group": {"x": array}}, {"x": array})
    found = read_artifact(path)
    assert_same(found.weights, {"x": array})
    assert_same(found.arrays["group"], {"x": array})


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_nan_infinity_and_minus_zero_keep_their_bits(path, dtype) -> None:
    array = np.array([np.nan, -np.nan, np.inf, -np.inf, -0.0, 0.0], dtype=dtype)
    write_artifact(path, {}, {}, {"x": array})
    assert_same(read_artifact(path).weights, {"x": array})


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=12,
)
tensors = st.dictionaries(
    st.text(st.characters(codec="utf-8"), min_size=1).filter(
        lambda n: n != "__metadata__"
    ),
    arrays_of.arrays(
        st.sampled_from(TYPES), arrays_of.array_shapes(min_dims=0, min_side=0)
    ),
    max_size=4,
)


@given(value=json_values, group=tensors, weights=tensors)
def test_anything_comes_back_and_is_written_again_the_same(
    tmp_path_factory, value, group, weights
) -> None:
    folder = tmp_path_factory.getbasetemp()
    first, second = folder / "first.sensorium", folder / "second.sensorium"
    write_artifact(first, {"value": value}, {"group": group}, weights)
    found = read_artifact(first)
    assert repr_of(found.documents["value"]) == repr_of(value)
    assert_same(found.arrays["group"], group)
    assert_same(found.weights, weights)
    write_artifact(second, found.documents, found.arrays, found.weights)
    assert first.read_bytes() == second.read_bytes()


def repr_of(value: object) -> str:
    """Tells -0.0 from 0.0 and 1 from True; the order of keys is not kept."""
    if isinstance(value, dict):
        return repr(sorted((key, repr_of(item)) for key, item in value.items()))
    if isinstance(value, list):
        return repr([repr_of(item) for item in value])
    return repr(value)


def test_a_float16_scalar_of_numpy_is_an_array_without_axes(path) -> None:
    write_artifact(path, {}, {}, {"x": np.float16(1.5)})
    assert_same(read_artifact(path).weights, {"x": np.array(1.5, np.float16)})


def test_other_layouts_in_memory_give_the_same_bytes(path) -> None:
    plain = np.arange(12, dtype=np.float32).reshape(3, 4)
    variants = [
        np.asfortranarray(plain),
        plain.astype(">f4"),
        np.repeat(plain, 2, axis=0)[::2],
        plain[::-1][::-1],
    ]
    write_artifact(path, {}, {}, {"x": plain})
    expected = path.read_bytes()
    for variant in variants:
        write_artifact(path, {}, {}, {"x": variant})
        assert path.read_bytes() == expected


def test_order_and_process_do_not_change_the_bytes(path) -> None:
    expected = write_sample(path)
    turned = {name: WEIGHTS[name] for name in reversed(WEIGHTS)}
    documents = {"recipe": dict(reversed(DOCUMENTS["recipe"].items()))}
    write_artifact(path, documents, ARRAYS, turned)
    assert path.read_bytes() == expected
    code = "import sys; from pathlib import Path; from tests.run import samples; "
    run_python(code + "samples.write_sample(Path(sys.argv[1]))", path)
    assert path.read_bytes() == expected


def test_the_golden_file_is_still_written_and_read(path, monkeypatch) -> None:
    # Made by `write_sample` of version 0.1.0. It is never written again: other bytes
    # need a new format number, and this file must stay readable.
    golden = Path(__file__).parent / "format_1.sensorium"
    found = read_artifact(golden)
    assert found.documents == DOCUMENTS
    assert_same(found.arrays["features"], ARRAYS["features"])
    assert_same(found.weights, WEIGHTS)
    monkeypatch.setattr(module, "__version__", "0.1.0")
    assert write_sample(path) == golden.read_bytes()


def test_other_programs_open_it(path) -> None:
    write_sample(path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["manifest.json", *NAMES]
        assert {info.compress_type for info in archive.infolist()} == {0}
        weights = safetensors.numpy.load(archive.read("weights.safetensors"))
    assert_same(weights, WEIGHTS)


def test_large_files_use_zip64_as_others_do(path) -> None:
    entries = [
        safe_zip.Entry("manifest.json", 1, 100),
        safe_zip.Entry("weights.safetensors", 2, 5 * 2**30),
        safe_zip.Entry("x.json", 3, 10),
    ]
    layout = safe_zip.frame(entries)
    with path.open("wb") as file:  # a file with holes: it takes no room on the disk
        position = 0
        for entry, header in zip(entries, layout.headers, strict=True):
            file.seek(position)
            file.write(header)
            position += len(header) + entry.size
        file.seek(position)
        file.write(layout.tail)
    assert path.stat().st_size == layout.size
    with zipfile.ZipFile(path) as archive:
        found = [(i.filename, i.CRC, i.file_size) for i in archive.infolist()]
        assert found == [tuple(entry) for entry in entries]
        assert archive.open("x.json").read(0) == b""
    with module.open_source(path, 2**40) as source:
        assert safe_zip.Archive(source).entries == tuple(entries)


def test_the_right_sha256_is_accepted_in_any_case(path) -> None:
    sha256 = write_artifact(path, {}, {}, {})
    assert read_artifact(path, sha256.upper()).sha256 == sha256


def test_arrays_that_were_read_cannot_be_written_to(path) -> None:
    write_sample(path)
    found = read_artifact(path)
    with pytest.raises(ValueError, match="read-only"):
        found.weights["step"][...] = 1


def test_weights_that_fit_pass() -> None:
    check_weights(WEIGHTS, {k: (v.shape, v.dtype) for k, v in WEIGHTS.items()})
    check_weights(WEIGHTS, {k: (v.shape, v.dtype.name) for k, v in WEIGHTS.items()})


def test_memory_stays_near_the_size_of_the_file(path) -> None:
    weights = {"x": np.ones(2**23, np.float32), "y": np.ones(2**23, np.float32)}
    size = 2**26
    tracemalloc.start()
    try:
        write_artifact(path, {}, {}, weights)
        writing = tracemalloc.get_traced_memory()[1]
        read_artifact(path)
        reading = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert writing < 0.01 * size
    assert size < reading < 1.01 * size


def test_the_module_loads_neither_keras_nor_polars() -> None:
    code = "import sys, sensorium.run.artifact, sensorium.run.lock; "
    heavy = "{'keras', 'jax', 'polars', 'torch', 'tensorflow'}"
    assert run_python(f"{code}print({heavy} & set(sys.modules))").strip() == "set()"


def test_a_failing_document_writes_nothing(path) -> None:
    old = write_sample(path)
    with pytest.raises(ArtifactError):
        write_artifact(path, {"recipe": float("nan")}, {}, {})
    assert path.read_bytes() == old
    assert [item.name for item in path.parent.iterdir()] == [path.name]
