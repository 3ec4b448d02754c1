"""An archive has one spelling, and what is not spelled so is no archive."""

from __future__ import annotations

import hashlib
import struct
import zipfile
from io import BytesIO

import pytest

from sensorium.errors import ArtifactError
from sensorium.run import safe_zip
from sensorium.run.safe_zip import Archive, check_name
from sensorium.run.source import open_source
from tests.run.mutants import BAD_NAMES
from tests.run.samples import archive

MEMBERS = [("manifest.json", b"{}"), ("a.json", b""), ("w.safetensors", b"x" * 300)]


def read_all(path, data: bytes) -> list[tuple[str, bytes]]:
    path.write_bytes(data)
    with open_source(path) as source:
        found = Archive(source)
        return [(e.name, found.read_next().tobytes()) for e in found.entries]


def refusal(path, data: bytes) -> str:
    with pytest.raises(ArtifactError) as caught:
        read_all(path, data)
    return f"{caught.value.reason}: {caught.value}"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "x.zip"


def test_members_come_back_in_order(path) -> None:
    assert read_all(path, archive(MEMBERS)) == MEMBERS


def test_the_sha256_is_that_of_the_file(path) -> None:
    path.write_bytes(archive(MEMBERS))
    with open_source(path) as source:
        found = Archive(source)
        for _ in found.entries:
            found.read_next()
    assert found.sha256() == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("limit", [0, 1, 50, 100, 250, 300, 301, 500])
def test_zip64_fields_are_read_by_us_and_by_the_standard_library(
    path, monkeypatch, limit
) -> None:
    # From `limit` on a number goes to a ZIP64 field, as it does from 4 GiB on.
    plain = safe_zip._LIMIT
    monkeypatch.setattr(safe_zip, "_TOO_LARGE", limit)
    data = archive(MEMBERS)
    assert data.count(struct.pack("<I", plain)) >= (limit < 500)
    with zipfile.ZipFile(BytesIO(data)) as file:
        assert [(n, file.read(n)) for n in file.namelist()] == MEMBERS
    assert read_all(path, data) == MEMBERS


def test_zip64_fields_where_none_are_needed_are_refused(path, monkeypatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(safe_zip, "_TOO_LARGE", 100)
        data = archive(MEMBERS)
    assert refusal(path, data).startswith("zip: ")


@pytest.mark.parametrize("gap", [1, 22, 56, 76, 100])
def test_a_gap_before_the_directory_of_a_large_archive_is_refused(
    path, monkeypatch, gap
) -> None:
    # The directory's place stands in a ZIP64 field, which the gap leaves true.
    monkeypatch.setattr(safe_zip, "_TOO_LARGE", 100)
    data = archive(MEMBERS)
    start = data.find(b"PK\1\2")
    message = refusal(path, data[:start] + b"\0" * gap + data[start:])
    assert "expected a plain archive without other bytes" in message


@pytest.mark.parametrize("name", BAD_NAMES)
def test_bad_names_are_refused(name) -> None:
    with pytest.raises(ArtifactError, match="at most 64 letters") as caught:
        check_name(name, "x")
    assert caught.value.reason == "member"


@pytest.mark.parametrize("name", ["a.json", "a" * 64 + ".json", "a-1_b.safetensors"])
def test_good_names_pass(name) -> None:
    check_name(name, "x")


def test_64_members_are_the_most(path) -> None:
    members = [(f"m{index}.json", b"") for index in range(64)]
    assert read_all(path, archive(members)) == members
    assert "expected 1 to 64 members" in refusal(
        path, archive([*members, ("z.json", b"")])
    )
    assert "expected 1 to 64 members" in refusal(path, archive([]))


def test_a_name_that_stands_twice_is_refused(path) -> None:
    message = refusal(path, archive([*MEMBERS, MEMBERS[0]]))
    assert message.startswith("member: ")
    assert "`manifest.json` stands twice" in message


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (8, "expected members that are stored as they are"),  # flags: encryption
        (10, "expected members that are stored as they are"),  # compression
        (12, "expected a plain archive without other bytes"),  # time
        (38, "expected a plain archive without other bytes"),  # attributes
    ],
)
def test_the_directory_is_compared_whole(path, place, message) -> None:
    data = bytearray(archive(MEMBERS))
    data[data.find(b"PK\1\2") + place] ^= 1
    assert message in refusal(path, bytes(data))


def test_a_damaged_header_and_damaged_content_are_told_apart(path) -> None:
    for place, message in [(6, "zip: "), (60, "checksum: ")]:
        data = bytearray(archive([("m.json", b"x" * 100)]))
        data[place] ^= 1
        found = refusal(path, bytes(data))
        assert found.startswith(message)
        assert "`m.json`" in found


def test_a_size_beyond_the_file_is_refused_before_it_is_reserved(path) -> None:
    data = bytearray(archive(MEMBERS))
    at = data.find(b"PK\1\2") + 24
    data[at : at + 4] = struct.pack("<I", 2**31)
    assert "`manifest.json` is larger than the file. Received: 2147483648." in refusal(
        path, bytes(data)
    )


def test_what_is_no_archive_is_said_so(path) -> None:
    assert "this is not a Sensorium artifact, or it is cut off" in refusal(
        path, b"x" * 99
    )
