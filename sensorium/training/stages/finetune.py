"""`finetune`: everything goes on learning, slowly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sensorium.schema import Fraction, NonNegative, Positive, PositiveFloat
from sensorium.training.stage import Stage


class Finetune(Stage):
    """All parts learn at a low rate, after encoders were taught elsewhere.

    Args:
        epochs: As for `train`.
        name: What the history calls the stage.
        table: The table, or tables, to learn from; `None` is the recipe's `data`.
        freeze: Parts that do not learn.
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
        name: str = "finetune",
        table: str | Sequence[str] | None = None,
        freeze: Sequence[str] = (),
        outputs: Sequence[str] | None = None,
        loss_weights: Mapping[str, NonNegative] | None = None,
        batch_size: Positive | None = None,
        learning_rate: PositiveFloat | Mapping[str, PositiveFloat] = 1e-4,
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
