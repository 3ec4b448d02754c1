"""Where the files of the demo lie."""

from __future__ import annotations

from pathlib import Path


def folder() -> Path:
    """The folder that holds the demo's table, recipe and licences. Read only."""
    return Path(__file__).parent


def table_path() -> Path:
    """The demo's table: a Parquet file with one row an emoji."""
    return folder() / "emoji.parquet"


def recipe_path() -> Path:
    """The demo's recipe: a commented YAML file that names the table beside it."""
    return folder() / "recipe.yaml"
