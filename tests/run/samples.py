"""Small artifacts, and archives built around content that nobody checked."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from unittest import mock

import numpy as np

from sensorium.errors import ArtifactError
from sensorium.run import artifact, safe_zip
from sensorium.run.artifact import Artifact, read_artifact, write_artifact
from sensorium.run.safe_zip import Member

DOCUMENTS = {"recipe": {"inputs": ["facts", "größe"], "rate": 0.1}}
ARRAYS = {"features": {"facts/mean": np.array([1.5, -2.0])}}
WEIGHTS = {
    "facts/kernel": np.arange(6, dtype=np.float32).reshape(2, 3),
    "facts/on": np.array([True, False, True]),
    "step": np.array(7, dtype=np.int64),
}
NAMES = ["features.safetensors", "recipe.json", "weights.safetensors"]


PROJECT = Path(__file__).parent.parent.parent


def run_python(code: str, *arguments: object) -> str:
    """Runs code in a fresh interpreter and gives what it prints."""
    run = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
    )
    return run.stdout


def write_sample(path: Path) -> bytes:
    """Writes the small artifact and gives its bytes."""
    write_artifact(path, DOCUMENTS, ARRAYS, WEIGHTS)
    return path.read_bytes()


def contents(data: bytes) -> dict[str, bytes]:
    """Takes an archive apart with the standard library."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive(members: Sequence[tuple[str, bytes]]) -> bytes:
    """Builds a faultless archive around any names and any content."""
    built = [Member(name, [content]) for name, content in members]
    return b"".join(bytes(piece) for piece in safe_zip.pieces(built))


def canonical(value: object) -> bytes:
    """One spelling of JSON, from the standard library alone."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def manifest_of(members: Mapping[str, bytes], **fields: object) -> bytes:
    """A true manifest of any members; `fields` replaces fields before it is signed."""
    body: dict[str, object] = {"format": 1, "library": "0.1.0"}
    body["members"] = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        for name, content in members.items()
    }
    return signed({**body, **fields})


def signed(body: Mapping[str, object]) -> bytes:
    """Adds its own sha256 to a manifest."""
    own = hashlib.sha256(canonical(body)).hexdigest()
    return canonical({**body, "sha256": own})


def forged(members: Mapping[str, bytes], **fields: object) -> bytes:
    """An artifact whose checksums are all true, around any content."""
    ordered = dict(sorted(members.items()))
    manifest = manifest_of(ordered, **fields)
    return archive([("manifest.json", manifest), *ordered.items()])


def tensor_file(header: bytes, body: bytes = b"") -> bytes:
    """A safetensors file around any header."""
    return len(header).to_bytes(8, "little") + header + body


def read_bytes(folder: Path, data: bytes) -> Artifact:
    """Reads an artifact that exists only as bytes."""
    path = folder / "sample.sensorium"
    path.write_bytes(data)
    return read_artifact(path)


def verdict(folder: Path, data: bytes) -> str:
    """The reason why an artifact is refused; `same` if writing gives it again.

    Anything but an `ArtifactError` comes out as itself.
    """
    try:
        found = read_bytes(folder, data)
    except ArtifactError as error:
        return error.reason
    again = folder / "again.sensorium"
    with mock.patch.object(artifact, "__version__", found.library):
        write_artifact(again, found.documents, found.arrays, found.weights)
    return "same" if again.read_bytes() == data else "accepted"
