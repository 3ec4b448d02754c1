"""Domain-adversarial training: encodings shall not tell which table a row came from."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from typing import Any

import numpy as np

from sensorium.errors import Problem, RecipeError
from sensorium.nn.heads.domain import Domain
from sensorium.nn.joining import PRESENT
from sensorium.training.dataset import LABEL
from sensorium.training.step import Step

DOMAIN = "domain_of_{}"
"""What the history calls the head of an input."""

Arrays = Mapping[str, np.ndarray]


def domain_heads(step: Step, parts: Mapping[str, Arrays]) -> dict[str, Domain]:
    """A disposable head for each input that the stage names and that learns.

    Args:
        step: The step.
        parts: Encoded rows of all parts of all tables.

    Raises:
        RecipeError: If fewer than two of the tables have such an input.
    """
    found: dict[str, Domain] = {}
    tables = [parts[part] for part in _training(step)]
    for name, strength in (step.stage.adversarial or {}).items():
        if name not in step.learn:
            continue
        if sum(name in arrays for arrays in tables) < 2:
            text = f"`adversarial` names `{name}`, but fewer than two of the stage's "
            text += "tables have it: there is nothing to tell apart."
            raise RecipeError([Problem(f"stage `{step.name}`", text)])
        head = DOMAIN.format(name)
        found[head] = Domain(name, len(tables), strength=strength, name=head)
    return found


def domain_labels(step: Step, model: Any, arrays: Arrays, part: str) -> Arrays:
    """For each such head the number of the rows' table, -1 where the input is absent.

    Rows that epochs are compared by have none: how well tables are told apart is no
    reason to keep an epoch's weights.

    Args:
        step: The step.
        model: Its model.
        arrays: The rows.
        part: Which part of which table they are.
    """
    rows, training = len(next(iter(arrays.values()))), _training(step)
    found = {}
    for name, head in getattr(model, "heads", {}).items():
        if isinstance(head, Domain):
            here = np.zeros(rows, bool)
            if part in training and head.reads in arrays:
                given = arrays.get(f"{head.reads}{PRESENT}")
                here = ~here if given is None else np.asarray(given, bool)
            number = training.index(part) if part in training else -1
            found[LABEL + name] = np.where(here, number, -1).astype("int32")
    return found


def count_steps(model: Any, step: Step, batches: Sized) -> None:
    """Tells the heads how many steps there will be.

    Args:
        model: The step's model.
        step: The step.
        batches: Those of one epoch.
    """
    for head in getattr(model, "heads", {}).values():
        if isinstance(head, Domain):
            head.all_steps = step.stage.most_epochs(len(batches)) * len(batches)


def _training(step: Step) -> list[str]:
    return ["train" if name is None else f"{name}.train" for name in step.tables]
