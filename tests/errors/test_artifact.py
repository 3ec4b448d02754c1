"""What the user is told about an artifact that is refused: where, what, what to do."""

from __future__ import annotations

import re
import zipfile

import numpy as np
import pytest

from sensorium.errors import ArtifactError, SensoriumError
from sensorium.run import files
from sensorium.run.artifact import check_weights, read_artifact, write_artifact
from tests.run.faults import FaultyDisk, no_space
from tests.run.samples import (
    ARRAYS,
    DOCUMENTS,
    WEIGHTS,
    archive,
    canonical,
    contents,
    forged,
    manifest_of,
    tensor_file,
    write_sample,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.sensorium"


@pytest.fixture
def parts(path) -> dict[str, bytes]:
    """The members of a good artifact, without its manifest."""
    found = contents(write_sample(path))
    found.pop("manifest.json")
    return found


def refused(path, data: bytes | None = None, **options) -> tuple[str, str]:
    """The reason and the message, without the folder; the error is ours alone."""
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ArtifactError) as caught:
        read_artifact(path, **options)
    assert isinstance(caught.value, SensoriumError)
    assert isinstance(caught.value, OSError)
    message = str(caught.value)
    assert message.startswith(str(path))
    return caught.value.reason, message.replace(f"{path.parent}/", "")


def test_a_newer_format(path, parts) -> None:
    assert refused(path, forged(parts, format=7)) == (
        "format",
        "model.sensorium: written by a newer Sensorium (format 7; this version reads "
        "up to 1). Upgrade with `pip install -U sensorium`.",
    )


def test_a_newer_format_with_other_fields_and_members(path, parts) -> None:
    members = {**parts, "golden.json": b"{ }"}
    reason, message = refused(path, forged(members, format=2, signature="x"))
    assert reason == "format"
    assert "Upgrade with `pip install -U sensorium`." in message


@pytest.mark.parametrize("number", [0, -1])
def test_a_format_that_never_was(path, parts, number) -> None:
    reason, message = refused(path, forged(parts, format=number))
    assert reason == "format"
    assert message.endswith(f"expected a format of (1,). Received: {number}.")


@pytest.mark.parametrize("number", [None, True, 1.0, "1", [1]])
def test_a_format_that_is_no_number(path, parts, number) -> None:
    reason, message = refused(path, forged(parts, format=number))
    assert reason == "format"
    assert "model.sensorium: expected a format number." in message


def test_a_file_that_is_something_else(path) -> None:
    reason, message = refused(path, b"PAR1" * 100)
    assert reason == "zip"
    assert message == (
        "model.sensorium: this is not a Sensorium artifact, or it is cut off. "
        "Get the file again."
    )


def test_a_compressed_archive(path, parts) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in {"manifest.json": manifest_of(parts), **parts}.items():
            file.writestr(name, content)
    reason, message = refused(path)
    assert reason == "zip"
    assert "expected members that are stored as they are" in message


def test_an_added_member(path, parts) -> None:
    listed = [("manifest.json", manifest_of(parts)), *parts.items(), ("x.json", b"1")]
    reason, message = refused(path, archive(listed))
    assert reason == "member"
    assert "exactly the members of the manifest, in order (see x.json)." in message


def test_a_removed_member(path, parts) -> None:
    listed = [("manifest.json", manifest_of(parts)), *list(parts.items())[1:]]
    reason, message = refused(path, archive(listed))
    assert reason == "member"
    assert "(see features.safetensors)." in message


def test_an_artifact_without_weights(path, parts) -> None:
    parts.pop("weights.safetensors")
    reason, message = refused(path, forged(parts))
    assert reason == "member"
    assert "expected weights and exactly the members" in message


def test_an_archive_without_a_manifest(path, parts) -> None:
    reason, message = refused(path, archive(list(parts.items())))
    assert reason == "member"
    assert message.endswith(
        "expected manifest.json as first. Received: 'features.safetensors'."
    )


def test_a_member_with_a_path(path, parts) -> None:
    reason, message = refused(path, forged({**parts, "../x.json": b"1"}))
    assert reason == "member"
    assert message.endswith("Received: '../x.json'.")


def test_a_changed_byte(path, parts) -> None:
    data = bytearray(path.read_bytes())
    data[data.find(b"0.1}")] = ord("3")
    reason, message = refused(path, bytes(data))
    assert (reason, message) == (
        "checksum",
        "model.sensorium: `recipe.json` is damaged.",
    )


def test_content_that_does_not_fit_the_manifest(path, parts) -> None:
    manifest = manifest_of(parts)
    parts["recipe.json"] = parts["recipe.json"].replace(b"0.1", b"0.3")
    listed = [("manifest.json", manifest), *parts.items()]
    reason, message = refused(path, archive(listed))
    assert (reason, message) == (
        "checksum",
        "model.sensorium: `recipe.json` is damaged.",
    )


def test_another_file_than_expected(path, parts) -> None:
    reason, message = refused(path, expected_sha256="0" * 64)
    assert reason == "checksum"
    assert f"expected a file with sha256 {'0' * 64}. Received: '" in message
    sha256 = read_artifact(path).sha256
    assert f"Received: '{sha256}'." in message
    assert refused(path, expected_sha256="")[0] == "checksum"
    assert refused(path, expected_sha256=sha256[:-1])[0] == "checksum"


def test_a_document_that_is_not_canonical(path, parts) -> None:
    reason, message = refused(path, forged({**parts, "recipe.json": b'{"a":NaN}'}))
    assert reason == "json"
    assert message == ("model.sensorium, recipe.json: expected JSON (NaN is not JSON).")


def test_weights_with_a_wrong_shape(path, parts) -> None:
    entry = {"data_offsets": [0, 4], "dtype": "F32", "shape": [2]}
    header = canonical({"photo/conv1": entry})
    parts["weights.safetensors"] = tensor_file(header, b"1234")
    reason, message = refused(path, forged(parts))
    assert reason == "weights"
    assert message.startswith(
        "model.sensorium, weights.safetensors, `photo/conv1`: expected the shape to "
        "fit its data. Received: {"
    )


def test_all_differences_of_the_weights_at_once() -> None:
    expected = {
        "facts/kernel": ((3, 2), "float32"),
        "facts/on": ((3,), "float32"),
        "photo/kernel": ((4,), "float16"),
        "step": ((), np.int64),
    }
    found = {**WEIGHTS, "extra": np.zeros(1)}
    with pytest.raises(ArtifactError) as caught:
        check_weights(found, expected)
    assert caught.value.reason == "weights"
    assert str(caught.value) == (
        "weights: 4 differ from the model's:\n"
        "  `extra` is not a weight of the model\n"
        "  `facts/kernel` has shape (2, 3), expected (3, 2)\n"
        "  `facts/on` is bool, expected float32\n"
        "  `photo/kernel` is missing: (4,) float16."
    )


@pytest.mark.parametrize("name", sorted(WEIGHTS))
@pytest.mark.parametrize("change", ["removed", "renamed", "reshaped", "retyped"])
def test_every_change_of_a_weight_names_it(name, change) -> None:
    expected = {key: (value.shape, value.dtype) for key, value in WEIGHTS.items()}
    found = dict(WEIGHTS)
    array = found.pop(name)
    if change == "renamed":
        found[f"{name}x"] = array
    if change == "reshaped":
        found[name] = array[None]
    if change == "retyped":
        found[name] = array.astype(np.float64)
    with pytest.raises(ArtifactError, match=f"`{re.escape(name)}` ") as caught:
        check_weights(found, expected)
    assert caught.value.reason == "weights"


CONTENT = {
    "document of a number": (
        ({"recipe": {"inputs": [{"rate": float("nan")}]}}, {}, {}),
        "json",
        "recipe.inputs[0].rate: expected a finite number. Received: nan.",
    ),
    "array of text": (
        ({}, {"features": {"city": np.array(["a"])}}, {}),
        "weights",
        "features, `city`: expected one of the element types float64, int64, uint64, "
        "float32, int32, uint32, float16, int16, uint16, int8, uint8, bool. "
        "Received: '<U1'. Convert the array; text belongs in a document.",
    ),
    "weights of another library": (
        ({}, {}, {"kernel": [1.0]}),
        "weights",
        "weights, `kernel`: expected a NumPy array. Received: <class 'list'>. "
        "Use `numpy.asarray`.",
    ),
    "name with a capital letter": (
        ({"Recipe": 1}, {}, {}),
        "member",
        "expected names of at most 64 letters a-z, digits, `_` and `-`. "
        "Received: 'Recipe.json'.",
    ),
    "name with a folder": (({}, {"../x": {}}, {}), "member", "'../x.safetensors'."),
    "manifest": (
        ({"manifest": 1}, {}, {}),
        "member",
        "`manifest` and `weights` are reserved names.",
    ),
    "weights as a group": (
        ({}, {"weights": {}}, {}),
        "member",
        "`manifest` and `weights` are reserved names.",
    ),
    "too many": (
        ({f"d{n}": 1 for n in range(63)}, {}, {}),
        "member",
        "expected at most 62 documents and groups. Received: 63.",
    ),
}


@pytest.mark.parametrize(
    ("content", "reason", "message"), CONTENT.values(), ids=CONTENT
)
def test_content_that_cannot_be_stored(path, content, reason, message) -> None:
    old = write_sample(path)
    with pytest.raises(ArtifactError) as caught:
        write_artifact(path, *content)
    assert caught.value.reason == reason
    assert str(caught.value).endswith(message)
    assert path.read_bytes() == old


def test_the_most_members_can_be_written_and_read(path) -> None:
    documents = {f"d{number}": number for number in range(62)}
    write_artifact(path, documents, {}, {})
    assert read_artifact(path).documents == documents


def test_a_format_that_this_version_does_not_write(path) -> None:
    with pytest.raises(ArtifactError, match=r"expected a format of \(1,\)") as caught:
        write_artifact(path, DOCUMENTS, ARRAYS, WEIGHTS, format=2)
    assert caught.value.reason == "format"


def test_a_full_disk(path, monkeypatch) -> None:
    old = write_sample(path)
    monkeypatch.setattr(files, "disk", FaultyDisk(3, no_space))
    with pytest.raises(SensoriumError) as caught:
        write_artifact(path, DOCUMENTS, ARRAYS, WEIGHTS)
    assert str(caught.value) == (
        f"{path}: the file cannot be written (No space left on device). "
        "The file on disk is as it was before."
    )
    assert path.read_bytes() == old
