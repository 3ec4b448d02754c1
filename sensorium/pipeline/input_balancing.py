"""The unimodal heads of a step, and what it says of its inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sensorium.errors import listing
from sensorium.network import Network
from sensorium.nn.input_balance import InputBalance
from sensorium.nn.unimodal import can_be_copied, unimodal_copy, unimodal_name
from sensorium.pipeline.prepare import Prepared
from sensorium.recipe import Recipe
from sensorium.recipe.input_balancing import FUSED, why_not
from sensorium.recipe.roles import INPUT_BALANCE
from sensorium.training.dataset import LABEL
from sensorium.training.input_scores import Constant, constant, findings
from sensorium.training.step import Step


@dataclass(frozen=True)
class Balancing:
    """What a step does about inputs that dominate.

    Args:
        heads: Unimodal heads by name, not built.
        dropout: Share of rows for which each input is hidden, for all or by input.
        notes: What is said of it.
    """

    heads: dict[str, Any] = field(default_factory=dict)
    dropout: float | Mapping[str, float] = 0.0
    notes: tuple[str, ...] = ()


def balancing(
    recipe: Recipe,
    step: Step,
    network: Network,
    heads: Mapping[str, Any],
    there: Mapping[str, bool],
) -> Balancing:
    """What a step does by its `input_balance`.

    Args:
        recipe: The document.
        step: The step.
        network: The recipe's network.
        heads: The heads that the step trains.
        there: Of each input of the step, whether its tables have it.
    """
    rule: InputBalance = INPUT_BALANCE.build(step.stage.input_balance)
    own = recipe.modality_dropout
    fused = [n for n in step.outputs if n in heads and can_be_copied(heads[n])]
    if step.objective not in FUSED or len(step.inputs) < 2 or not fused:
        return Balancing(dropout=own)
    word = INPUT_BALANCE.word(rule)
    learn = [n for n in step.inputs if there[n] and _learns(network, step, n)]
    reason = why_not(recipe, step) if word == "auto" else ""
    if not reason and len(learn) < (2 if word == "auto" else 1):
        reason = "fewer than two encoders begin to learn in it"
    if not rule.has_heads:
        return Balancing(dropout=own)
    if reason:
        return Balancing(dropout=own, notes=(_off(word, reason),))
    found = _copies(network, step, {n: heads[n] for n in fused}, learn, rule.weight)
    return Balancing(found, own or rule.dropout, (_on(word, rule, learn, own),))


def said(prepared: Prepared, step: Step, network: Any, history: Any) -> list[str]:
    """Sentences about inputs that dominate or learned nothing in a step.

    Args:
        prepared: The encoded rows.
        step: The step.
        network: The network that was trained.
        history: What it did.
    """
    heads = getattr(network, "heads", {})
    if not history.epochs or not any(head.labels_of for head in heads.values()):
        return []
    names = ["" if table is None else f"{table}." for table in step.tables]
    parts = [f"{name}valid" for name in names if f"{name}valid" in prepared.parts]
    found = _constants(prepared, heads, parts or [f"{name}train" for name in names])
    return findings(heads, history.epochs[history.best_epoch - 1], found)


def _constants(
    prepared: Prepared, heads: Mapping[str, Any], names: Sequence[str]
) -> dict[str, Constant]:
    """The best constant answer's score, for every output that has unimodal heads."""
    outputs = {head.labels_of for head in heads.values()} - {None}
    found: dict[str, Constant] = {}
    for output in outputs:
        every = [
            np.asarray(prepared.parts[part][LABEL + output])
            for part in names
            if LABEL + output in prepared.parts[part]
        ]
        target = heads[output].target
        if every and target in ("category", "flags", "number"):
            score = constant(target, np.concatenate(every))
            found |= {} if score is None else {output: score}
    return found


def _learns(network: Network, step: Step, name: str) -> bool:
    return name in step.learn and bool(network.encoders[name].weights)


def _copies(
    network: Network,
    step: Step,
    heads: Mapping[str, Any],
    inputs: list[str],
    weight: float,
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for output, head in heads.items():
        for reads in inputs:
            taken = (*network.heads, *network.encoders, *step.heads, *found)
            name = unimodal_name(output, reads, taken)
            copied = unimodal_copy(head, output, reads, name=name, weight=weight)
            found[name] = copied
    return found


def _off(word: str, reason: str) -> str:
    return f"Inputs are not balanced (`input_balance: {word}`): {reason}."


def _on(word: str, rule: InputBalance, inputs: list[str], own: Any) -> str:
    named = listing([f"`{name}`" for name in inputs])
    text = f"Inputs are balanced (`input_balance: {word}`): {named} "
    text += "learns" if len(inputs) == 1 else "learn"
    text += " by heads of their own, too, thrown away afterwards"
    if own:
        return f"{text}; `modality_dropout` is the recipe's."
    share = f", and inputs are hidden in {rule.dropout:.0%} of rows"
    return text + (share if rule.dropout else "") + "."
