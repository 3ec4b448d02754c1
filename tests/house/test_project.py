"""What is installed, locked and promised in the project's own files."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import sensorium
from tests.house.sources import PROJECT

MAX_PACKAGES = 40  # core + jax; 31 on the day this was written
EXTRAS = {
    "jax",
    "tensorflow",
    "torch",
    "subword",
    "serve",
    "ray",
    "onnx",
    "hub",
    "track",
}
LOCKS = ("jax", "dev", "backends", "torch", "torch-cpu")


def closure(requirement: str) -> set[str]:
    """All packages that installing one requirement brings on this machine."""
    found: set[tuple[str, str]] = set()
    waiting = [Requirement(requirement)]
    while waiting:
        wanted = waiting.pop()
        for extra in {"", *wanted.extras}:
            mark = (canonicalize_name(wanted.name), extra)
            if mark in found:
                continue
            found.add(mark)
            waiting.extend(needed(wanted.name, extra))
    return {name for name, _ in found}


def needed(name: str, extra: str) -> list[Requirement]:
    lines = [Requirement(line) for line in metadata.requires(name) or ()]
    return [
        line
        for line in lines
        if line.marker is None or line.marker.evaluate({"extra": extra})
    ]


def pins(lock: str) -> dict[str, str]:
    text = (PROJECT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def settings() -> dict:
    return tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))


def test_core_with_jax_stays_small() -> None:
    packages = closure("sensorium[jax]") - {"sensorium"}
    assert {"keras", "jaxlib", "pydantic-core"} <= packages
    assert len(packages) <= MAX_PACKAGES, sorted(packages)


def test_the_lock_of_jax_holds_just_what_is_installed() -> None:
    packages = closure("sensorium[jax]") - {"sensorium"}
    assert packages - set(pins("jax")) == set()


def test_extras_are_those_of_the_design() -> None:
    assert set(settings()["project"]["optional-dependencies"]) == EXTRAS


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_its_hash_and_no_address(lock) -> None:
    text = (PROJECT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    entries = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(pins(lock)) > 0
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert not re.search(r"://|^-|--(?!hash)\w|@ ", text, re.MULTILINE)


@pytest.mark.parametrize(("small", "large"), [("jax", "dev"), ("dev", "backends")])
def test_locks_agree(small, large) -> None:
    assert pins(small).items() - pins(large).items() == set()


def test_the_change_log_speaks_of_this_version() -> None:
    log = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[?([\w.]+)", log, re.MULTILINE)
    assert sensorium.__version__ in versions[:2]


def test_the_two_commands_of_the_readme_are_in_the_makefile() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    commands = set(re.findall(r"\bmake ([a-z-]+)", readme))
    assert {"demo", "test"} <= commands
    targets = set(re.findall(r"^([a-z -]+):(?!=)", makefile, re.MULTILINE))
    assert commands <= {name for line in targets for name in line.split()}


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "docs/architecture.md"]
)
def test_links_and_files_named_in_a_page_exist(page) -> None:
    text = (PROJECT / page).read_text(encoding="utf-8")
    folder = (PROJECT / page).parent
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    named = re.findall(
        r"`((?:sensorium|tests|docs|examples|benchmarks)/[\w./-]+)`", text
    )
    missing = [link for link in links if not (folder / link).exists()]
    missing += [name for name in named if not (PROJECT / name).exists()]
    assert missing == []
