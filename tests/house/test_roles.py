"""Every class of a role stands in the role's table, and the table tells the truth."""

from __future__ import annotations

import ast

import pytest

from tests.house.sources import (
    PACKAGE,
    PROJECT,
    Found,
    ancestors,
    definitions,
    is_public,
    literal,
    module_name,
    modules,
    tree_of,
)

ROLES = {
    "features": ("sensorium/features", "FEATURES"),
    "encoders": ("sensorium/nn/encoders", "ENCODERS"),
    "fusion": ("sensorium/nn/fusion", "FUSIONS"),
    "decoders": ("sensorium/nn/decoders", "DECODERS"),
    "heads": ("sensorium/nn/heads", "HEADS"),
    "balances": ("sensorium/nn/balance", "BALANCES"),
    "input_balance": ("sensorium/nn/input_balance", "INPUT_BALANCES"),
    "stages": ("sensorium/training/stages", "STAGES"),
}

# What a role's classes are children of, where their room has no `base.py`.
ROOTS = {"stages": {"Stage"}}

# Classes that no document can name, and why.
NOT_WORDS = {
    "sensorium.nn.balance.learned:LearnedBalance": "what balances that learn share",
    "sensorium.nn.decoders.upsampling:Upsampling": "what convolutions share",
    "sensorium.nn.encoders.embedded:Embedded": "stands in while a stage is trained",
    "sensorium.nn.encoders.columns:Columns": "what encoders of several numbers share",
    "sensorium.nn.encoders.tokens:Tokens": "what encoders of token ids share",
    "sensorium.nn.heads.domain:Domain": "hides the table in stages with `adversarial`",
    "sensorium.nn.heads.labelled:LabelledHead": "what heads of given labels share",
    "sensorium.nn.heads.matching:Matching": "compares with a teacher in `distill`",
    "sensorium.nn.heads.member:Member": "one input's part of a head in `stack`",
    "sensorium.nn.heads.scaled:ScaledHead": "what heads of one number share",
    "sensorium.nn.encoders.wrapped:Wrapped": "holds a user's model; `join` makes it",
}


def table_of(role: str) -> dict[str, str]:
    folder, name = ROLES[role]
    table = literal(tree_of(PROJECT / folder / "__init__.py"), name)
    assert isinstance(table, dict), f"{folder}/__init__.py has no plain dict {name}"
    return table


def every_class() -> list[Found]:
    """Every class of the package, also those that share a name (`Flags`)."""
    found = [item for path in modules() for item in definitions(path)]
    return [item for item in found if isinstance(item.node, ast.ClassDef)]


def members(role: str) -> set[str]:
    """The role's classes: public, in its room, children of what `base.py` defines."""
    room = PROJECT / ROLES[role][0]
    base = room / "base.py"
    found = {item.name for item in definitions(base)} if base.exists() else {"Layer"}
    roots = ROOTS.get(role, found)
    return {
        f"{module_name(found.path)}:{found.name}"
        for found in every_class()
        if found.path.parent == room
        and found.path != base
        and is_public(found.name)
        and isinstance(found.node, ast.ClassDef)
        and roots & {name.rpartition(".")[2] for name in ancestors(found.node)}
    }


@pytest.mark.parametrize("role", ROLES)
def test_every_class_is_in_its_table(role) -> None:
    assert members(role) - set(table_of(role).values()) - set(NOT_WORDS) == set()


@pytest.mark.parametrize("role", ROLES)
def test_every_word_names_a_class_that_exists(role) -> None:
    known = {f"{module_name(found.path)}:{found.name}" for found in every_class()}
    assert {w: c for w, c in table_of(role).items() if c not in known} == {}


# A stage's word is what is done in it, a verb; the others are named after their class.
@pytest.mark.parametrize("role", sorted(set(ROLES) - {"stages"}))
def test_every_word_is_the_name_of_its_class_in_small_letters(role) -> None:
    odd = {
        word: reference
        for word, reference in table_of(role).items()
        if not reference.rpartition(":")[2].lower().startswith(word.replace("_", ""))
        or word != word.lower()
    }
    assert odd == {}


@pytest.mark.parametrize("role", ROLES)
def test_one_file_a_kind(role) -> None:
    """A new kind is a new file: no two words of a table share a module."""
    files = [reference.partition(":")[0] for reference in table_of(role).values()]
    assert sorted(files) == sorted(set(files))


def test_the_package_is_where_the_tables_say() -> None:
    assert (PACKAGE / "features" / "__init__.py").is_file()
