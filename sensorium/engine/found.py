"""What engines give: losses with their gradients, and steps that only look."""

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


@dataclass(frozen=True)
class Look:
    """A step that only looks: what it computes from a batch, compiled.

    Args:
        call: A batch in, tensors by name out.
        begin: Compiles the step for batches like one, on another thread where the
            backend can; gives a function that waits for its end. It needs not be
            called, and what goes wrong in it is told by `call`.
    """

    call: Callable[[Any], dict[str, Any]]
    begin: Callable[[Any], Callable[[], None]]


def nothing_to_wait_for() -> None:
    """The end of what is not done beside the caller."""
