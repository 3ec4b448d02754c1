"""`mmpareto`: fused and unimodal gradients of an encoder are made to agree."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.input_balance.base import InputBalance
from sensorium.nn.moment import Moment
from sensorium.schema.types import Fraction, NonNegative, PositiveFloat


@keras.saving.register_keras_serializable("sensorium")
class MMPareto(InputBalance):
    """Mixes the two gradients that an encoder gets, so that both losses fall.

    Wei and Hu 2024 (arXiv 2405.17730, algorithm 1). An encoder has a gradient of the
    fused losses and one of its own unimodal heads. Where they point the same way they
    are added; where they are at odds, twice their convex combination of least norm is
    taken. What is shorter than their sum is brought to its length, and everything is
    multiplied by `gain`. Fusion, trunk and heads follow the sum of the losses.

    With several outputs ours takes the sum of the fused gradients for one and that of
    the input's unimodal heads for the other. It costs one backward pass a head.

    Args:
        gain: What an encoder's gradient is multiplied by; it does nothing under Adam.
        weight: How much a unimodal head's loss counts in its encoder.
        dropout: Share of the rows, in [0, 1), for which each input is hidden from the
            fusion in training.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    steers = True
    needs_gradients = True

    def __init__(
        self,
        *,
        gain: PositiveFloat = 1.5,
        weight: NonNegative = 1.0,
        dropout: Fraction = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(weight=weight, dropout=dropout, **kwargs)
        self.gain = gain

    def part_weights(self, part: str, gram: Any, moment: Moment) -> Any:
        """How much each loss counts in an encoder, `(K,)`.

        Args:
            part: An input.
            gram: `(K, K)` products of the gradients on its encoder's weights.
            moment: The step.
        """
        own = {c[part] for c in self.groups.values() if part in c}
        if not own:
            return None
        ops = keras.ops
        alone = ops.convert_to_tensor([float(k in own) for k in range(self.count)])
        fused = 1.0 - alone  # heads of other inputs have no gradient here
        of_fused, of_alone = pareto(
            ops.sum(ops.outer(fused, fused) * gram),
            ops.sum(ops.outer(alone, alone) * gram),
            ops.sum(ops.outer(fused, alone) * gram),
            self.gain,
        )
        return fused * of_fused + alone * of_alone


def pareto(fused: Any, alone: Any, both: Any, gain: float = 1.5) -> tuple[Any, Any]:
    """Factors of the fused and of the unimodal gradient.

    Args:
        fused: The fused gradient's product with itself.
        alone: The unimodal gradient's product with itself.
        both: The product of the two.
        gain: What all is multiplied by.

    Returns:
        Two scalars; ones where a gradient is zero.
    """
    ops = keras.ops
    distance = fused + alone - 2.0 * both
    share = (alone - both) / ops.where(distance > 0, distance, 1.0)
    share = ops.where(both > 0, 0.5, ops.clip(share, 0.0, 1.0))
    first, second = 2.0 * share, 2.0 * (1.0 - share)
    square = (
        ops.square(first) * fused
        + ops.square(second) * alone
        + 2.0 * first * second * both
    )
    whole = fused + alone + 2.0 * both
    # Exactly opposite gradients leave nothing: there is no direction to stretch.
    stretched = ops.logical_and(whole > square, square > 1e-12 * (fused + alone))
    ratio = ops.where(stretched, whole, 1.0) / ops.where(stretched, square, 1.0)
    factor = gain * ops.sqrt(ratio)
    usual = ops.logical_and(fused > 0, alone > 0)
    return ops.where(usual, factor * first, 1.0), ops.where(usual, factor * second, 1.0)
