"""`sensorium check`: every mistake of a recipe at once, without Keras."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from sensorium.cli.show import changes
from sensorium.data import read
from sensorium.errors import Problem, RecipeError
from sensorium.recipe import Recipe, json_schema


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
    sources = recipe.data.values() if isinstance(recipe.data, dict) else [recipe.data]
    rows = 0
    for source in sources:
        table = read(recipe.folder / source)
        recipe.check_table(table.dtypes, table.where)
        rows += table.num_rows
    inputs, outputs = len(recipe.inputs), len(recipe.outputs)
    return f"{path}: no mistakes. {rows:,} rows, {inputs} inputs, {outputs} outputs."
