"""The artifact: everything that a trained model is, as data in one file.

A file `model.sensorium` is a zip archive of stored members:

- `manifest.json`: format, version of the library, size and sha256 of every other
  member, and the sha256 of itself;
- `<name>.json`: a document;
- `<name>.safetensors`: a group of arrays;
- `weights.safetensors`: the weights.

It holds no code, no pickle, no path and no name of a class; it is bytes, JSON and
arrays. The same content gives the same bytes, and `read_artifact` accepts nothing
that `write_artifact` would not write: every byte of the file is either content,
covered by a sha256, or is compared with the only value that it may have.

A sha256 shows damage, not who made the file. Whoever may change an artifact may
also change its manifest: compare `Artifact.sha256` with a value from a place that
you trust, or give it as `expected_sha256`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensorium._version import __version__
from sensorium.errors import listing, short
from sensorium.run import safe_zip, strict_json, tensors
from sensorium.run.files import PathLike, Piece, write_pieces
from sensorium.run.refusal import refused, shown
from sensorium.run.safe_zip import Archive, Member
from sensorium.run.source import MAX_SIZE, open_source
from sensorium.run.strict_json import JSON
from sensorium.run.tensors import Array, Bytes

FORMAT = 1
READABLE = (1,)
"""The formats that this version reads, oldest first."""

MAX_MANIFEST = 2**20
MAX_DOCUMENTS = 256 * 2**20
_MANIFEST = "manifest.json"
_WEIGHTS = "weights.safetensors"
_FIELDS = {"format", "library", "members", "sha256"}


@dataclass(frozen=True, eq=False)
class Artifact:
    """What an artifact file holds, every byte of it verified.

    Args:
        documents: JSON values by name.
        arrays: Groups of arrays, by group and name. Read-only.
        weights: The weights by name. Read-only.
        format: Format number of the file.
        sha256: Of the whole file, as `sha256sum` prints it.
        library: Version of Sensorium that wrote the file.
    """

    documents: Mapping[str, JSON]
    arrays: Mapping[str, Mapping[str, Array]]
    weights: Mapping[str, Array]
    format: int
    sha256: str
    library: str


def write_artifact(
    path: PathLike,
    documents: Mapping[str, JSON],
    arrays: Mapping[str, Mapping[str, Array]],
    weights: Mapping[str, Array],
    format: int = FORMAT,
) -> str:
    """Writes an artifact, atomically; the same content gives the same bytes.

    Args:
        path: The file to write or replace. Its folder must exist.
        documents: JSON values by name. Keys inside are sorted, so where order
            matters a document must hold a list; tuples become lists.
        arrays: Groups of arrays, by group and name. Names of documents and groups
            are lower-case words (`[a-z][a-z0-9_-]*`, at most 64 letters); names of
            arrays inside a group are any text.
        weights: The weights by name, of any of the types in `tensors.DTYPES`.
        format: Format to write: one of `READABLE`.

    Returns:
        The sha256 of the file.

    Raises:
        ArtifactError: If the content cannot be stored (`json`, `weights`,
            `member`, `size`, `format`). Nothing is written.
        RunError: If the system refuses, for example when the disk is full; the
            old file is untouched.
    """
    if format not in READABLE:
        raise refused("format", str(path), f"expected a format of {READABLE}", format)
    members = _members(documents, arrays, weights)
    _check_members(members, str(path))
    digests = {member.name: _digest(member.pieces) for member in members}
    manifest = Member(_MANIFEST, [_manifest(digests, format, __version__)])
    digest = hashlib.sha256()
    write_pieces(path, _digested(safe_zip.pieces([manifest, *members]), digest))
    return digest.hexdigest()


def read_artifact(
    path: PathLike, expected_sha256: str | None = None, max_size: int = MAX_SIZE
) -> Artifact:
    """Reads an artifact, after every byte of the file was verified.

    The file is opened once, never unpacked to the disk, and nothing in it is run or
    looked up by name. Memory: about the size of the file.

    Args:
        path: The file. A link is refused.
        expected_sha256: The sha256 that the file must have, 64 hexadecimal digits;
            the only proof of who made the file.
        max_size: Largest size accepted, in bytes.

    Raises:
        ArtifactError: If anything is not as `write_artifact` writes it; `reason` is
            one of the words in `refusal.Reason`. No other error comes out.
    """
    try:
        with open_source(path, max_size) as source:
            where = source.where
            archive = Archive(source)
            manifest = _read_manifest(archive, where)
            contents = _read_members(archive, manifest, where)
        sha256 = archive.sha256()
        if expected_sha256 is not None and sha256 != expected_sha256.lower():
            expected = f"expected a file with sha256 {expected_sha256}"
            raise refused("checksum", where, expected, sha256)
        return _parse(contents, manifest, sha256, where)
    except MemoryError as error:
        raise refused("size", str(path), "the file does not fit in memory") from error


def check_weights(
    found: Mapping[str, Array],
    expected: Mapping[str, tuple[tuple[int, ...], npt.DTypeLike]],
) -> None:
    """Compares weights with those that a model needs, strictly both ways.

    Args:
        found: The weights that came, by name.
        expected: Shape and element type that the model needs, by name.

    Raises:
        ArtifactError: `weights`, naming every tensor that is missing, too many, or
            of another shape or element type.
    """
    problems = [
        problem
        for name in sorted({*found, *expected})
        for problem in _differences(name, found.get(name), expected.get(name))
    ]
    if problems:
        count = f"{len(problems)} differ from the model's:\n  "
        raise refused("weights", "weights", count + "\n  ".join(problems))


def _differences(
    name: str,
    found: Array | None,
    expected: tuple[tuple[int, ...], npt.DTypeLike] | None,
) -> Iterator[str]:
    """Says in which ways one tensor is not as the model needs it."""
    if expected is None:
        yield f"`{name}` is not a weight of the model"
        return
    shape, dtype = tuple(expected[0]), np.dtype(expected[1])
    if found is None:
        yield f"`{name}` is missing: {shape} {dtype}"
        return
    if found.shape != shape:
        yield f"`{name}` has shape {found.shape}, expected {shape}"
    if found.dtype != dtype:
        yield f"`{name}` is {found.dtype}, expected {dtype}"


def _members(
    documents: Mapping[str, JSON],
    arrays: Mapping[str, Mapping[str, Array]],
    weights: Mapping[str, Array],
) -> list[Member]:
    """Turns the content into files, in the order of their names."""
    members = [
        Member(f"{name}.json", [strict_json.encode(value, name)])
        for name, value in documents.items()
    ]
    members += [
        Member(f"{name}.safetensors", tensors.pack(group, name))
        for name, group in [*arrays.items(), ("weights", weights)]
    ]
    return sorted(members, key=lambda member: member.name)


def _check_members(members: list[Member], where: str) -> None:
    """Refuses to write what could not be read again."""
    names = [member.name for member in members]
    for name in names:
        safe_zip.check_name(name, where)
    if _MANIFEST in names or len(set(names)) < len(names):
        raise refused("member", where, "`manifest` and `weights` are reserved names")
    if len(members) >= safe_zip.MAX_MEMBERS:
        most = f"expected at most {safe_zip.MAX_MEMBERS - 2} documents and groups"
        raise refused("member", where, most, len(members) - 1)
    sizes = {member.name: member.size() for member in members}
    _check_documents(sizes, where)


def _check_documents(sizes: Mapping[str, int], where: str) -> None:
    """Bounds the memory that parsing the documents can take."""
    total = sum(size for name, size in sizes.items() if name.endswith(".json"))
    if total > MAX_DOCUMENTS:
        expected = f"expected documents of at most {MAX_DOCUMENTS:,} bytes in all"
        raise refused("size", where, expected, total)


def _digest(pieces: Iterable[Piece]) -> dict[str, JSON]:
    """Describes a member as the manifest does."""
    digest = hashlib.sha256()
    size = sum(len(piece) for piece in _digested(pieces, digest))
    return {"sha256": digest.hexdigest(), "size": size}


def _manifest(members: Mapping[str, JSON], format: int, library: str) -> bytes:
    """Builds the manifest; its own sha256 is that of all its other fields."""
    body = {"format": format, "library": library, "members": members}
    own = hashlib.sha256(strict_json.encode(body, _MANIFEST)).hexdigest()
    return strict_json.encode({**body, "sha256": own}, _MANIFEST)


def _digested(pieces: Iterable[Piece], digest: hashlib._Hash) -> Iterator[Piece]:
    """Passes pieces on and takes their sha256 on the way."""
    for piece in pieces:
        digest.update(piece)
        yield piece


def _read_manifest(archive: Archive, where: str) -> dict[str, JSON]:
    """Reads the manifest: strict JSON, a known format, unchanged."""
    first = archive.entries[0]
    if first.name != _MANIFEST:
        raise refused("member", where, "expected manifest.json as first", first.name)
    if first.size > MAX_MANIFEST:
        raise refused("size", where, "expected a manifest of 1 MiB at most", first.size)
    content = archive.read_next().tobytes()
    place = f"{where}, {_MANIFEST}"
    manifest = strict_json.decode(content, place)
    if not isinstance(manifest, dict):
        raise refused("json", place, "expected a dict")
    _check_format(manifest.get("format"), where)
    if set(manifest) != _FIELDS or not isinstance(manifest["library"], str):
        raise refused("json", place, f"expected the fields {sorted(_FIELDS)}")
    rebuilt = _manifest(manifest["members"], manifest["format"], manifest["library"])
    if rebuilt != content:
        raise refused("checksum", place, "the manifest is damaged")
    return manifest


def _check_format(found: JSON, where: str) -> None:
    """Refuses formats that this version does not know."""
    if type(found) is not int:
        raise refused("format", where, "expected a format number", found)
    if found > READABLE[-1]:
        newer = "written by a newer Sensorium "
        newer += f"(format {short(found)}; this version reads up to {READABLE[-1]})"
        fix = "Upgrade with `pip install -U sensorium`."
        raise refused("format", where, newer, fix=fix)
    if found not in READABLE:
        raise refused("format", where, f"expected a format of {READABLE}", found)


def _read_members(
    archive: Archive, manifest: Mapping[str, JSON], where: str
) -> dict[str, Bytes]:
    """Reads all members into memory; returns only if every sha256 is right."""
    entries = archive.entries[1:]
    names = [entry.name for entry in entries]
    listed = manifest["members"]
    if not isinstance(listed, dict):
        raise refused("json", f"{where}, {_MANIFEST}", "expected a dict of members")
    if names != sorted(listed) or _WEIGHTS not in names:
        odd = sorted({*names} ^ {*listed}) or names
        expected = "expected weights and exactly the members of the manifest, in order"
        differing = listing([shown(name) for name in odd])
        raise refused("member", where, f"{expected} (see {differing})")
    _check_documents({entry.name: entry.size for entry in entries}, where)
    contents = {name: archive.read_next() for name in names}
    for name, content in contents.items():
        true = strict_json.encode(_digest([content.data]), name)
        if strict_json.encode(listed[name], name) != true:
            raise refused("checksum", where, f"`{name}` is damaged")
    return contents


def _parse(
    contents: Mapping[str, Bytes], manifest: Mapping[str, JSON], sha256: str, where: str
) -> Artifact:
    """Parses verified members."""
    documents: dict[str, JSON] = {}
    groups: dict[str, dict[str, Array]] = {}
    for member, content in contents.items():
        name, _, ending = member.partition(".")
        place = f"{where}, {member}"
        if ending == "json":
            documents[name] = strict_json.decode(content.tobytes(), place)
        else:
            groups[name] = tensors.unpack(content, place)
    weights = groups.pop("weights")
    number, library = manifest["format"], manifest["library"]
    return Artifact(documents, groups, weights, number, sha256, library)
