"""`concat`: all inputs side by side, then a perceptron."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.dense import layer_norm
from sensorium.nn.fusion.base import Fusion
from sensorium.nn.initializers import Uniform
from sensorium.nn.perceptron import Perceptron
from sensorium.schema.types import Fraction, Positive

_NARROW = 8


@keras.saving.register_keras_serializable("sensorium")
class ConcatFusion(Fusion):
    """Joins the inputs side by side, with their presence, and lets dense layers mix.

    Each input passes a layer normalisation, so that no encoder drowns the others
    (inputs narrower than 8 pass as they are: normalising would take away most of what
    they say). Where an input is absent a learned vector takes its place, and one entry
    for each input says whether it is there. The hidden layer matters: without one, no
    interaction between inputs can be learned.

    Args:
        units: Width of the output.
        num_layers: Number of dense layers; the second and later ones are residual.
        dropout: Share of units set to zero in training, after each dense layer.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(
        self,
        units: Positive = 128,
        *,
        num_layers: Positive = 1,
        dropout: Fraction = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.num_layers = num_layers
        self.dropout = dropout

    def build(self, inputs_shape: Any, presence_shape: Any = None) -> None:
        """Makes the layers for a list of input shapes."""
        policy = self.dtype_policy
        self.norms, self.absent = [], []
        for index, shape in enumerate(inputs_shape):
            self.norms.append(_norm(f"norm_{index}", shape, policy))
            absent = self.add_weight(
                shape=(shape[-1],), initializer=Uniform(0.05), name=f"absent_{index}"
            )
            self.absent.append(absent)
        self.hidden = Perceptron(
            self.units, self.num_layers, self.dropout, name="hidden", dtype=policy
        )
        width = sum(shape[-1] for shape in inputs_shape) + len(inputs_shape)
        self.hidden.build((inputs_shape[0][0], width))

    def call(self, inputs: Any, presence: Any, training: bool | None = None) -> Any:
        """Returns `(rows, units)`."""
        ops, dtype = keras.ops, self.compute_dtype
        joined = []
        parts = self.parts(inputs, presence)
        for (values, here), norm, absent in zip(
            parts, self.norms, self.absent, strict=True
        ):
            joined.append(ops.where(here, norm(values), ops.cast(absent, dtype)))
        joined.append(ops.cast(presence, dtype))
        return self.hidden(ops.concatenate(joined, axis=1), training=training)


def _norm(name: str, shape: Any, policy: Any) -> Any:
    wide = shape[-1] >= _NARROW
    layer = layer_norm(name, policy) if wide else keras.layers.Identity(name=name)
    layer.build(shape)
    return layer
