"""`flags`: any number of labels that are each there or not (multi-label)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import keras
import numpy as np

from sensorium.nn.heads.base import focus, numbers
from sensorium.nn.heads.given_loss import described
from sensorium.nn.heads.labelled import LabelledHead
from sensorium.nn.present import Target
from sensorium.schema.types import Fraction, LossArgument, NonNegative, Positive


@keras.saving.register_keras_serializable("sensorium")
class Flags(LabelledHead):
    """Predicts for each flag whether it is set; the output is one logit for each.

    Labels are 0 or 1, `(rows, flags)`; a row with any NaN is an absent label. The loss
    is the binary cross-entropy `max(z, 0) - z y + log(1 + exp(-|z|))`, averaged over
    the flags. With label smoothing s, labels are `s / 2` and `1 - s / 2`.

    `loss="focal"` multiplies each flag's loss by `(1 - p) ** gamma`, with p the
    probability given to its label (Lin et al. 2017, arXiv 1708.02002, equation 4; no
    alpha). A loss of your own gets labels and logits, both `(rows, flags)`.

    Args:
        num_flags: Number of flags.
        loss: `crossentropy`, `focal`, or one of your own, as for `classification`.
        gamma: Of the focal loss, from 0 (the cross-entropy); `None` is 2.
        label_smoothing: Share of each label that is spread over yes and no.
        column: Column, or 0/1 columns, of the labels, for a recipe; `None` stands for
            the output's name.
        **settings: Those of `LabelledHead`: `weight`, `dropout`, `column`,
            `sample_weight` and `reads`; and Keras's `name`, `dtype` and `trainable`.
    """

    target: ClassVar[Target] = "flags"
    own_losses: ClassVar[tuple[str, ...]] = ("crossentropy", "focal")

    def __init__(
        self,
        num_flags: Positive | None = None,
        *,
        loss: Literal["crossentropy", "focal"] | LossArgument = "crossentropy",
        gamma: NonNegative | None = None,
        label_smoothing: Fraction = 0.0,
        column: str | Sequence[str] | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.column: Any = column
        self.num_flags = num_flags
        self.loss = described(loss, self.target)
        self.gamma = gamma
        self.label_smoothing = label_smoothing
        self.check_loss()

    def width(self) -> int:
        """Number of flags."""
        return int(self.need("num_flags"))

    def row_loss(self, labels: Any, outputs: Any) -> Any:
        """The loss of each row, `(rows,)`, averaged over its flags."""
        given = self.given_loss()
        if given:
            return given(labels, outputs)
        return keras.ops.mean(self._entropies(labels, outputs), axis=-1)

    def _entropies(self, labels: Any, outputs: Any) -> Any:
        ops = keras.ops
        share = self.label_smoothing
        goal = labels * (1.0 - share) + 0.5 * share
        if self.loss != "focal":
            positive = ops.maximum(outputs, 0.0) - outputs * goal
            return positive + ops.log1p(ops.exp(-ops.abs(outputs)))
        yes = focus(ops.sigmoid(-outputs), self.gamma) * ops.softplus(-outputs)
        no = focus(ops.sigmoid(outputs), self.gamma) * ops.softplus(outputs)
        return goal * yes + (1.0 - goal) * no

    def decode(self, outputs: Any) -> dict[str, np.ndarray]:
        """Returns `probability`, `(rows, flags)`, in float64."""
        logits = numbers(outputs)
        power = np.exp(-np.abs(logits))
        return {"probability": np.where(logits >= 0, 1.0, power) / (1.0 + power)}
