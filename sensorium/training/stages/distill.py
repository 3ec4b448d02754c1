"""`distill`: all learn together while encoders stay near what they knew."""

from __future__ import annotations

from typing import Any

from sensorium.schema import Positive, PositiveFloat
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
        alpha: Weight of the distance.
        **settings: As for `train`.
    """

    def __init__(
        self,
        epochs: Positive | None = None,
        *,
        name: str = "distill",
        alpha: PositiveFloat = 1.0,
        **settings: Any,
    ) -> None:
        super().__init__(epochs, name=name, **settings)
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
