"""`autoencode`: encoders learn to say enough to rebuild their input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from sensorium.schema import Positive
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
        loss: Of the reconstruction: `mse`, `mae` or `huber`.
        **settings: As for `train`.
    """

    refuses = ("freeze", "outputs", "loss_weights", "input_balance")

    def __init__(
        self,
        inputs: Sequence[str],
        epochs: Positive | None = None,
        *,
        name: str = "autoencode",
        loss: Literal["mse", "mae", "huber"] = "mse",
        **settings: Any,
    ) -> None:
        super().__init__(epochs, name=name, **settings)
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
