"""`unfreeze`: encoders begin to learn from their last layers down."""

from __future__ import annotations

from typing import Any

from sensorium.schema import Positive, PositiveFloat
from sensorium.training.stage import Stage
from sensorium.training.step import Parts, Step


class Unfreeze(Stage):
    """First fusion and heads learn, then encoders too, group after group of layers.

    Gradual unfreezing with discriminative learning rates (ULMFiT, Howard and Ruder
    2018, sections 3.2 and 3.3): each group learns `decay` times more slowly than the
    one after it. There a group is a layer and joins every epoch; here an encoder's
    layers are shared out to `groups` and each of `groups + 1` steps has `epochs`.

    Args:
        epochs: As for `train`.
        name: What the history calls the stage.
        groups: Groups that each encoder's layers are shared out to.
        decay: What the learning rate is divided by from a group to the one before it.
        **settings: As for `train`.
    """

    refuses = ("freeze",)

    def __init__(
        self,
        epochs: Positive | None = None,
        *,
        name: str = "unfreeze",
        groups: Positive = 2,
        decay: PositiveFloat = 2.6,
        **settings: Any,
    ) -> None:
        super().__init__(epochs, name=name, **settings)
        self.groups = groups
        self.decay = decay

    def steps(self, parts: Parts) -> list[Step]:
        """One step without the encoders, then one more for each group."""
        parts = self.chosen(parts)
        top = (*parts.joining, *parts.outputs)
        return [
            Step(
                f"{self.name} ({count} of {self.groups} groups)",
                self.plain(),
                parts.inputs,
                parts.every if count else top,
                parts.outputs,
                groups=(count, self.groups),
                decay=self.decay,
            )
            for count in range(self.groups + 1)
        ]
