"""`align`: encoders of inputs that occur together learn to recognise each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sensorium.schema import Positive
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
        units: Width of the common space.
        **settings: As for `train`.
    """

    refuses = (
        "freeze",
        "outputs",
        "loss_weights",
        "adversarial",
        "balance",
        "input_balance",
        "monitor",
    )

    def __init__(
        self,
        inputs: Sequence[str],
        epochs: Positive | None = None,
        *,
        name: str = "align",
        units: Positive = 64,
        **settings: Any,
    ) -> None:
        super().__init__(epochs, name=name, **settings)
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
