"""`probe`: only what stands on top of the encoders learns."""

from __future__ import annotations

from typing import Any

from sensorium.schema import Positive
from sensorium.training.stage import Stage
from sensorium.training.step import Parts, Step


class Probe(Stage):
    """Freezes all encoders: fusion, trunk and heads learn on what the encoders say.

    Encodings of frozen encoders are computed once and kept, so that epochs cost
    little.

    Args:
        epochs: As for `train`.
        name: What the history calls the stage.
        **settings: As for `train`.
    """

    refuses = ("freeze", "adversarial", "input_balance")

    def __init__(
        self,
        epochs: Positive | None = None,
        *,
        name: str = "probe",
        **settings: Any,
    ) -> None:
        super().__init__(epochs, name=name, **settings)

    def steps(self, parts: Parts) -> list[Step]:
        """One step without the encoders."""
        parts = self.chosen(parts)
        learn = (*parts.joining, *parts.outputs)
        return [Step(self.name, self.plain(), parts.inputs, learn, parts.outputs)]
