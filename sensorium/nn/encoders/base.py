"""What every encoder does: one input in, one vector a row out."""

from __future__ import annotations

from typing import Any

from sensorium.errors import DataError, sentence
from sensorium.nn.layer import DeclaredLayer


class Encoder(DeclaredLayer):
    """Turns one input into vectors of shape `(rows, units)`.

    A subclass has a constructor of its own, `build(input_shape)` and `call(inputs,
    training=None)`. It treats every row by itself (no batch normalisation), and takes
    any values where a row is absent: the network puts zeros there.

    Args:
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    units: int
    gives_tokens: bool = False
    """Whether `tokens` can give a sequence, for fusions that attend to parts."""
    gives_scales: bool = False
    """Whether `scales` can give maps, for heads that answer pixel by pixel."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, int]:
        """Returns `(rows, units)`."""
        return (input_shape[0], self.units)

    def tokens(self, inputs: Any, training: bool | None = None) -> tuple[Any, Any]:
        """The encoding before it is pooled, where `gives_tokens` is true.

        Returns:
            Tokens, `(rows, tokens, units)`, and which of them count, boolean
            `(rows, tokens)`, or `None` where all do.
        """
        raise NotImplementedError

    def tokens_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Returns the shape of `tokens`, `(rows, tokens, units)`."""
        raise NotImplementedError

    def scales(self, inputs: Any, training: bool | None = None) -> list[Any]:
        """The maps that the encoding is made of, where `gives_scales` is true.

        Returns:
            Maps `(rows, height, width, channels)`, the finest first.
        """
        raise NotImplementedError

    def scales_shape(self, input_shape: Any) -> list[tuple[Any, ...]]:
        """Returns the shapes of `scales`."""
        raise NotImplementedError

    def from_scales(self, scales: Any, training: bool | None = None) -> Any:
        """Returns the encoding, `(rows, units)`, that these maps lead to."""
        raise NotImplementedError

    def need(self, argument: str) -> Any:
        """Returns an argument that the data give; raises `DataError` if nobody did."""
        value = getattr(self, argument)
        if value is None:
            text = f"`{type(self).__name__}` needs `{argument}` to be built"
            fix = f"Give `{argument}=`; a recipe takes it from the fitted feature."
            raise DataError(sentence(f"encoder `{self.name}`", text, fix=fix))
        return value

    def need_rank(self, input_shape: Any, rank: int, form: str) -> None:
        """Raises `DataError` unless the input has this rank and a known form."""
        if len(input_shape) != rank or None in tuple(input_shape)[1:]:
            raise DataError(
                sentence(
                    f"encoder `{self.name}`",
                    f"`{type(self).__name__}` takes an input of shape {form}",
                    tuple(input_shape),
                )
            )
