"""Stages that compare epochs by a score they do not have."""

from __future__ import annotations

from collections.abc import Iterator

from sensorium.errors import Problem, listing, near
from sensorium.training import Parts, Stage, Step

WORDS = ("total", "scaled", "each")
"""What a stage may monitor beside the outputs that it trains."""


def monitor_problems(stage: Stage, parts: Parts, path: str) -> Iterator[Problem]:
    """Says that a stage monitors what none of its steps trains.

    Args:
        stage: The stage.
        parts: The recipe's parts.
        path: Where the stage stands.
    """
    word = stage.monitor
    if word == "total":
        return
    steps = stage.steps(parts)
    known = list(dict.fromkeys(name for step in steps for name in _heads(step)))
    if not known:
        text = "this stage trains no output: `total` is all that it can monitor."
        yield Problem(f"{path}.monitor", text)
    elif word in WORDS and word in parts.outputs:
        text = f"`{word}` is an output and a score of several. Rename the output."
        yield Problem(f"{path}.monitor", text)
    elif word not in (*WORDS, *known):
        shown = listing([f"`{name}`" for name in (*WORDS, *known)], 12)
        hint = "" if word in parts.outputs else near(word, (*WORDS, *known))
        fix = hint or f"Known: {shown}."
        text = f"this stage trains no output `{word}`. {fix}"
        yield Problem(f"{path}.monitor", text)


def _heads(step: Step) -> Iterator[str]:
    yield from step.outputs
    yield from step.heads
    for output in step.copied:  # as `copied_heads` calls them
        alone = len(step.inputs) == 1
        yield from ([output] if alone else [f"{output}_{i}" for i in step.inputs])
