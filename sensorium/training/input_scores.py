"""What unimodal heads tell of the inputs: which dominates, which learned nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sensorium.errors import listing
from sensorium.nn.unimodal import copies_of

METRIC = {"category": "accuracy", "flags": "accuracy", "number": "mae"}
"""By which score inputs are compared, by what the labels are."""


@dataclass(frozen=True)
class Constant:
    """What the best constant answer scores on some rows.

    Args:
        score: Its accuracy, or its mean absolute error.
        error: The standard error of such a score on these rows.
    """

    score: float
    error: float


def constant(target: str, labels: np.ndarray) -> Constant | None:
    """The best constant answer's score; `None` where there are no labels.

    Args:
        target: What the labels are: `category`, `flags` or `number`.
        labels: Encoded labels; absent ones are -1 or NaN.
    """
    if target == "category":
        known = labels[labels >= 0]
        right = np.bincount(known).max() / len(known) if len(known) else 0.0
        count = len(known)
    elif target == "flags":
        known = labels[~np.isnan(labels).any(axis=1)] if len(labels) else labels
        share = known.mean(axis=0) if len(known) else np.zeros(1)
        right, count = float(np.maximum(share, 1 - share).mean()), known.size
    else:
        known = labels[~np.isnan(labels)]
        away = np.abs(known - np.median(known)) if len(known) else np.zeros(0)
        if not len(away):
            return None
        return Constant(float(away.mean()), float(away.std() / np.sqrt(len(away))))
    if not count:
        return None
    return Constant(float(right), float(np.sqrt(0.25 / count)))


def findings(
    heads: Mapping[str, Any],
    epoch: Mapping[str, float | None],
    constants: Mapping[str, Constant],
) -> list[str]:
    """A sentence for each output that one input dominates, and for idle inputs.

    Args:
        heads: The heads of the network that was trained.
        epoch: What the kept epoch told.
        constants: By output what the best constant scores on the same rows.
    """
    found = []
    for output, copies in copies_of(heads).items():
        metric = METRIC.get(heads[output].target)
        if metric is None or output not in constants:
            continue
        fused = _score(epoch, output, metric)
        alone = {i: _score(epoch, name, metric) for i, name in copies.items()}
        known = {name: score for name, score in alone.items() if score is not None}
        if fused is not None and len(known) > 1:
            found += _sentences(output, metric, fused, known, constants[output])
    return found


def _score(epoch: Mapping[str, Any], name: str, metric: str) -> float | None:
    key = f"{name}_{metric}"
    value = epoch.get(f"val_{key}", epoch.get(key))
    return None if value is None or not np.isfinite(value) else float(value)


def _sentences(
    output: str, metric: str, fused: float, alone: Mapping[str, float], naive: Constant
) -> list[str]:
    sign = -1.0 if metric == "mae" else 1.0

    def ahead(one: float, other: float) -> float:
        """By how many standard errors one score is better than another."""
        return sign * (one - other) / max(naive.error, 1e-12)

    found = []
    best, *rest = sorted(alone, key=lambda name: -sign * alone[name])
    leads = all(ahead(alone[best], alone[name]) > 2 for name in rest)
    if leads and ahead(fused, alone[best]) < 1 and ahead(alone[best], naive.score) > 2:
        found.append(
            f"`{output}`: `{best}` dominates. Alone it has {metric} {alone[best]:.3g}, "
            f"all inputs together {fused:.3g}; the next best has "
            f"{alone[rest[0]]:.3g}."
        )
    idle = [f"`{n}`" for n in alone if ahead(alone[n], naive.score) < 1]
    if idle:
        one = len(idle) == 1
        what = "has learned nothing by itself" if one else "have learned nothing each"
        found.append(
            f"`{output}`: {listing(idle)} {what}: {metric} no better than that of a "
            f"constant answer, {naive.score:.3g}."
        )
    return found
