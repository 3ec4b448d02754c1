"""What the name of a column says about it: identifier, group, code, amount, time."""

from __future__ import annotations

import re
from collections.abc import Iterable

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W\d_]+|\d+")
_NUMBERED = re.compile(r"(.*?)[_\-. ]*(\d+)")


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_IDENTIFIER = _set("id ids uuid guid key index idx rowid pk serial row nr")
_REFERENCE = _IDENTIFIER | _set("source ref reference parent")
_GROUP = _set(
    "subject patient person participant user customer client speaker student pupil "
    "household session recording visitor volunteer respondent donor"
)
_CODE = _set(
    "code class type kind category cat status label cluster zone region country "
    "city state province district county store shop branch brand product item model "
    "make dept department channel route airline airport job occupation profession "
    "sector industry gender sex race ethnicity religion marital language lang color "
    "colour species genus genre zip zipcode postcode postal plz material group "
    "team"
)
_AMOUNT = _set(
    "rating stars star score grade quality points rank level count counts num n "
    "number amount total sum mean average age price cost year years length size "
    "height width weight speed duration seconds minutes hours days quantity qty "
    "income salary value volume distance temperature share rate ratio percent "
    "version"
)
_CLASS = _CODE | _set("digit target y response diagnosis outcome")
_TIME = _set(
    "time date datetime timestamp ts epoch day month year hour minute second week "
    "quarter step at created updated modified"
)
_FOLD = _set("fold folds kfold")
_SPLIT = _set("split partition subset part")
_FLAG = _set("is in for")
PARTS = {
    "train": _set("train training trn"),
    "valid": _set("valid validation val dev eval"),
    "test": _set("test testing tst holdout heldout"),
}
"""Part of a split -> the words that a column writes for it."""

_FILLER = _set("any is has the of log num n max min mean total avg all in a an to id")


def words(name: str) -> tuple[str, ...]:
    """The words of a name in lower case: `UserID`, `user_id` -> `user`, `id`."""
    return tuple(_WORD.findall(_HUMP.sub(" ", name).lower()))


def is_identifier(name: str) -> bool:
    """Whether the name is one for what numbers the rows, e.g. `id`, `row`, ``."""
    found = words(name)
    unnamed = not found or found[0] == "unnamed"
    return unnamed or found[-1] in _IDENTIFIER


def is_reference(name: str) -> bool:
    """Whether the name points at something by a number, e.g. `image_source`."""
    found = words(name)
    return bool(found) and found[-1] in _REFERENCE


def is_group(name: str) -> bool:
    """Whether the name is one for whose rows belong together, e.g. `patient_no`."""
    found = words(name)
    rest = {*found} - _GROUP - _IDENTIFIER - {"no", "number", "code", "name"}
    return bool(_GROUP.intersection(found)) and not rest


def means_code(name: str) -> bool:
    """Whether whole numbers of this name stand for something, e.g. `zip_code`."""
    found = words(name)
    return bool(found) and (found[-1] in _CODE or found[0] in ("code", "zip"))


def means_amount(name: str) -> bool:
    """Whether numbers of this name have an order, e.g. `rating`, `n_objects`."""
    found = words(name)
    return bool(found) and (found[-1] in _AMOUNT or found[0] in _AMOUNT)


def means_class(name: str) -> bool:
    """Whether whole numbers of this name are names of classes, e.g. `digit`."""
    found = words(name)
    return bool(found) and found[-1] in _CLASS


def means_time(name: str) -> bool:
    """Whether the name is one for a point in time, e.g. `created_at`."""
    found = words(name)
    return bool(found) and (found[-1] in _TIME or found[0] in ("date", "timestamp"))


def is_fold(name: str) -> bool:
    """Whether the name is one for folds of a cross-validation."""
    return bool(_FOLD.intersection(words(name)))


def is_split(name: str) -> bool:
    """Whether the name is one for the part of a split, e.g. `partition`."""
    found = words(name)
    return bool(found) and found[-1] in _SPLIT


def flagged_part(name: str) -> str | None:
    """The part that a true-or-false column marks: `is_test` -> `test`."""
    rest = [word for word in words(name) if word not in _FLAG | {"set"}]
    return part_of(rest[0]) if len(rest) == 1 else None


def part_of(value: str) -> str | None:
    """The part of a split that a value names: `Validation` -> `valid`."""
    word = value.strip().lower()
    return next((part for part, known in PARTS.items() if word in known), None)


def related(one: str, other: str) -> bool:
    """Whether one name's words are all among the other's: `effect`, `any_effect`."""
    first, second = ({*words(name)} - _FILLER for name in (one, other))
    return bool(first and second) and (first <= second or second <= first)


def numbered(names: Iterable[str], least: int = 5) -> dict[str, tuple[str, ...]]:
    """Finds runs of names that share a beginning and count up, `fou_0` to `fou_75`.

    Args:
        names: The names, in the order of the table.
        least: Fewest names of a run.

    Returns:
        Beginning -> the run's names by number. At most a fifth of the numbers
        between the first and the last may be absent. Runs that count up themselves
        (`pixel_0_0` to `pixel_7_7`) are one.
    """
    runs = _runs(names, least)
    outer = _runs(runs, least)
    joined = {
        prefix: tuple(name for run in inner for name in runs[run])
        for prefix, inner in outer.items()
    }
    within = {run for inner in outer.values() for run in inner}
    return joined | {run: runs[run] for run in runs if run not in within}


def _runs(names: Iterable[str], least: int) -> dict[str, tuple[str, ...]]:
    runs: dict[str, dict[int, str]] = {}
    for name in names:
        match = _NUMBERED.fullmatch(name)
        if match:
            runs.setdefault(match[1], {}).setdefault(int(match[2]), name)
    return {
        prefix: tuple(run[number] for number in sorted(run))
        for prefix, run in runs.items()
        if len(run) >= least and max(run) - min(run) + 1 <= 1.25 * len(run)
    }
