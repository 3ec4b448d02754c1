"""`unfreeze`: encoders begin to learn from their last layers down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sensorium.schema import Fraction, NonNegative, Positive, PositiveFloat
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
        table: The table, or tables, to learn from; `None` is the recipe's `data`.
        outputs: As for `train`.
        loss_weights: As for `train`.
        groups: Groups that each encoder's layers are shared out to.
        decay: What the learning rate is divided by from a group to the one before it.
        batch_size: As for `train`.
        learning_rate: As for `train`.
        optimizer: As for `train`.
        warmup: As for `train`.
        schedule: As for `train`.
        patience: As for `train`.
        mixing: As for `train`.
        augment: As for `train`.
    """

    def __init__(  # noqa: PLR0913  # every setting of a stage
        self,
        epochs: Positive | None = None,
        *,
        name: str = "unfreeze",
        table: str | Sequence[str] | None = None,
        outputs: Sequence[str] | None = None,
        loss_weights: Mapping[str, NonNegative] | None = None,
        groups: Positive = 2,
        decay: PositiveFloat = 2.6,
        batch_size: Positive | None = None,
        learning_rate: PositiveFloat | Mapping[str, PositiveFloat] = 1e-3,
        optimizer: Any = "adam",
        warmup: Fraction = 0.05,
        schedule: Literal["cosine", "constant"] = "cosine",
        patience: Positive | None = 8,
        mixing: Literal["proportional", "equal", "round_robin"] = "proportional",
        augment: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        super().__init__(
            epochs,
            name=name,
            table=table,
            outputs=outputs,
            loss_weights=loss_weights,
            batch_size=batch_size,
            learning_rate=learning_rate,
            optimizer=optimizer,
            warmup=warmup,
            schedule=schedule,
            patience=patience,
            mixing=mixing,
            augment=augment,
        )
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
