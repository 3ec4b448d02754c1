import os
import socket
import tempfile
from pathlib import Path

import pytest

from sensorium.errors import DataError
from sensorium.features import paths
from sensorium.features.paths import Folder, check_path


@pytest.fixture
def data(tmp_path) -> Path:
    """A data folder with a secret beside it."""
    folder = tmp_path / "data"
    (folder / "photos" / "deep").mkdir(parents=True)
    (folder / "photos" / "1.png").write_bytes(b"one")
    (folder / "photos" / "deep" / "2.png").write_bytes(b"two")
    (tmp_path / "data2").mkdir()
    (tmp_path / "data2" / "secret").write_bytes(b"secret")
    (tmp_path / "secret").write_bytes(b"secret")
    return folder


@pytest.fixture(params=["by handle", "by path"])
def way(request, monkeypatch) -> str:
    """Both ways to open: the second is for systems without `dir_fd`."""
    monkeypatch.setattr(paths, "_BY_HANDLE", request.param == "by handle")
    return request.param


def read(folder: Path | None, text: str, most: int = 100) -> bytes:
    with Folder(folder) as opened:
        return opened.read(text, most)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("photos/1.png", b"one"),
        ("./photos//1.png", b"one"),
        ("photos/deep/2.png", b"two"),
    ],
)
def test_a_file_below_the_folder_is_read(data, way, text, expected) -> None:
    assert read(data, text) == expected
    with Folder(data) as folder, folder.open(text) as file:
        assert file.read() == expected


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("../secret", "not one with `..`"),
        ("photos/../../secret", "not one with `..`"),
        ("photos/../photos/1.png", "not one with `..`"),
        ("..", "not one with `..`"),
        ("/etc/hostname", "not an absolute one"),
        ("//server/share", "not an absolute one"),
        ("C:/photos/1.png", "not an absolute one"),
        ("C:\\photos\\1.png", "not an absolute one"),
        ("photos\\1.png", "not one with a backslash"),
        ("..\\secret", "not one with a backslash"),
        ("http://127.0.0.1/1.png", "not a URL"),
        ("https://example.org/1.png", "not a URL"),
        ("file:///etc/hostname", "not a URL"),
        ("FILE:photos/1.png", "not a URL"),
        ("s3://bucket/1.png", "not a URL"),
        ("data:image/png;base64,AAAA", "not a URL"),
        ("photos/1.png\x00.txt", "not one with a NUL"),
        (".", "not a folder"),
        ("./", "not a folder"),
    ],
)
def test_a_path_that_is_not_relative_is_refused(data, way, text, fault) -> None:
    with pytest.raises(DataError, match=fault):
        read(data, text)
    with pytest.raises(DataError, match="Write it from the data's folder on"):
        check_path(text)


def test_a_missing_file_is_named(data, way) -> None:
    with pytest.raises(DataError, match=r"no such file.*'photos/9\.png'"):
        read(data, "photos/9.png")
    with pytest.raises(DataError, match="no such file"):
        read(data, "nothing/9.png")


def test_without_a_folder_no_path_is_read(data) -> None:
    with pytest.raises(DataError, match="Give the folder in which the files lie"):
        read(None, "photos/1.png")


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("photos/out.png", "../../secret"),
        ("photos/absolute.png", "/etc/hostname"),
        ("photos/chain.png", "out2.png"),
        ("sibling", "../data2"),
        ("root", "/"),
    ],
)
def test_a_link_out_of_the_folder_is_refused(data, way, link, target) -> None:
    (data / "photos" / "out2.png").symlink_to("../../secret")
    (data / link).symlink_to(target)
    text = {"sibling": "sibling/secret", "root": "root/etc/hostname"}.get(link, link)
    with pytest.raises(DataError, match="a link leads out of the data's folder"):
        read(data, text)


def test_links_inside_the_folder_are_followed(data, way) -> None:
    (data / "photos" / "again.png").symlink_to("deep/2.png")
    (data / "album").symlink_to("photos")
    assert read(data, "photos/again.png") == b"two"
    assert read(data, "album/1.png") == b"one"


def test_the_folder_itself_may_be_a_link(data, way, tmp_path) -> None:
    (tmp_path / "link").symlink_to(data)
    assert read(tmp_path / "link", "photos/1.png") == b"one"


def test_a_link_to_itself_is_refused(data, way) -> None:
    (data / "loop").symlink_to("loop")
    with pytest.raises(DataError):
        read(data, "loop")


def test_what_is_no_plain_file_is_refused(data, way) -> None:
    os.mkfifo(data / "pipe")  # opening it as a file would wait for ever
    with pytest.raises(DataError, match="not a plain file"):
        read(data, "pipe")
    with pytest.raises(DataError, match="not a plain file"):
        read(data, "photos")
    with pytest.raises(DataError):
        read(data, "photos/1.png/more")


def test_a_link_to_a_device_is_refused(data, way) -> None:
    (data / "zero").symlink_to("/dev/zero")
    with pytest.raises(DataError, match="leads out"):
        read(data, "zero")


def test_a_socket_is_refused(way) -> None:
    # Addresses of sockets are short: pytest's own folder may be too deep.
    with tempfile.TemporaryDirectory() as short:
        server = socket.socket(socket.AF_UNIX)
        server.bind(f"{short}/s")
        with pytest.raises(DataError, match="not a plain file"):
            read(Path(short), "s")
        server.close()


def test_a_large_file_is_refused_unread(data, way) -> None:
    with pytest.raises(DataError, match="has 3 bytes, more than 2"):
        read(data, "photos/1.png", most=2)


def test_no_handle_stays_open(data, way) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for text in ("photos/1.png", "photos/deep/2.png", "photos", "photos/9.png"):
        with Folder(data) as folder:
            for _ in range(3):
                try:
                    folder.read(text, 2 if "deep" in text else 100)
                except DataError:
                    continue
    assert len(list(Path("/proc/self/fd").iterdir())) == before
