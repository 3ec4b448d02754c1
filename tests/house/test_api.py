"""The public names are what tests/house/api.txt says: a change of them is seen."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys

import pytest

from tests.house.api import GOLDEN, faces, public_names
from tests.house.sources import literal, module_name, tree_of

HEAVY = {
    "jax",
    "keras",
    "numpy",
    "pandas",
    "polars",
    "pydantic",
    "sklearn",
    "tensorflow",
    "torch",
}
KERAS = {"keras", "jax", "tensorflow", "torch"}


def loaded_by(code: str) -> set[str]:
    """The packages that a fresh interpreter holds after running some code."""
    text = "import json, sys; print(json.dumps(list(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\n{text}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    names = json.loads(run.stdout.splitlines()[-1])
    return {name.partition(".")[0] for name in names}


def test_public_names_are_the_golden_ones() -> None:
    found = "\n".join(public_names()) + "\n"
    golden = GOLDEN.read_text(encoding="utf-8")
    assert found == golden, (
        "the public names changed; if that is meant, run "
        f"`python -m tests.house.api > tests/house/api.txt`:\n{found}"
    )


@pytest.mark.parametrize("path", faces(), ids=module_name)
def test_every_public_name_is_there(path) -> None:
    names = literal(tree_of(path), "__all__") or []
    module = importlib.import_module(module_name(path))
    missing = [name for name in names if not hasattr(module, name)]  # type: ignore[attr-defined]
    assert missing == []


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert loaded_by("import sensorium") & HEAVY == set()


def test_reading_declaring_and_encoding_need_no_keras() -> None:
    code = (
        "import sensorium.data, sensorium.features, sensorium.schema, sensorium.errors"
    )
    assert loaded_by(code) & KERAS == set()


WATCH = """
import sys
seen = []
def watch(event, args):
    writes = event == "open" and isinstance(args[1], str) and set("wax+") & set(args[1])
    if writes or event.startswith(("socket.", "subprocess.", "os.system")):
        seen.append((event, str(args[0])))
sys.dont_write_bytecode = True
sys.addaudithook(watch)
"""


@pytest.mark.parametrize("room", ["", ".data", ".features", ".schema", ".run.artifact"])
def test_importing_writes_no_file_and_opens_no_socket(room) -> None:
    code = f"{WATCH}\nimport sensorium{room}\nassert seen == [], seen"
    loaded_by(code)


def test_the_watch_sees_a_file_that_is_written(tmp_path) -> None:
    path = str(tmp_path / "written")
    loaded_by(
        f"{WATCH}\nopen({path!r}, 'w').close()\nassert seen == [('open', {path!r})]"
    )


def test_the_oracle_sees_what_is_loaded() -> None:
    assert "numpy" in loaded_by("import numpy")
