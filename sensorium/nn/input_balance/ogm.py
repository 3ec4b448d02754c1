"""`ogm`: the encoder that is ahead learns slower."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from sensorium.nn.input_balance.base import InputBalance
from sensorium.nn.moment import Moment
from sensorium.nn.present import clean
from sensorium.schema.types import Fraction, NonNegative, PositiveFloat

TINY = 1e-8


@keras.saving.register_keras_serializable("sensorium")
class OGM(InputBalance):
    """Slows the encoders down that know more about the labels than another.

    OGM of Peng et al. 2022 (arXiv 2203.15332, equations 8 to 10). In each step every
    input has a score, the probability of the right answer by its unimodal head, and a
    ratio, its score over the least of the others'. Where the ratio is above 1, the
    encoder changes by `1 - tanh(alpha * ratio)` of what the optimizer says.

    Ours differs in four ways. It multiplies the change after the optimizer: a factor of
    the gradient does nothing under Adam, which divides it out. It holds for all weights
    of an encoder, where the paper's code has it for convolutions alone. The scores come
    from heads of their own, where the paper splits a linear layer over joined
    encodings; for outputs that are no classes, a score is `exp(-loss)`. It adds no
    noise (GE).

    Args:
        alpha: How much is taken from an encoder that is ahead.
        weight: How much a unimodal head's loss counts in its encoder; as in the paper
            the heads only measure.
        dropout: Share of the rows, in [0, 1), for which each input is hidden from the
            fusion in training.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    steers = True

    def __init__(
        self,
        *,
        alpha: PositiveFloat = 0.5,
        weight: NonNegative = 0.0,
        dropout: Fraction = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(weight=weight, dropout=dropout, **kwargs)
        self.alpha = alpha

    def update_scales(self, moment: Moment) -> Mapping[str, Any]:
        """By how much the change of each encoder is multiplied.

        Args:
            moment: The step.
        """
        inputs = self.inputs
        if len(inputs) < 2:
            return {}
        found = [self._score(name, moment) for name in inputs]
        scores = keras.ops.stack([score for score, _ in found])
        known = keras.ops.stack([seen for _, seen in found])
        scales = modulated(scores, known, self.alpha)
        return {name: scales[place] for place, name in enumerate(inputs)}

    def _score(self, name: str, moment: Moment) -> tuple[Any, Any]:
        """An input's mean score over rows and outputs, and whether there is one."""
        ops = keras.ops
        total, count = ops.zeros(()), ops.zeros(())
        for copies in self.groups.values():
            if name in copies:
                head, output = self.heads[copies[name]], moment.names[copies[name]]
                rows, there = row_scores(
                    head, moment.labels[output], moment.outputs[output]
                )
                total = total + ops.sum(rows * there)
                count = count + ops.sum(there)
        return total / ops.maximum(count, 1.0), count > 0


def row_scores(head: Any, labels: Any, outputs: Any) -> tuple[Any, Any]:
    """The probability of the right answer in each row, and 1 where there is a label.

    Args:
        head: A head.
        labels: Its labels.
        outputs: Its outputs.
    """
    ops = keras.ops
    safe, outputs, present = clean(head.target, labels, outputs)
    there = ops.cast(present, "float32")
    if head.target == "category" and len(outputs.shape) == 2:
        chances = ops.softmax(outputs, axis=-1)
        right = ops.one_hot(safe, outputs.shape[-1], dtype="float32")
        return ops.sum(chances * right, axis=-1), there
    rows = ops.exp(-head.row_loss(safe, outputs))
    return ops.where(present, rows, ops.zeros_like(rows)), there


def modulated(scores: Any, known: Any, alpha: float) -> Any:
    """Factors of the encoders' changes, `(M,)`.

    Args:
        scores: The mean score of each input, `(M,)`.
        known: Booleans `(M,)`: which inputs have a score in this step.
        alpha: How much is taken.
    """
    ops = keras.ops
    size = scores.shape[0]
    others = ops.logical_and(
        ops.logical_not(ops.eye(size, dtype="bool")), ops.expand_dims(known, 0)
    )
    least = ops.min(ops.where(others, ops.expand_dims(scores, 0), 1e30), axis=1)
    ratio = scores / ops.maximum(least, TINY)
    ahead = ops.logical_and(known, ratio > 1.0)
    return ops.where(ahead, 1.0 - ops.tanh(alpha * ratio), ops.ones_like(ratio))
