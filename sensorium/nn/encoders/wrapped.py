"""`Wrapped`: any Keras model or layer as an encoder."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.errors import DataError, sentence
from sensorium.nn.encoders.base import Encoder
from sensorium.nn.encoders.bottleneck import refuse_reconstruction
from sensorium.nn.encoders.pooled import (
    Pool,
    Steps,
    pooled,
    pooled_shape,
    tokens_of,
    tokens_shape_of,
)


@keras.saving.register_keras_serializable("sensorium")
class Wrapped(Encoder):
    """Gives a Keras model or layer the user's name, and one vector a row.

    An output of more than two axes, e.g. `(rows, time, width)`, is pooled over all axes
    but the first and last, or given as tokens to a fusion that takes them. The layer is
    used as it is: weights it has are kept, and while its `trainable` is false it is
    called in inference mode.

    Args:
        layer: A Keras layer or model with one input and one output, built or not.
        pool: `average`, `max` or `flatten` makes one vector; `none` only tokens; `auto`
            averages where the fusion takes vectors and gives tokens where it can.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(self, layer: Any, *, pool: Pool = "auto", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.layer = layer
        self.pool = pool
        self.units = 0
        self.steps = Steps(name="steps")

    def build(self, input_shape: Any) -> None:
        """Builds the layer inside, if it is not built.

        Raises:
            DataError: If it gives no vector, or is a whole autoencoder.
        """
        self.check_layer()
        if not self.layer.built:
            self.layer.build(tuple(input_shape))
        shape = self._inner_shape(input_shape)
        self.gives_tokens = self.pool in ("auto", "none") and len(shape) > 2
        self.gives_scales = len(shape) == 4
        if isinstance(self.layer, Encoder):
            self.gives_tokens = self.layer.gives_tokens
            self.gives_scales = self.layer.gives_scales
        self.units = pooled_shape(shape, self._pool(), self._where())[1]

    def check_layer(self) -> None:
        """Raises `DataError` if the layer is a whole autoencoder."""
        refuse_reconstruction(self.layer, self._where())

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Returns `(rows, width)`."""
        outputs, mask = self._outputs(inputs, training)
        if self.pool == "none":
            pooled_shape(tuple(outputs.shape), "none", self._where())
        return pooled(outputs, self.pool, mask)

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, int]:
        """Returns `(rows, width)`."""
        shape = self._inner_shape(input_shape)
        return pooled_shape(shape, self._pool(), self._where())

    def tokens(self, inputs: Any, training: bool | None = None) -> tuple[Any, Any]:
        """Returns `(rows, T, width)` and which of them are there, or `None`."""
        if isinstance(self.layer, Encoder):
            return self.layer.tokens(inputs, training=self._mode(training))
        outputs, mask = self._outputs(inputs, training)
        return tokens_of(outputs), mask

    def tokens_shape(self, input_shape: Any) -> tuple[Any, Any, Any]:
        """Returns `(rows, T, width)`."""
        if isinstance(self.layer, Encoder):
            return self.layer.tokens_shape(input_shape)
        return tokens_shape_of(self._inner_shape(input_shape))

    def scales(self, inputs: Any, training: bool | None = None) -> list[Any]:
        """The maps of an encoder of ours, or the one map that a Keras model gives."""
        if isinstance(self.layer, Encoder):
            return self.layer.scales(inputs, training=self._mode(training))
        return [self._outputs(inputs, training)[0]]

    def scales_shape(self, input_shape: Any) -> list[tuple[Any, ...]]:
        """Returns `(rows, height, width, channels)` of each map."""
        if isinstance(self.layer, Encoder):
            return self.layer.scales_shape(input_shape)
        return [self._inner_shape(input_shape)]

    def from_scales(self, scales: Any, training: bool | None = None) -> Any:
        """Returns `(rows, width)`, as `call` gives it."""
        if isinstance(self.layer, Encoder):
            return self.layer.from_scales(scales, training=self._mode(training))
        return pooled(scales[-1], self._pool())

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments; the layer is serialised by Keras."""
        config = keras.layers.Layer.get_config(self)
        layer = keras.saving.serialize_keras_object(self.layer)
        return {**config, "layer": layer, "pool": self.pool}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Wrapped:
        """Makes a wrapped layer from what `get_config` returned."""
        inner = keras.saving.deserialize_keras_object(config["layer"])
        return cls(**{**config, "layer": inner})

    def _outputs(self, inputs: Any, training: bool | None) -> tuple[Any, Any]:
        takes_training = "training" in self.layer.call_signature_parameters
        kwargs = {"training": self._mode(training)} if takes_training else {}
        outputs: tuple[Any, Any] = self.steps(self.layer(inputs, **kwargs))
        return outputs

    def _mode(self, training: bool | None) -> bool | None:
        return training if self.layer.trainable else False

    def _pool(self) -> Pool:
        # Whether the fusion takes tokens is the network's to know.
        return "average" if self.pool == "none" else self.pool

    def _where(self) -> str:
        return f"encoder `{self.name}`"

    def _inner_shape(self, input_shape: Any) -> tuple[Any, ...]:
        shape = self.layer.compute_output_shape(tuple(input_shape))
        if not isinstance(shape, tuple) or not all(
            size is None or isinstance(size, int) for size in shape
        ):
            text = "an encoder has one output, a tensor with rows on its first axis"
            raise DataError(sentence(self._where(), text, shape))
        return shape


def unwrapped(encoder: Any) -> Any:
    """The encoder of ours inside a wrapping that only renames it; else what came."""
    while isinstance(encoder, Wrapped) and isinstance(encoder.layer, Encoder):
        encoder = encoder.layer
    return encoder
