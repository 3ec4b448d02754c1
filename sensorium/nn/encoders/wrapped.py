"""`Wrapped`: any Keras model or layer as an encoder."""

from __future__ import annotations

import math
from typing import Any

import keras

from sensorium.errors import DataError, sentence
from sensorium.nn.encoders.base import Encoder


@keras.saving.register_keras_serializable("sensorium")
class Wrapped(Encoder):
    """Gives a Keras model or layer the user's name, and one vector a row.

    An output of more than two axes, e.g. `(rows, time, width)`, is averaged over all
    axes but the first and last. The layer is used as it is: weights it has are kept.

    Args:
        layer: A Keras layer or model with one input and one output, built or not.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.layer = layer
        self.units = 0

    def build(self, input_shape: Any) -> None:
        """Builds the layer inside, if it is not built."""
        if not self.layer.built:
            self.layer.build(tuple(input_shape))
        self.units = int(self._inner_shape(input_shape)[-1])

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Returns `(rows, width)`."""
        takes_training = "training" in self.layer.call_signature_parameters
        kwargs = {"training": training} if takes_training else {}
        outputs = self.layer(inputs, **kwargs)
        axes = tuple(range(1, len(outputs.shape) - 1))
        return keras.ops.mean(outputs, axis=axes) if axes else outputs

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, int]:
        """Returns `(rows, width)`."""
        return (input_shape[0], int(self._inner_shape(input_shape)[-1]))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments; the layer is serialised by Keras."""
        config = keras.layers.Layer.get_config(self)
        return {**config, "layer": keras.saving.serialize_keras_object(self.layer)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Wrapped:
        """Makes a wrapped layer from what `get_config` returned."""
        inner = keras.saving.deserialize_keras_object(config["layer"])
        return cls(**{**config, "layer": inner})

    def _inner_shape(self, input_shape: Any) -> tuple[Any, ...]:
        shape = self.layer.compute_output_shape(tuple(input_shape))
        if not isinstance(shape, tuple) or not all(
            size is None or isinstance(size, int) for size in shape
        ):
            text = "an encoder has one output, a tensor with rows on its first axis"
            raise DataError(sentence(f"encoder `{self.name}`", text, shape))
        if len(shape) < 2 or shape[-1] is None or math.prod(shape[-1:]) < 1:
            text = "an encoder gives a vector of known width for each row"
            raise DataError(sentence(f"encoder `{self.name}`", text, shape))
        return shape
