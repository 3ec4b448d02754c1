"""`autoencode`: encoders learn to say enough to rebuild their input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sensorium.schema import Fraction, Positive, PositiveFloat
from sensorium.training.stage import Stage
from sensorium.training.step import Parts, Step


class Autoencode(Stage):
    """Teaches encoders without labels: a disposable decoder rebuilds each input.

    Every input is rebuilt from its own encoding, whose width is the bottleneck; what
    was not observed does not count. Inputs that are numbers, vectors, signals or
    images can be rebuilt.

    Args:
        inputs: The inputs whose encoders learn.
        epochs: As for `train`.
        name: What the history calls the stage.
        table: The table, or tables, to learn from; `None` is the recipe's `data`.
        loss: Of the reconstruction: `mse`, `mae` or `huber`.
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
        name: str = "autoencode",
        table: str | Sequence[str] | None = None,
        loss: Literal["mse", "mae", "huber"] = "mse",
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
        self.loss = loss

    def steps(self, parts: Parts) -> list[Step]:
        """One step: the encoders and their decoders learn."""
        inputs = tuple(name for name in parts.inputs if name in self.inputs)
        heads = {
            f"{name}_rebuilt": {
                "type": "reconstruction",
                "of": name,
                "reads": name,
                "loss": self.loss,
            }
            for name in inputs
        }
        return [Step(self.name, self.plain(), inputs, inputs, heads=heads)]
