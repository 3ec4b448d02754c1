"""What a user installs: the package with its types and its demo, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile

import pytest

import sensorium
from tests.house.sources import PACKAGE, PROJECT, relative

# No licence file may be forgotten, and no demo without its data.
EXPECTED = {
    "sensorium/py.typed",
    "sensorium/demo/emoji.parquet",
    "sensorium/__main__.py",
}


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """The same wheel, built twice."""
    return [build(tmp_path_factory.mktemp("wheel")) for _ in range(2)]


def build(folder):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=PROJECT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


def test_the_wheel_holds_every_file_of_the_package(wheels) -> None:
    inside = set(zipfile.ZipFile(wheels[0]).namelist())
    modules = {relative(path) for path in PACKAGE.rglob("*.py")}
    assert (modules | EXPECTED) - inside == set()
    assert any(name.endswith("licenses/LICENSE") for name in inside)


def test_the_wheel_holds_nothing_else(wheels) -> None:
    rooms = {name.partition("/")[0] for name in zipfile.ZipFile(wheels[0]).namelist()}
    assert rooms == {"sensorium", f"sensorium-{sensorium.__version__}.dist-info"}


def test_two_builds_are_equal_byte_by_byte(wheels) -> None:
    first, second = (wheel.read_bytes() for wheel in wheels)
    assert first == second


def test_the_command_of_the_package_is_named(wheels) -> None:
    archive = zipfile.ZipFile(wheels[0])
    (entries,) = (n for n in archive.namelist() if n.endswith("entry_points.txt"))
    assert "sensorium = sensorium.cli:main" in archive.read(entries).decode()
