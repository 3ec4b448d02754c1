"""Losses, and how their gradients are had."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Found:
    """Losses, and how their gradients are had.

    Args:
        losses: The losses, `(losses,)`, float32.
        extra: What else was computed, e.g. outputs.
        pull: Weights `(losses,)` in, the gradient of the weighted sum of the losses
            out: a tensor for each variable, zeros where no loss depends on it. Each
            call is one backward pass; the losses are computed once.
    """

    losses: Any
    extra: Any
    pull: Callable[[Any], list[Any]]
