"""What stands between token ids and a pretrained backbone, and after it."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.pooling import masked_mean


@keras.saving.register_keras_serializable("sensorium")
class TokenIds(keras.layers.Layer):
    """Turns a feature's ids into a backbone's: its own padding id, and what is there.

    Args:
        pad_id: The backbone's id of padding; in the input it has changed places with 0.
        **kwargs: Keras's own.
    """

    def __init__(self, pad_id: int = 0, **kwargs: Any) -> None:
        super().__init__(autocast=False, **kwargs)
        self.pad_id = pad_id

    def call(self, inputs: Any) -> tuple[Any, Any]:
        """Returns ids and mask, both int32 `(rows, length)`."""
        ops = keras.ops
        ids = ops.cast(inputs, "int32")
        there = ids != 0
        pad, zero = ops.full_like(ids, self.pad_id), ops.zeros_like(ids)
        own = ops.where(there, ops.where(ids == self.pad_id, zero, ids), pad)
        return own, ops.cast(there, "int32")

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, Any]:
        """Returns the input's shape twice."""
        return tuple(input_shape), tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments of the constructor."""
        return {**super().get_config(), "pad_id": self.pad_id}


@keras.saving.register_keras_serializable("sensorium")
class Masked(keras.layers.Layer):
    """Tells Keras which steps of a sequence are there; the values stay as they are."""

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Takes the sequence and the mask `(rows, length)`; returns the sequence."""
        return inputs[0]

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Returns the mask as booleans."""
        return keras.ops.cast(inputs[1], "bool")

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the sequence's shape."""
        return input_shape[0]


@keras.saving.register_keras_serializable("sensorium")
class SentenceVector(keras.layers.Layer):
    """The mean over the tokens that are there, of length 1 if that is asked.

    A row without tokens gives zeros.

    Args:
        normalize: Whether vectors are divided by their length.
        **kwargs: Keras's own.
    """

    def __init__(self, normalize: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.normalize = normalize

    def call(self, inputs: Any) -> Any:
        """Takes the sequence and the mask `(rows, length)`; returns `(rows, width)`."""
        ops = keras.ops
        mean = masked_mean(inputs[0], inputs[1] > 0)
        if not self.normalize:
            return mean
        square = ops.sum(ops.square(ops.cast(mean, "float32")), axis=-1, keepdims=True)
        return mean * ops.cast(ops.rsqrt(ops.maximum(square, 1e-24)), mean.dtype)

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, Any]:
        """Returns `(rows, width)`."""
        return input_shape[0][0], input_shape[0][-1]

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments of the constructor."""
        return {**super().get_config(), "normalize": self.normalize}
