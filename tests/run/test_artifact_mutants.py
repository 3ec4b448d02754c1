"""Thousands of hostile and damaged files: all refused by one error; nothing runs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from sensorium.run.refusal import Reason
from tests.run import mutants, mutants_zip
from tests.run.samples import run_python, verdict, write_sample

REASONS = set(get_args(Reason))
DAMAGED = {
    "members": mutants.members,
    "fields": mutants_zip.fields,
    "cuts": mutants_zip.cuts,
    "joined": mutants_zip.joined,
    "packed": mutants_zip.packed,
    "noise": mutants_zip.noise,
}
FORGED = {
    "manifests": mutants.manifests,
    "documents": mutants.documents,
    "tensors": mutants.tensors,
}


@pytest.fixture
def sample(tmp_path) -> bytes:
    return write_sample(tmp_path / "good.sensorium")


def verdicts(folder, family, sample) -> dict[str, list[str]]:
    """The names of a family's mutants by verdict, the unchanged ones left out."""
    found: dict[str, list[str]] = {}
    for name, data in family(sample):
        if data != sample:
            found.setdefault(verdict(folder, data), []).append(name)
    return found


@pytest.mark.parametrize("family", DAMAGED.values(), ids=DAMAGED)
def test_every_damaged_file_is_refused(tmp_path, sample, family) -> None:
    found = verdicts(tmp_path, family, sample)
    assert {key: found[key] for key in set(found) - REASONS} == {}


@pytest.mark.parametrize("family", FORGED.values(), ids=FORGED)
def test_what_is_read_of_a_forged_file_is_written_again_the_same(
    tmp_path, sample, family
) -> None:
    found = verdicts(tmp_path, family, sample)
    same = found.pop("same", [])
    assert {key: found[key] for key in set(found) - REASONS} == {}
    # Another author may name a tensor or a library version as he likes, no more.
    assert [n for n in same if "()~" not in n and "('library',)=" not in n] == []


def test_one_flipped_bit_in_any_byte_is_found(tmp_path, sample) -> None:
    found = Counter(
        verdict(tmp_path, data)
        for place in range(len(sample))
        for _, data in mutants_zip.flip(sample, place, range(place % 8, place % 8 + 1))
    )
    assert sum(found.values()) == len(sample)
    assert set(found) <= {"zip", "member", "checksum"}


@pytest.mark.slow
def test_any_flipped_bit_is_found(tmp_path, sample) -> None:
    found = Counter(verdict(tmp_path, data) for _, data in mutants_zip.flips(sample))
    assert sum(found.values()) == 8 * len(sample)
    assert set(found) <= {"zip", "member", "checksum"}


def test_there_are_thousands_of_different_mutants(sample) -> None:
    families = [*DAMAGED.values(), *FORGED.values()]
    different = {data for family in families for _, data in family(sample)} - {sample}
    assert len(different) > 5000


# Reads every mutant with an audit hook that notes whatever could run or change a thing.
WATCH = """
import os, sys
from pathlib import Path
from sensorium.errors import ArtifactError
from sensorium.run import artifact
from tests.run import mutants, mutants_zip, samples
from tests.run import test_artifact_mutants as here

folder, planted = Path(sys.argv[1]), sys.argv[2]
sample = samples.write_sample(folder / "good")
families = {**here.DAMAGED, **here.FORGED}
paths, seen, watching = [], set(), []
for family in families.values():
    for name, data in family(sample):
        path = folder / f"{len(paths)}"
        path.write_bytes(data)
        paths.append(path)

def hook(event, arguments):
    if not watching or not arguments:
        seen.update({event} if watching else ())
        return
    # Its own file, by name or by the number that opening it gave, to be read only.
    own = str(arguments[0]) == watching[0] or type(arguments[0]) is int
    if event == "open" and own and not arguments[2] & (os.O_WRONLY | os.O_RDWR):
        return
    seen.add(f"{event} {arguments}"[:200])

def read(path):
    try:
        artifact.read_artifact(path)
    except ArtifactError:
        pass
    if planted:
        exec(planted)

samples.verdict(folder, sample)
sys.addaudithook(hook)
before = set(sys.modules)
for path in paths:
    watching[:] = [str(path)]
    read(path)
watching.clear()
print(len(paths), sorted(seen), set(sys.modules) - before, sep="\\n")
"""


def test_reading_hostile_files_runs_and_changes_nothing(tmp_path) -> None:
    count, seen, modules = run_python(WATCH, tmp_path, "").splitlines()
    assert int(count) > 5000
    assert (seen, modules) == ("[]", "set()")
    names = {path.name for path in tmp_path.iterdir()}
    assert names - {str(number) for number in range(int(count))} <= {
        *("good", "sample.sensorium", "again.sensorium")
    }


@pytest.mark.parametrize(
    ("planted", "event"),
    [
        ("eval('1')", "exec"),
        ("import this_module_is_not_there_", "import"),
        ("open(path, 'ab').close()", "open"),
        ("Path(path).with_name('x').unlink(missing_ok=True)", "os.remove"),
        ("__import__('os').system('true')", "os.system"),
    ],
)
def test_the_watch_sees(tmp_path, planted, event) -> None:
    code = WATCH.replace("**here.FORGED", "").replace(
        "**here.DAMAGED", "'m': mutants.members"
    )
    guarded = f"\ntry:\n  {planted}\nexcept ImportError:\n  pass"
    _, seen, _ = run_python(code, tmp_path, guarded).splitlines()
    assert f"'{event} (" in seen or f'"{event} (' in seen


def test_reading_leaves_the_folder_as_it_was(tmp_path, sample) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    for bad in mutants.BAD_NAMES:
        parts = {"weights.safetensors": b"x"}
        verdict(folder, mutants.forged_name(parts, bad))
    assert sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*")) == [
        *(Path("good.sensorium"), Path("inside"), Path("inside/sample.sensorium"))
    ]
