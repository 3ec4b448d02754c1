"""`sensorium init`: a commented recipe guessed from a table."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from sensorium.data import read
from sensorium.draft import draft
from sensorium.errors import RunError, sentence
from sensorium.recipe import Recipe


def run(given: argparse.Namespace) -> None:
    """Runs the verb."""
    table = read(given.table)
    target = Path(given.output) if given.output else None
    if target is not None and target.exists() and not given.force:
        fix = "Choose another file, or say `--force`."
        raise RunError(sentence(str(target), "the file exists already", fix=fix))
    folder = target.parent if target else Path()
    written = os.path.relpath(given.table, folder)
    text = draft(table, given.target, written)
    Recipe.from_yaml(text)  # what we write must pass our own check
    if target is None:
        print(text, end="")
        return
    target.write_text(text, encoding="utf-8")
    print(f"Wrote {target}: read it, then `sensorium train {target} -o runs/first`")
