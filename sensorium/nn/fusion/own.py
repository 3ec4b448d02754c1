"""`own`: a function or Keras layer of the user's as a fusion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from sensorium.errors import DataError, Problem, RecipeError, sentence
from sensorium.nn.fusion.base import Fusion

_MADE_ROWS = 2  # rows of zeros that the function is tried with


@keras.saving.register_keras_serializable("sensorium")
class OwnFusion(Fusion):
    """Joins the inputs by a function of yours, which sees only what is there.

    The function takes a list of `(rows, width_i)` and the presence, boolean `(rows,
    inputs)`, and returns `(rows, width)`. Where an input is absent it gets zeros, and
    no gradient leaves it; a row with nothing present gets a learned vector instead of
    its answer. It should be written in `keras.ops` and treat every row by itself. The
    inputs come as the encoders made them, without normalisation.

    To be saved, and to be named in a document, it must be registered:
    `@keras.saving.register_keras_serializable("mine")`, and `function: mine>name`.

    Args:
        function: A function, a Keras layer, or the name under which one is registered.
            A registered layer class is made without arguments.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(self, function: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.function = function
        self.joins = _found(function) if isinstance(function, str) else function
        if not callable(self.joins):
            text = "expected a function, a Keras layer, or the name of one"
            problem = sentence("", text, function)
            raise RecipeError([Problem("OwnFusion.function", problem)])
        self.units: Any = None

    def build(self, inputs_shape: Any, presence_shape: Any = None) -> None:
        """Tries the function with rows of zeros, and makes its layers."""
        shapes = self.check_shapes(inputs_shape)
        self.units = self._tried(shapes)
        self.make_nothing(self.units)

    def call(self, inputs: Any, presence: Any, training: bool | None = None) -> Any:
        """Returns `(rows, width)`."""
        ops = keras.ops
        values = [values for values, _ in self.parts(inputs, presence)]
        shown = self.shown(inputs, presence)
        fused = ops.cast(self.joins(values, shown), self.compute_dtype)
        return self.or_nothing(fused, ops.any(shown, axis=1, keepdims=True))

    def compute_output_shape(
        self, inputs_shape: Any, presence_shape: Any = None, **kwargs: Any
    ) -> tuple[Any, ...]:
        """Returns `(rows, width)`."""
        if self.units is None:
            self.units = self._tried(self.check_shapes(inputs_shape))
        return (inputs_shape[0][0], self.units)

    def given_layers(self) -> dict[str, Any]:
        """The layer of the user's, if it is one; by its name here."""
        given = isinstance(self.joins, keras.layers.Layer)
        return {"function": self.joins} if given else {}

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments; Keras serialises the function."""
        config = keras.layers.Layer.get_config(self)
        saved = self.function
        if not isinstance(saved, str):
            saved = keras.saving.serialize_keras_object(saved)
        return {**config, "function": saved}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> OwnFusion:
        """Makes a fusion from what `get_config` returned."""
        function = config["function"]
        if not isinstance(function, str):
            function = keras.saving.deserialize_keras_object(function)
        return cls(**{**config, "function": function})

    def _tried(self, shapes: list[tuple[Any, ...]]) -> int:
        ops = keras.ops
        zeros = [
            ops.zeros((_MADE_ROWS, shape[-1]), self.compute_dtype) for shape in shapes
        ]
        found = self.joins(zeros, ops.ones((_MADE_ROWS, len(shapes)), "bool"))
        shape = tuple(getattr(found, "shape", ()))
        if len(shape) != 2 or shape[0] != _MADE_ROWS:
            given = [(_MADE_ROWS, shape[-1]) for shape in shapes]
            text = (
                f"expected one vector a row, ({_MADE_ROWS}, width), for inputs {given}"
            )
            fix = "The function must return (rows, width)."
            raise DataError(sentence(self.where(), text, shape or found, fix))
        return int(shape[1])


def _found(name: str) -> Callable[..., Any]:
    found = keras.saving.get_registered_object(name)
    if found is None:
        text = "nothing is registered under this name"
        fix = (
            "Put `@keras.saving.register_keras_serializable('mine')` before the "
            "function, import it first, and name it `mine>its_name`."
        )
        problem = sentence("", text, name, fix)
        raise RecipeError([Problem("OwnFusion.function", problem)])
    made: Callable[..., Any] = found() if isinstance(found, type) else found
    return made
