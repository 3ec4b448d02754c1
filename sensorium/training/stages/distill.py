"""`distill`: all learn together while encoders stay near what they knew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sensorium.schema import Fraction, NonNegative, Positive, PositiveFloat
from sensorium.training.stage import Stage
from sensorium.training.step import Parts, Step


class Distill(Stage):
    """Everything learns, and each encoder is held near what it was before the stage.

    UMT (Du et al. 2023, arXiv 2305.01233, section 4): to the heads' losses comes
    `alpha` times the squared distance of each input's encoding from that of its
    unimodal teacher, which is the same encoder as the stage finds it, frozen. The
    distance is divided by the width, so that `alpha` means the same for all widths
    (the paper sums it).

    Args:
        epochs: As for `train`.
        name: What the history calls the stage.
        table: The table, or tables, to learn from; `None` is the recipe's `data`.
        freeze: Parts that do not learn.
        outputs: As for `train`.
        loss_weights: As for `train`.
        alpha: Weight of the distance.
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
        name: str = "distill",
        table: str | Sequence[str] | None = None,
        freeze: Sequence[str] = (),
        outputs: Sequence[str] | None = None,
        loss_weights: Mapping[str, NonNegative] | None = None,
        alpha: PositiveFloat = 1.0,
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
            freeze=freeze,
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
        self.alpha = alpha

    def steps(self, parts: Parts) -> list[Step]:
        """One step with the teachers' encodings as further labels."""
        parts = self.chosen(parts)
        step = Step(
            self.name,
            self.plain(),
            parts.inputs,
            self.learning(parts),
            parts.outputs,
            objective="distillation",
            alpha=self.alpha,
        )
        return [step]
