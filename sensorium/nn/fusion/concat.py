"""`concat`: all inputs side by side, then a perceptron."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.dense import dense
from sensorium.nn.fusion.base import Fusion
from sensorium.nn.initializers import Uniform
from sensorium.schema.types import Count, Fraction, Positive


@keras.saving.register_keras_serializable("sensorium")
class ConcatFusion(Fusion):
    """Joins the inputs side by side, with their presence, and lets dense layers mix.

    `z = MLP([h_1; ...; h_M; p])`, of cost `(sum d_m + M) units` a row. Each input
    passes a layer normalisation, so that no encoder drowns the others (inputs narrower
    than 8 pass as they are: normalising would take away most of what they say). Where
    an input is absent a learned vector takes its place, and one entry for each input
    says whether it is there. The hidden layer matters: without one (`num_layers=0`) a
    linear layer is left, and no interaction between inputs can be learned.

    Args:
        units: Width of the output.
        num_layers: Number of dense layers; the second and later ones are residual. With
            0 there is one linear layer.
        dropout: Share of units set to zero in training, after each dense layer.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(
        self,
        units: Positive = 128,
        *,
        num_layers: Count = 1,
        dropout: Fraction = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.num_layers = num_layers
        self.dropout = dropout

    def build(self, inputs_shape: Any, presence_shape: Any = None) -> None:
        """Makes the layers for a list of input shapes."""
        shapes = self.check_shapes(inputs_shape)
        self.norms = self.make_norms(shapes)
        self.absent = [
            self.add_weight(
                shape=(shape[-1],), initializer=Uniform(0.05), name=f"absent_{index}"
            )
            for index, shape in enumerate(shapes)
        ]
        width = sum(shape[-1] for shape in shapes) + len(shapes)
        if self.num_layers == 0:
            self.linear = dense(self.units, name="linear", dtype=self.dtype_policy)
            self.linear.build((shapes[0][0], width))
        self.make_hidden(self.units, width)

    def call(self, inputs: Any, presence: Any, training: bool | None = None) -> Any:
        """Returns `(rows, units)`."""
        ops, dtype = keras.ops, self.compute_dtype
        joined = []
        parts = self.parts(inputs, presence)
        for (values, here), norm, absent in zip(
            parts, self.norms, self.absent, strict=True
        ):
            joined.append(ops.where(here, norm(values), ops.cast(absent, dtype)))
        joined.append(ops.cast(self.shown(inputs, presence), dtype))
        x = ops.concatenate(joined, axis=1)
        if self.num_layers == 0:
            x = self.linear(x)
        return self.hidden(x, training=training)
