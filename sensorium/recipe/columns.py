"""Columns that a recipe reads and a table lacks."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sensorium.errors import Problem, listing, near


def table_problems(
    sources: Iterable[tuple[str, str]], columns: Collection[str], where: str
) -> list[Problem]:
    """Names every column that a recipe reads and a table lacks.

    Args:
        sources: Path in the document and column, for each column that is read.
        columns: The table's columns.
        where: How messages call the table.
    """
    problems = []
    for path, name in sources:
        if name not in columns:
            known = listing([f"`{column}`" for column in columns], 12)
            fix = near(name, columns) or f"It has {known}."
            problems.append(Problem(path, f"{where} has no column `{name}`. {fix}"))
    return problems
