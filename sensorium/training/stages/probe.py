"""`probe`: only what stands on top of the encoders learns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sensorium.schema import Fraction, NonNegative, Positive, PositiveFloat
from sensorium.training.stage import Stage
from sensorium.training.step import Parts, Step


class Probe(Stage):
    """Freezes all encoders: fusion, trunk and heads learn on what the encoders say.

    Encodings of frozen encoders are computed once and kept, so that epochs cost
    little.

    Args:
        epochs: As for `train`.
        name: What the history calls the stage.
        table: The table, or tables, to learn from; `None` is the recipe's `data`.
        outputs: As for `train`.
        loss_weights: As for `train`.
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
        name: str = "probe",
        table: str | Sequence[str] | None = None,
        outputs: Sequence[str] | None = None,
        loss_weights: Mapping[str, NonNegative] | None = None,
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

    def steps(self, parts: Parts) -> list[Step]:
        """One step without the encoders."""
        parts = self.chosen(parts)
        learn = (*parts.joining, *parts.outputs)
        return [Step(self.name, self.plain(), parts.inputs, learn, parts.outputs)]
