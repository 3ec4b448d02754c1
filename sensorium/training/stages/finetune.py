"""`finetune`: everything goes on learning, slowly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sensorium.schema import Positive, PositiveFloat
from sensorium.training.stage import Stage


class Finetune(Stage):
    """All parts learn at a low rate, after encoders were taught elsewhere.

    Args:
        epochs: As for `train`.
        name: What the history calls the stage.
        learning_rate: As for `train`, but lower where none is given.
        **settings: As for `train`.
    """

    def __init__(
        self,
        epochs: Positive | None = None,
        *,
        name: str = "finetune",
        learning_rate: PositiveFloat | Mapping[str, PositiveFloat] = 1e-4,
        **settings: Any,
    ) -> None:
        super().__init__(epochs, name=name, learning_rate=learning_rate, **settings)
