"""Small files that ask for much: refused at once, with little memory."""

from __future__ import annotations

import os
import struct
import zipfile

import numpy as np
import pytest

from sensorium.errors import ArtifactError
from sensorium.run import strict_json
from sensorium.run.artifact import read_artifact, write_artifact
from tests.run.samples import (
    archive,
    canonical,
    contents,
    forged,
    manifest_of,
    run_python,
    tensor_file,
    write_sample,
)

MIB = 2**20


def weights_of(**tensor: object) -> bytes:
    """Signed weights whose header says what it likes."""
    entry = {"data_offsets": [0, 8], "dtype": "F32", "shape": [2], **tensor}
    header = canonical({"x": entry})
    header += b" " * (-len(header) % 8)
    return forged({"weights.safetensors": tensor_file(header, b"\0" * 8)})


def with_document(text: bytes) -> bytes:
    empty = tensor_file(b"{}      ")
    return forged({"recipe.json": text, "weights.safetensors": empty})


def deflated(path) -> None:
    """100 MiB of zeros in 100 kB, as ordinary zip bombs are made."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("manifest.json", b"{}")
        file.writestr("weights.safetensors", bytes(100 * MIB))


def nested(path) -> None:
    deflated(path)
    path.write_bytes(archive([("manifest.json", path.read_bytes())]))


def holes(size):
    """A file of one size that takes no room on the disk."""

    def make(path) -> None:
        path.touch()
        os.truncate(path, size)

    return make


def declared(path) -> None:
    """Headers that promise 4 GiB which are not there."""
    data = write_sample(path)
    for magic, place in [(b"PK\3\4", 18), (b"PK\1\2", 20)]:
        at = data.rfind(magic) + place
        data = data[:at] + (2**32 - 2).to_bytes(4, "little") * 2 + data[at + 8 :]
    path.write_bytes(data)


def large_directory(path) -> None:
    """One member, and a directory of 3 GiB about it."""
    holes(3 * 2**30)(path)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, 3 * 2**30, 0, 0)
    with path.open("ab") as file:
        file.write(end)


def many_tensors(path) -> None:
    entry = {"data_offsets": [0, 0], "dtype": "U8", "shape": [0]}
    header = canonical({f"{index:06}": entry for index in range(100_002)})
    header += b" " * (-len(header) % 8)
    path.write_bytes(forged({"weights.safetensors": tensor_file(header)}))


def data(build):
    return lambda path: path.write_bytes(build())


def manifest(text):
    return lambda path: path.write_bytes(archive([("manifest.json", text)]))


BOMBS = {
    "deflated member": (deflated, "zip"),
    "zip in a zip": (nested, "json"),
    "1e9 elements": (data(lambda: weights_of(shape=[10**9])), "weights"),
    "1e9 elements, offsets too": (
        data(lambda: weights_of(shape=[10**9], data_offsets=[0, 4 * 10**9])),
        "weights",
    ),
    "2**64 elements that wrap to 2": (
        data(lambda: weights_of(shape=[2**63 + 1, 2])),
        "weights",
    ),
    "1e9 axes of 0 length": (
        data(lambda: weights_of(shape=[0, 10**9, 10**9, 10**9], data_offsets=[0, 0])),
        "weights",
    ),
    "many axes": (data(lambda: weights_of(shape=[1] * 100_000 + [2])), "weights"),
    "2**200,000 elements": (data(lambda: weights_of(shape=[2] * 200_000)), "weights"),
    "a product of 8 million digits": (
        data(lambda: weights_of(shape=[10**299] * 26_000)),
        "weights",
    ),
    "numbers of 4,000 digits": (
        data(lambda: with_document(canonical([10**4000] * 1000))),
        "json",
    ),
    "a number of 300 digits": (
        data(lambda: weights_of(shape=[10**299])),
        "weights",
    ),
    "100,002 tensors": (many_tensors, "weights"),
    "header of 9 MiB": (
        data(lambda: forged({"weights.safetensors": tensor_file(b" " * 9 * MIB)})),
        "weights",
    ),
    "header of 2**63 bytes": (
        data(lambda: forged({"weights.safetensors": b"\xff" * 8 + b"{}"})),
        "weights",
    ),
    "deep document": (data(lambda: with_document(b"[" * 3 * MIB)), "json"),
    "deep dicts": (data(lambda: with_document(b'{"a":' * 700_000)), "json"),
    "wide document": (
        data(lambda: with_document(b"[" + b"[]," * 4_000_000 + b"[]]")),
        "json",
    ),
    "deep manifest": (manifest(b"[" * 1_000_000), "json"),
    "wide manifest": (manifest(b"[" + b"0," * 100_000 + b"0]"), "json"),
    "manifest of 9 MiB": (manifest(b" " * 9 * MIB), "size"),
    "empty file": (data(bytes), "zip"),
    "8 GiB of holes": (holes(8 * 2**30), "zip"),
    "9 GiB of holes": (holes(9 * 2**30), "size"),
    "4 GiB declared": (declared, "zip"),
    "directory of 3 GiB": (large_directory, "zip"),
}

READ = """
import resource, sys, time, tracemalloc
from sensorium.errors import ArtifactError
from sensorium.run.artifact import read_artifact

def read():
    try:
        read_artifact(sys.argv[1])
    except ArtifactError as error:
        return error.reason

resource.setrlimit(resource.RLIMIT_AS, (2 * 2**30, 2 * 2**30))
start = time.process_time()
reason = read()
seconds = time.process_time() - start
tracemalloc.start()
read()
print(reason, tracemalloc.get_traced_memory()[1] / 2**20, seconds)
"""


@pytest.mark.parametrize(("make", "reason"), BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_quickly_with_little_memory(tmp_path, make, reason) -> None:
    path = tmp_path / "bomb.sensorium"
    make(path)
    found, memory, seconds = run_python(READ, path).split()
    assert found == reason
    assert float(memory) < 64
    assert float(seconds) < 1


def test_the_measure_sees_memory(tmp_path) -> None:
    path = tmp_path / "large.sensorium"
    write_artifact(path, {}, {}, {"x": np.zeros(16 * MIB, np.float32)})
    reason, memory, _ = run_python(READ, path).split()
    assert reason == "None"
    assert 64 < float(memory) < 66


def test_documents_are_bounded_together(tmp_path, monkeypatch) -> None:
    path = tmp_path / "x.sensorium"
    write_artifact(path, {"a": "x" * 60, "b": "x" * 60}, {}, {})
    monkeypatch.setattr("sensorium.run.artifact.MAX_DOCUMENTS", 100)
    with pytest.raises(ArtifactError, match="at most 100 bytes in all") as caught:
        read_artifact(path)
    assert caught.value.reason == "size"
    with pytest.raises(ArtifactError, match="at most 100 bytes in all"):
        write_artifact(path, {"a": "x" * 60, "b": "x" * 60}, {}, {})


def test_what_may_be_read_may_be_written(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(strict_json, "MAX_VALUES", 100)
    path = tmp_path / "x.sensorium"
    write_artifact(path, {"a": list(range(98))}, {}, {})
    assert read_artifact(path).documents == {"a": list(range(98))}
    with pytest.raises(ArtifactError, match="at most 100 values"):
        write_artifact(path, {"a": list(range(100))}, {}, {})


def test_a_limit_for_the_file_can_be_given(tmp_path) -> None:
    path = tmp_path / "x.sensorium"
    size = len(write_sample(path))
    assert read_artifact(path, max_size=size).format == 1
    with pytest.raises(ArtifactError, match=r"Raise `max_size`") as caught:
        read_artifact(path, max_size=size - 1)
    assert caught.value.reason == "size"


def test_a_manifest_that_lists_a_thousand_members_is_refused(tmp_path) -> None:
    path = tmp_path / "x.sensorium"
    parts = contents(write_sample(path))
    parts.pop("manifest.json")
    listed = manifest_of({f"{n}.json": b"" for n in range(1000)})
    path.write_bytes(archive([("manifest.json", listed), *parts.items()]))
    with pytest.raises(ArtifactError, match="exactly the members") as caught:
        read_artifact(path)
    assert len(str(caught.value)) < 1000
