"""`tensor`: all products of all inputs, then a dense layer."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.errors import DataError, sentence
from sensorium.nn.dense import dense, dropout
from sensorium.nn.fusion.base import Fusion
from sensorium.schema.types import Fraction, Positive

_MOST = 2**16


@keras.saving.register_keras_serializable("sensorium")
class TensorFusion(Fusion):
    """Multiplies every unit of every input with every unit of all others.

    `z = relu(W vec([1; h'_1] x ... x [1; h'_M]) + b)` with the outer product x and
    `h'_m = W_m norm(h_m) + b_m` of a small width. The 1 keeps the inputs themselves and
    the products of some of them. Cost: `units (width + 1)^M` a row, so for three or
    four inputs at most; `low_rank` does the same for more. Where an input is absent
    `h'_m` is zeros: what the others say stays.

    Zadeh et al. 2017 (TFN, arXiv 1707.07250, section 4.2). The projection to `width` is
    ours (theirs is the last layer of each encoder), and one dense layer stands for
    their two.

    Args:
        units: Width of the output.
        width: Width that every input is projected to before the product; `None` takes
            inputs as wide as they are.
        dropout: Share of units set to zero in training.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(
        self,
        units: Positive = 128,
        *,
        width: Positive | None = 8,
        dropout: Fraction = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.width = width
        self.dropout = dropout

    def build(self, inputs_shape: Any, presence_shape: Any = None) -> None:
        """Makes the layers for a list of input shapes."""
        shapes = self.check_shapes(inputs_shape)
        size = self._size(shapes)
        if self.width is None:
            self.norms = self.make_norms(shapes)
            self.projections = [None] * len(shapes)
        else:
            self.make_projections(shapes, self.width)
        self.mix = dense(self.units, "relu", name="mix", dtype=self.dtype_policy)
        self.mix.build((None, size))
        self.drop = dropout(self.dropout, "drop", self.dtype_policy)

    def call(self, inputs: Any, presence: Any, training: bool | None = None) -> Any:
        """Returns `(rows, units)`."""
        ops = keras.ops
        product: Any = None
        parts = self.parts(inputs, presence)
        for (values, here), norm, project in zip(
            parts, self.norms, self.projections, strict=True
        ):
            values = norm(values) if project is None else project(norm(values))
            clean = ops.where(here, values, ops.zeros_like(values))
            one = ops.concatenate([ops.ones_like(clean[:, :1]), clean], axis=1)
            product = one if product is None else _outer(product, one)
        return self.drop(self.mix(product), training=training)

    def _size(self, shapes: list[tuple[Any, ...]]) -> int:
        size = 1
        for shape in shapes:
            size *= (self.width or shape[-1]) + 1
        if size > _MOST:
            widths = " x ".join(str((self.width or shape[-1]) + 1) for shape in shapes)
            text = (
                f"the product of {len(shapes)} inputs has {widths} = {size:,} units, "
                f"more than {_MOST:,}"
            )
            fix = "Give a smaller `width`, or use `low_rank`, which grows with the sum."
            raise DataError(sentence(self.where(), text, shapes, fix))
        return size


def _outer(one: Any, two: Any) -> Any:
    """All products of the units of two, `(rows, width_1 * width_2)`."""
    ops = keras.ops
    product = ops.expand_dims(one, 2) * ops.expand_dims(two, 1)
    return ops.reshape(product, (-1, one.shape[1] * two.shape[1]))
