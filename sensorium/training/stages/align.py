"""`align`: encoders of inputs that occur together learn to recognise each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sensorium.schema import Fraction, Positive, PositiveFloat
from sensorium.training.stage import Stage
from sensorium.training.step import Parts, Step


class Align(Stage):
    """Teaches two or more encoders without labels, by which inputs belong together.

    CLIP's loss (Radford et al. 2021, section 2.3): in a batch, each input's encoding
    must be nearest to that of the other input of the same row. Both are projected by
    disposable layers. Rows that lack one of the inputs do not count.

    Args:
        inputs: Two or more inputs whose encoders learn.
        epochs: As for `train`.
        name: What the history calls the stage.
        table: The table, or tables, to learn from; `None` is the recipe's `data`.
        units: Width of the common space.
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
        inputs: Sequence[str],
        epochs: Positive | None = None,
        *,
        name: str = "align",
        table: str | Sequence[str] | None = None,
        units: Positive = 64,
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
            batch_size=batch_size,
            learning_rate=learning_rate,
            optimizer=optimizer,
            warmup=warmup,
            schedule=schedule,
            patience=patience,
            mixing=mixing,
            augment=augment,
        )
        self.inputs = inputs
        self.units = units

    def steps(self, parts: Parts) -> list[Step]:
        """One step: the encoders and their projections learn."""
        inputs = tuple(name for name in parts.inputs if name in self.inputs)
        step = Step(
            self.name,
            self.plain(),
            inputs,
            inputs,
            objective="alignment",
            units=self.units,
        )
        return [step]
