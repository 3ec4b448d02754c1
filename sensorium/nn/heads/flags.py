"""`flags`: any number of labels that are each there or not (multi-label)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import keras
import numpy as np

from sensorium.nn.heads.base import Head, numbers
from sensorium.nn.present import Target
from sensorium.schema.types import Fraction, NonNegative, Positive


@keras.saving.register_keras_serializable("sensorium")
class Flags(Head):
    """Predicts for each flag whether it is set; the output is one logit for each.

    Labels are 0 or 1, `(rows, flags)`; a row with any NaN is an absent label. The loss
    is the binary cross-entropy `max(z, 0) - z y + log(1 + exp(-|z|))`, averaged over
    the flags.

    Args:
        num_flags: Number of flags.
        loss: The only one so far.
        weight: Factor of this output's loss in the sum of all.
        dropout: Share of the fused units set to zero in training.
        column: Column, or 0/1 columns, of the labels, for a recipe; `None` stands for
            the output's name.
        reads: An input whose encoding alone the head sees; `None` is what the fusion
            made of all.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    target: ClassVar[Target] = "flags"

    def __init__(
        self,
        num_flags: Positive | None = None,
        *,
        loss: Literal["crossentropy"] = "crossentropy",
        weight: NonNegative = 1.0,
        dropout: Fraction = 0.0,
        column: str | Sequence[str] | None = None,
        reads: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.num_flags = num_flags
        self.loss = loss
        self.weight = weight
        self.dropout = dropout
        self.column = column
        self.reads = reads

    def width(self) -> int:
        """Number of flags."""
        return int(self.need("num_flags"))

    def row_loss(self, labels: Any, outputs: Any) -> Any:
        """The mean binary cross-entropy of each row, `(rows,)`."""
        ops = keras.ops
        positive = ops.maximum(outputs, 0.0) - outputs * labels
        return ops.mean(positive + ops.log1p(ops.exp(-ops.abs(outputs))), axis=-1)

    def decode(self, outputs: Any) -> dict[str, np.ndarray]:
        """Returns `probability`, `(rows, flags)`, in float64."""
        logits = numbers(outputs)
        power = np.exp(-np.abs(logits))
        return {"probability": np.where(logits >= 0, 1.0, power) / (1.0 + power)}
