"""One process a run folder; a killed one is no hindrance."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from sensorium.errors import RunError
from sensorium.run import lock as module
from sensorium.run.lock import RunLock
from tests.run.samples import PROJECT, run_python

HOLD = """
import sys, time
from sensorium.run.lock import RunLock
with RunLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def other_process(folder, code=HOLD):
    """A real process that holds the lock until its input ends."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    command = [sys.executable, "-c", code, str(folder)]
    with subprocess.Popen(command, cwd=PROJECT, text=True, **pipes) as process:
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_another_process_is_refused_and_told_what_to_do(tmp_path) -> None:
    with other_process(tmp_path) as process:
        with pytest.raises(RunError) as caught, RunLock(tmp_path):
            pass
        message = str(caught.value)
        assert f"in use by process {process.pid} on " in message
        assert f"or stop it (`kill {process.pid}`), or use another folder." in message
        process.stdin.close()
        assert process.wait(timeout=30) == 0
    with RunLock(tmp_path):
        pass


def test_the_first_process_is_unharmed_by_the_second(tmp_path) -> None:
    with RunLock(tmp_path):
        before = (tmp_path / RunLock.name).read_bytes()
        code = "import sys\nfrom sensorium.run.lock import RunLock\n"
        code += "try:\n RunLock(sys.argv[1]).__enter__()\n"
        code += "except OSError as error:\n print(type(error).__name__, error)"
        answer = run_python(code, tmp_path)
        assert answer.startswith("RunError")
        assert f"process {os.getpid()} " in answer
        assert (tmp_path / RunLock.name).read_bytes() == before


@pytest.mark.parametrize("trial", range(3))
def test_a_killed_process_leaves_no_lock(tmp_path, trial) -> None:
    with other_process(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
    left = tmp_path / f".sensorium-{process.pid}-ab.tmp"
    other = tmp_path / f".sensorium-{process.pid}1-ab.tmp"
    left.touch()
    other.touch()
    with RunLock(tmp_path):
        assert not left.exists()
        assert other.exists()


def test_a_forked_child_does_not_keep_the_lock(tmp_path) -> None:
    code = """
import os, sys, time
from sensorium.run.lock import RunLock
ready, go = os.pipe()
with RunLock(sys.argv[1]):
    if not os.fork():
        os.write(go, b"x")  # the child runs: what a fork does to locks is done
        sys.stdin.read()
        os._exit(0)
    os.read(ready, 1)
    print("held", flush=True)
    time.sleep(60)
"""
    with other_process(tmp_path, code) as process:
        process.kill()
        process.wait(timeout=30)
        with RunLock(tmp_path):
            pass


def test_a_forked_child_that_leaves_the_block_unlocks_nothing(tmp_path) -> None:
    code = """
import os, sys
from sensorium.errors import RunError
from sensorium.run.lock import RunLock
with RunLock(sys.argv[1]):
    if child := os.fork():
        os.waitpid(child, 0)
        try:
            RunLock(sys.argv[1]).__enter__()
        except RunError as error:
            print(f"process {os.getpid()} " in str(error))
"""
    assert run_python(code, tmp_path) == "True\n"


def test_many_processes_take_turns(tmp_path) -> None:
    code = """
import os, sys, time
from pathlib import Path
from sensorium.errors import RunError
from sensorium.run.lock import RunLock
folder, done = Path(sys.argv[1]), 0
while done < 25:
    try:
        with RunLock(folder):
            os.close(os.open(folder / "busy", os.O_CREAT | os.O_EXCL))
            (folder / "busy").unlink()
            done += 1
    except RunError:
        time.sleep(0.001)
print("held")
"""
    command = [sys.executable, "-c", code, str(tmp_path)]
    running = [subprocess.Popen(command, cwd=PROJECT) for _ in range(3)]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]


def test_a_second_lock_in_one_process_is_refused(tmp_path) -> None:
    with RunLock(tmp_path) as lock:
        with pytest.raises(RunError, match="It is this process"), RunLock(tmp_path):
            pass
        with pytest.raises(RunError, match="already held"):
            lock.__enter__()


def test_a_lock_can_be_taken_again_after_an_error(tmp_path) -> None:
    lock = RunLock(tmp_path)
    for _ in range(3):
        with pytest.raises(KeyError), lock:
            raise KeyError
    assert (tmp_path / RunLock.name).read_bytes() == b""


@pytest.mark.parametrize("text", [b"", b"[1]", b"{", b"\xff" * 9, b"[" * 999, b"{}"])
def test_a_lock_file_of_any_content_does_no_harm(tmp_path, text) -> None:
    (tmp_path / RunLock.name).write_bytes(text)
    with RunLock(tmp_path):
        (tmp_path / RunLock.name).write_bytes(text)
        with pytest.raises(RunError, match="in use by another process"):
            RunLock(tmp_path).__enter__()


def test_a_holder_on_another_machine_is_named_but_not_to_be_killed(tmp_path) -> None:
    with RunLock(tmp_path):
        owner = '{"pid": 5, "host": "elsewhere", "since": "now"}'
        (tmp_path / RunLock.name).write_text(owner)
        message = "in use by process 5 on elsewhere since now. Wait until it ends, or"
        with pytest.raises(RunError, match=re.escape(message)):
            RunLock(tmp_path).__enter__()


def test_a_missing_folder_is_refused(tmp_path) -> None:
    with pytest.raises(RunError, match=r"cannot be locked \(No such file"):
        RunLock(tmp_path / "none").__enter__()


def test_a_link_in_the_place_of_the_lock_file_is_not_followed(tmp_path) -> None:
    (tmp_path / "other").write_text("precious")
    (tmp_path / RunLock.name).symlink_to("other")
    with pytest.raises(RunError, match="cannot be locked"):
        RunLock(tmp_path).__enter__()
    assert (tmp_path / "other").read_text() == "precious"


def test_a_disk_without_locks_is_refused(tmp_path, monkeypatch) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(module, "_lock", refuse)
    with pytest.raises(RunError, match=r"No locks available.*on a disk that can lock"):
        RunLock(tmp_path).__enter__()


def test_no_file_stays_open(tmp_path) -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    for _ in range(5):
        with RunLock(tmp_path), pytest.raises(RunError):
            RunLock(tmp_path).__enter__()
    assert len(list(Path("/dev/fd").iterdir())) == before
