"""A multi-layer perceptron: the part that most encoders and fusions end in."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.dense import dense, dropout, layer_norm


@keras.saving.register_keras_serializable("sensorium")
class Perceptron(keras.layers.Layer):
    """A dense layer with ReLU, then residual blocks, each with dropout.

    The first layer is `relu(W x + b)`; each further one adds `W' relu(norm(h))` to its
    input, so that deeper ones start as good as shallow ones.

    Args:
        units: Width of every layer.
        num_layers: Number of layers, from 1.
        dropout: Share of units set to zero in training, after each layer.
        **kwargs: Keras's own.
    """

    def __init__(
        self, units: int, num_layers: int = 1, dropout: float = 0.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.num_layers = num_layers
        self.dropout = dropout

    def build(self, input_shape: Any) -> None:
        """Makes the layers for inputs of shape `(rows, width)`."""
        policy = self.dtype_policy
        self.first = dense(self.units, "relu", name="layer_1", dtype=policy)
        self.first.build(input_shape)
        self.first_dropout = dropout(self.dropout, "dropout_1", policy)
        self.norms, self.blocks, self.dropouts = [], [], []
        shape = (input_shape[0], self.units)
        for number in range(2, self.num_layers + 1):
            self.norms.append(layer_norm(f"norm_{number}", policy))
            self.blocks.append(dense(self.units, name=f"layer_{number}", dtype=policy))
            self.dropouts.append(dropout(self.dropout, f"dropout_{number}", policy))
            self.norms[-1].build(shape)
            self.blocks[-1].build(shape)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Returns `(rows, units)`."""
        x = self.first_dropout(self.first(inputs), training=training)
        parts = zip(self.norms, self.blocks, self.dropouts, strict=True)
        for norm, layer, drop in parts:
            x = x + drop(layer(keras.ops.relu(norm(x))), training=training)
        return x

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, int]:
        """Returns `(rows, units)`."""
        return (input_shape[0], self.units)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments of the constructor."""
        own = ("units", "num_layers", "dropout")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}
