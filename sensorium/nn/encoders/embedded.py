"""`Embedded`: an input that comes encoded already."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.nn.encoders.base import Encoder
from sensorium.schema.types import Positive


@keras.saving.register_keras_serializable("sensorium")
class Embedded(Encoder):
    """Hands on what a frozen encoder made of an input earlier.

    It takes `(rows, units)`, or of an encoder that gives tokens `(rows, tokens,
    units + 1)`: the last entry of a token is 1 where it counts and 0 elsewhere.

    Args:
        units: Width of the encoding.
        tokens: Whether it gives tokens.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(self, units: Positive, *, tokens: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.gives_tokens = tokens
        self.has_tokens = tokens

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        config = keras.layers.Layer.get_config(self)
        return {**config, "units": self.units, "tokens": self.has_tokens}

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Returns the input as it is, `(rows, units)`."""
        return inputs

    def tokens(self, inputs: Any, training: bool | None = None) -> tuple[Any, Any]:
        """Returns the tokens, `(rows, tokens, units)`, and which of them count."""
        return inputs[..., :-1], inputs[..., -1] > 0.5

    def tokens_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Returns `(rows, tokens, units)`."""
        return (*input_shape[:-1], self.units)
