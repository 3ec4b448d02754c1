"""`lp_ft`: probe first, then fine-tune."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sensorium.schema import Fraction, NonNegative, Positive, PositiveFloat
from sensorium.training.stage import Stage
from sensorium.training.step import Parts, Step


class LPFT(Stage):
    """First only fusion and heads learn, then everything, at a low rate.

    Kumar et al. 2022 (arXiv 2202.10054), section 3: with heads that begin at random,
    fine-tuning spoils what encoders know before the heads are of use; heads that fit
    already leave the encoders near what they were.

    Args:
        epochs: As for `train`.
        name: What the history calls the stage.
        table: The table, or tables, to learn from; `None` is the recipe's `data`.
        outputs: As for `train`.
        loss_weights: As for `train`.
        probe_epochs: Most epochs of the first part, as for `train`.
        finetune_rate: Peak learning rate of the second part.
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
        name: str = "lp_ft",
        table: str | Sequence[str] | None = None,
        outputs: Sequence[str] | None = None,
        loss_weights: Mapping[str, NonNegative] | None = None,
        probe_epochs: Positive | None = None,
        finetune_rate: PositiveFloat = 1e-4,
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
        self.probe_epochs = probe_epochs
        self.finetune_rate = finetune_rate

    def steps(self, parts: Parts) -> list[Step]:
        """Two steps: without the encoders, and with them."""
        parts = self.chosen(parts)
        probe = self.plain(epochs=self.probe_epochs)
        finetune = self.plain(learning_rate=self.finetune_rate)
        top = (*parts.joining, *parts.outputs)
        both = parts.inputs, parts.outputs
        return [
            Step(f"{self.name} (probe)", probe, both[0], top, both[1]),
            Step(f"{self.name} (finetune)", finetune, both[0], parts.every, both[1]),
        ]
