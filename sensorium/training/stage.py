"""The declaration of a stage: for how long, how fast and by which optimizer."""

from __future__ import annotations

from typing import Any, Literal

from sensorium.schema import Declared, Fraction, Positive, PositiveFloat


class Stage(Declared):
    """One stage of training: all parts learn, on the recipe's table.

    The learning rate rises linearly over the first `warmup` of all steps and then
    falls by a half cosine to zero (`schedule="cosine"`) or stays (`"constant"`).
    Training stops when the loss on the validation rows has not improved for `patience`
    epochs, and the weights of the best epoch are kept; without validation rows the
    last weights are kept and `patience` has no effect. What is validated and kept are
    averages of the weights that fade over a twentieth of all steps, e.g. over two of 40
    epochs; they fit new rows better than the weights of one step (Polyak and Juditsky,
    1992; ours fade). `optimizer: {type: adam, use_ema: true, ema_momentum: 0.9}` sets
    how they fade, `use_ema: false` leaves them out; a Keras optimizer is taken as it
    is.

    Args:
        epochs: Most passes over the training rows, from 1.
        name: What the history calls the stage.
        batch_size: Rows a step; `None` chooses a power of two from 16 to 256, so that
            an epoch has at least about 40 steps.
        learning_rate: Peak learning rate.
        optimizer: A Keras optimizer's name, a mapping with `type` and its arguments,
            or a Keras optimizer. A `learning_rate` of its own, as every Keras object
            has one, replaces this stage's `learning_rate`, `warmup` and `schedule`.
        warmup: Share of all steps with a rising rate, in [0, 1).
        schedule: `cosine` or `constant`.
        patience: Epochs without improvement before training stops; `None` never stops
            early, but still keeps the best weights.
    """

    def __init__(
        self,
        epochs: Positive = 40,
        *,
        name: str = "main",
        batch_size: Positive | None = None,
        learning_rate: PositiveFloat = 1e-3,
        optimizer: Any = "adam",
        warmup: Fraction = 0.05,
        schedule: Literal["cosine", "constant"] = "cosine",
        patience: Positive | None = 8,
    ) -> None:
        self.epochs = epochs
        self.name = name
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.optimizer = optimizer
        self.warmup = warmup
        self.schedule = schedule
        self.patience = patience

    def rows_a_step(self, num_rows: int) -> int:
        """The batch size for a table of `num_rows` training rows."""
        if self.batch_size is not None:
            return self.batch_size
        target = max(num_rows // 40, 1)
        return int(min(256, max(16, 1 << (target.bit_length() - 1))))
