"""`sensorium check`: every mistake of a recipe at once, without Keras."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

from sensorium.cli.show import changes
from sensorium.data import Table
from sensorium.errors import Problem, RecipeError
from sensorium.recipe import Recipe, json_schema
from sensorium.recipe.encoder_files import encoder_problems
from sensorium.recipe.planning import MAIN, table_plans


def run(given: argparse.Namespace) -> None:
    """Runs the verb."""
    if given.schema:
        print(json.dumps(json_schema(), indent=2))
        return
    if given.recipe is None:
        text = "expected a recipe, e.g. `sensorium check recipe.yaml`."
        raise RecipeError([Problem("", text)])
    try:
        report = _check(Path(given.recipe), changes(given.changes))
    except RecipeError as error:
        if given.json:
            found = [{"path": p.path, "message": p.message} for p in error.problems]
            print(json.dumps({"mistakes": found}, indent=2))
        raise
    print(json.dumps({"mistakes": []}) if given.json else report)


def _check(path: Path, replaced: dict[str, object]) -> str:
    recipe = Recipe.from_yaml(path, replaced)
    rows = 0
    problems = list(encoder_problems(recipe.inputs, recipe.folder))
    for plan in table_plans(recipe):
        for table in plan.tables(recipe.folder).values():
            found = plan.problems(table.dtypes, table.where)
            problems += _main(recipe, table) if plan.name == MAIN else found
            rows += table.num_rows
    if problems:
        raise RecipeError(problems)
    inputs, outputs = len(recipe.inputs), len(recipe.outputs)
    return f"{path}: no mistakes. {rows:,} rows, {inputs} inputs, {outputs} outputs."


def _main(recipe: Recipe, table: Table) -> Iterable[Problem]:
    try:
        recipe.check_table(table.dtypes, table.where)
    except RecipeError as error:
        return error.problems
    return ()
