"""What rules see of one step of training, and what may steer it besides a balance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Moment:
    """One step of training before the weights change.

    Args:
        names: The outputs, in the order of the losses.
        losses: Float32 `(K,)`, times the outputs' weights.
        known: Booleans `(K,)`: which losses are finite and have labels in this batch.
        inputs: What the network was given, by name, with `{name}/present`.
        outputs: The network's outputs, by name.
        labels: Labels for every output, absent ones too, by name.
        sample_weights: By output, or `None`.
    """

    names: tuple[str, ...]
    losses: Any
    known: Any
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    labels: Mapping[str, Any]
    sample_weights: Mapping[str, Any] | None = None


class Steering(Protocol):
    """What balances the inputs: it steers a step in three places.

    It is a `keras.layers.Layer`, built with `build(count)` where count is the tuple
    `(K,)`; what it remembers are weights of it that are not trainable.
    """

    needs_gradients: bool
    """Whether `part_weights` is asked: K backward passes a step."""

    def begin(self, network: Any) -> None:
        """Called once, before `build`, with the network that is compiled."""

    def loss_weights(self, moment: Moment) -> Any:
        """What the losses are multiplied by before the balance of losses sees them.

        Returns:
            `(K,)`, or `None` for ones.
        """

    def part_weights(self, part: str, gram: Any, moment: Moment) -> Any:
        """How much each loss's gradient counts in the weights of one encoder.

        Args:
            part: Name of an input.
            gram: `(K, K)` products of the gradients on this part's weights, each times
                all weights that its loss got so far; zeros where a loss is not known.
            moment: The step.

        Returns:
            `(K,)`, a factor for each of these gradients, or `None` for ones.
        """

    def update_scales(self, moment: Moment) -> Mapping[str, Any]:
        """By how much a part's change is multiplied, after the optimizer.

        Returns:
            Part -> scalar; parts that are left out change as the optimizer says.
        """

    def end_epoch(self) -> None:
        """Called outside of steps when an epoch is over."""
