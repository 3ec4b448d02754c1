"""A reader sees the old file or the new one, whatever fails and whenever."""

from __future__ import annotations

import errno
import os
import pickle
import stat

import pytest

from sensorium.errors import ArtifactError, RunError
from sensorium.run import files
from sensorium.run.artifact import read_artifact, write_artifact
from tests.run.faults import FaultyDisk, no_space
from tests.run.samples import ARRAYS, DOCUMENTS, WEIGHTS, run_python, write_sample

OLD, NEW = "old content", "new content, longer than the old"


def names(folder) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


def write_artifact_again(path) -> None:
    write_artifact(path, {**DOCUMENTS, "more": 1}, ARRAYS, WEIGHTS)


WRITERS = {
    "text": lambda path: files.write_text(path, NEW),
    "bytes": lambda path: files.write_bytes(path, NEW.encode()),
    "json": lambda path: files.write_json(path, {"new": NEW}),
    "artifact": write_artifact_again,
}


def calls_of(write, path, step) -> list[str]:
    """The calls that one undisturbed write makes."""
    disk = files.disk = FaultyDisk(10**6, no_space, step)
    write(path)
    return disk.calls


@pytest.fixture
def target(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "disk", files.Disk())
    path = tmp_path / "target"
    return path


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("code", ["ENOSPC", "EIO", "EROFS", "EDQUOT", "EACCES"])
@pytest.mark.parametrize("old", [OLD, None], ids=["replaced", "first"])
def test_an_error_at_any_call_leaves_the_old_file(target, write, code, old) -> None:
    number = getattr(errno, code)

    def fail() -> None:
        raise OSError(number, os.strerror(number))

    calls = calls_of(write, target, step=100)
    target.unlink()
    assert {"create", "write", "sync", "close", "replace", "sync_folder"} == set(calls)
    for at, call in enumerate(calls[:-1]):
        if old:
            target.write_text(old)
        files.disk = FaultyDisk(at, fail, step=100)
        with pytest.raises(RunError, match="as it was before") as caught:
            write(target)
        assert os.strerror(number) in str(caught.value), call
        assert names(target.parent) == (["target"] if old else [])
        assert not old or target.read_text() == old


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_an_error_after_the_last_step_leaves_the_new_file_and_says_so(
    target, write
) -> None:
    calls = calls_of(write, target, step=2**30)
    new = target.read_bytes()
    target.write_text(OLD)
    files.disk = FaultyDisk(len(calls) - 1, no_space)
    with pytest.raises(RunError, match="whole, but may not survive a power failure"):
        write(target)
    assert target.read_bytes() == new
    assert names(target.parent) == ["target"]


def test_a_process_killed_at_any_call_leaves_a_whole_file(tmp_path) -> None:
    path = tmp_path / "model.sensorium"
    code = """
import os, sys
from pathlib import Path
from sensorium.run import files
from tests.run.faults import FaultyDisk, power_cut
from tests.run.samples import write_sample
from tests.run.test_files import write_artifact_again
path, at, ends = Path(sys.argv[1]), 0, []
while not ends or ends[-1]:
    files.disk = files.Disk()
    write_sample(path)
    if not (child := os.fork()):
        files.disk = FaultyDisk(at, power_cut, step=200)
        write_artifact_again(path)
        os._exit(0)
    ends.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    path.rename(f"{path}-{at}")
    at += 1
print(*ends)
"""
    ends = run_python(code, path).split()
    assert len(ends) > 10
    assert set(ends[:-1]) == {"137"}
    found = [read_artifact(f"{path}-{at}").documents for at in range(len(ends))]
    changed = ["more" in documents for documents in found]
    assert changed == sorted(changed), "old up to one call, new from there on"
    assert changed.count(True) == 2, "killed before the folder was synced; not killed"


@pytest.mark.parametrize("step", [1, 7, 2**30])
def test_a_system_that_writes_little_at_a_time_writes_all(target, step) -> None:
    files.disk = FaultyDisk(10**6, no_space, step)
    files.write_text(target, NEW)
    assert target.read_text() == NEW


def test_the_content_reaches_the_disk_before_the_name(target) -> None:
    calls = calls_of(WRITERS["text"], target, step=2**30)
    assert calls == ["create", "write", "sync", "close", "replace", "sync_folder"]


def test_an_interrupt_leaves_nothing_behind(target) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    target.write_text(OLD)
    files.disk = FaultyDisk(1, interrupt)
    with pytest.raises(KeyboardInterrupt):
        files.write_text(target, NEW)
    assert target.read_text() == OLD
    assert names(target.parent) == ["target"]


@pytest.mark.parametrize("text", ["", "größe\r\n\n", "𝄞\0", "﻿x"])
def test_text_keeps_every_character(target, text) -> None:
    files.write_text(target, text)
    assert target.read_bytes() == text.encode()


def test_content_that_fails_while_it_is_made_says_so_itself(target) -> None:
    def pieces():
        yield b"begun"
        raise ArtifactError("no more", reason="weights")

    target.write_text(OLD)
    with pytest.raises(ArtifactError, match=r"^no more$"):
        files.write_pieces(target, pieces())
    assert target.read_text() == OLD
    assert names(target.parent) == ["target"]


def test_text_that_is_not_unicode_is_refused(target) -> None:
    with pytest.raises(RunError, match="expected Unicode text"):
        files.write_text(target, "\ud800")
    assert not target.exists()


def test_json_is_canonical_and_ends_in_a_line_end(target) -> None:
    files.write_json(target, {"b": [1, 2.5], "a": "ü"})
    assert target.read_text() == '{"a":"ü","b":[1,2.5]}\n'


def test_json_that_cannot_be_read_again_is_refused(target) -> None:
    with pytest.raises(ArtifactError, match="finite number"):
        files.write_json(target, [float("inf")])
    assert names(target.parent) == []


def test_a_folder_that_is_not_there_is_named(tmp_path) -> None:
    with pytest.raises(RunError, match="No such file or directory") as caught:
        files.write_text(tmp_path / "none" / "x", NEW)
    assert str(tmp_path / "none" / "x") in str(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).args == caught.value.args


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(RunError, match="as it was before"):
        files.write_text(tmp_path / "x", NEW)
    assert names(tmp_path) == ["x"]


def test_a_name_with_a_nul_byte_is_refused(tmp_path) -> None:
    with pytest.raises(RunError, match="null byte"):
        files.write_text(tmp_path / "x\0y", NEW)


def test_a_name_as_long_as_the_system_allows_can_be_written(tmp_path) -> None:
    files.write_text(tmp_path / ("x" * 255), NEW)
    assert names(tmp_path) == ["x" * 255]


def test_a_link_is_replaced_not_followed(tmp_path) -> None:
    write_sample(tmp_path / "other")
    before = (tmp_path / "other").read_bytes()
    (tmp_path / "link").symlink_to("other")
    files.write_text(tmp_path / "link", NEW)
    assert (tmp_path / "other").read_bytes() == before
    assert not (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("code", ["EINVAL", "ENOTSUP"])
def test_a_disk_that_cannot_sync_folders_is_good_enough(
    tmp_path, monkeypatch, code
) -> None:
    sync = os.fsync

    def refuse(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(getattr(errno, code), "no")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", refuse)
    files.write_text(tmp_path / "x", NEW)
    assert (tmp_path / "x").read_text() == NEW


def test_only_leftovers_of_that_process_are_found(tmp_path) -> None:
    mine = [".sensorium-7-ab.tmp", ".sensorium-7-cd.tmp"]
    for name in [*mine, ".sensorium-77-ab.tmp", "sensorium-7-x.tmp", "7.tmp"]:
        (tmp_path / name).touch()
    assert sorted(path.name for path in files.leftovers(tmp_path, 7)) == mine
