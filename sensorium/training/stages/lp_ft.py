"""`lp_ft`: probe first, then fine-tune."""

from __future__ import annotations

from typing import Any

from sensorium.schema import Positive, PositiveFloat
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
        probe_epochs: Most epochs of the first part, as for `train`.
        finetune_rate: Peak learning rate of the second part.
        **settings: As for `train`.
    """

    refuses = ("freeze",)

    def __init__(
        self,
        epochs: Positive | None = None,
        *,
        name: str = "lp_ft",
        probe_epochs: Positive | None = None,
        finetune_rate: PositiveFloat = 1e-4,
        **settings: Any,
    ) -> None:
        super().__init__(epochs, name=name, **settings)
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
