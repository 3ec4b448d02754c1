"""A file is opened once; what is not a plain file is refused before it is read."""

from __future__ import annotations

import errno
import os
import socket
import sys
from contextlib import suppress

import numpy as np
import pytest

from sensorium.errors import ArtifactError
from sensorium.run import source as module
from sensorium.run.artifact import read_artifact
from sensorium.run.source import open_source
from tests.run.samples import write_sample


def refusal(path, **options) -> tuple[str, str]:
    with pytest.raises(ArtifactError) as caught, open_source(path, **options):
        pass
    assert str(path) in str(caught.value)
    return caught.value.reason, str(caught.value)


def test_bytes_are_read_by_position(tmp_path) -> None:
    (tmp_path / "x").write_bytes(bytes(range(10)))
    with open_source(tmp_path / "x") as source:
        assert source.size == 10
        assert source.read(3, 4) == bytes([3, 4, 5, 6])
        assert source.read(0, 2) == bytes([0, 1])
        assert source.read_array(10, 0).shape == (0,)
        assert not source.read_array(0, 1).flags.writeable


def test_a_missing_file_is_named_with_its_nearest_neighbour(tmp_path) -> None:
    write_sample(tmp_path / "model.sensorium")
    reason, message = refusal(tmp_path / "modell.sensorium")
    assert reason == "missing"
    assert message.endswith("there is no such file. Did you mean `model.sensorium`?")
    assert refusal(tmp_path / "none" / "x")[0] == "missing"


def test_a_link_is_refused(tmp_path) -> None:
    write_sample(tmp_path / "model.sensorium")
    (tmp_path / "link").symlink_to("model.sensorium")
    (tmp_path / "dangling").symlink_to("none")
    for name in ("link", "dangling"):
        reason, message = refusal(tmp_path / name)
        assert reason == "not_a_file"
        assert "expected a plain file, not a link, folder, pipe or device" in message


def test_a_link_put_in_place_after_the_look_is_refused_too(
    tmp_path, monkeypatch
) -> None:
    write_sample(tmp_path / "model.sensorium")
    (tmp_path / "link").symlink_to("model.sensorium")
    plain = (tmp_path / "model.sensorium").lstat()
    monkeypatch.setattr(type(tmp_path), "lstat", lambda path: plain)
    assert refusal(tmp_path / "link")[0] == "not_a_file"


def test_a_folder_is_refused(tmp_path) -> None:
    assert refusal(tmp_path)[0] == "not_a_file"


def test_a_pipe_is_refused_without_waiting(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe")[0] == "not_a_file"


def test_a_socket_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        assert refusal(tmp_path / "socket")[0] == "not_a_file"


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/random"])
def test_a_device_is_refused(device) -> None:
    assert refusal(device)[0] == "not_a_file"


@pytest.mark.parametrize("path", ["x\0y", "", "x" * 5000])
def test_what_is_no_name_of_a_file_is_refused(path) -> None:
    assert refusal(path)[0] in ("missing", "not_a_file")


def test_a_file_that_is_too_large_is_refused(tmp_path) -> None:
    (tmp_path / "x").write_bytes(b"1234")
    assert refusal(tmp_path / "x", max_size=3)[0] == "size"
    with open_source(tmp_path / "x", max_size=4):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permission bits")
@pytest.mark.parametrize("code", [errno.EACCES, errno.EIO, errno.EMFILE])
def test_an_error_of_the_system_is_told(tmp_path, monkeypatch, code) -> None:
    write_sample(tmp_path / "x")

    def refuse(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(module.os, "open", refuse)
    reason, message = refusal(tmp_path / "x")
    assert reason == "missing"
    assert f"the file cannot be read ({os.strerror(code)})" in message


def test_an_error_while_reading_is_told(tmp_path, monkeypatch) -> None:
    write_sample(tmp_path / "x")

    def refuse(*_: object) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with open_source(tmp_path / "x") as source:
        monkeypatch.setattr(source, "_fill", refuse)
        with pytest.raises(ArtifactError, match="cannot be read") as caught:
            source.read(0, 1)
    assert caught.value.reason == "missing"


def test_a_file_that_becomes_shorter_is_refused(tmp_path) -> None:
    (tmp_path / "x").write_bytes(b"1234")
    with open_source(tmp_path / "x") as source:
        (tmp_path / "x").write_bytes(b"12")
        with pytest.raises(ArtifactError, match="the file ends too early") as caught:
            source.read(0, 4)
    assert caught.value.reason == "size"


def test_a_file_exchanged_while_it_is_read_changes_nothing(tmp_path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    with open_source(path) as source:
        (tmp_path / "y").write_bytes(b"new")
        (tmp_path / "y").replace(path)
        assert source.read(0, 3) == b"old"


def test_no_memory_is_one_of_our_errors(tmp_path, monkeypatch) -> None:
    write_sample(tmp_path / "x")

    def refuse(*_: object, **__: object) -> np.ndarray:
        raise MemoryError

    monkeypatch.setattr(module.np, "empty", refuse)
    with pytest.raises(ArtifactError, match="does not fit in memory") as caught:
        read_artifact(tmp_path / "x")
    assert caught.value.reason == "size"


def test_no_file_stays_open(tmp_path) -> None:
    write_sample(tmp_path / "x")
    (tmp_path / "bad").write_bytes(b"bad")
    os.mkfifo(tmp_path / "pipe")
    before = len(os.listdir("/dev/fd"))  # noqa: PTH208  # shorter than a list of paths
    for name in ("x", "bad", "pipe", "none"):
        with suppress(ArtifactError):
            read_artifact(tmp_path / name)
    assert len(os.listdir("/dev/fd")) == before  # noqa: PTH208
