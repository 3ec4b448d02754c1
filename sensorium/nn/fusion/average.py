"""`average`: a weighted mean of the inputs, with weights that can be read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import keras
import numpy as np

from sensorium.errors import DataError, listing, near, sentence
from sensorium.nn.fusion.base import Fusion, masked_softmax
from sensorium.schema.types import Count, Fraction, NonNegative, Positive


@keras.saving.register_keras_serializable("sensorium")
class AverageFusion(Fusion):
    """Averages the inputs with weights that are given or learned.

    `z = sum_m w_m h'_m` with `w = softmax(a)` over the inputs that are there, so that
    their weights always sum to 1. `a` is fixed (the logarithms of `input_weights`), or
    learned: one number for each input, or one for each input and unit. A row without an
    input of positive weight gets a learned vector. Cost: `M units` a row, and
    `sum_m d_m units` with projections.

    `h'_m` is the input itself where all inputs have one width and `units` is not given,
    and `W_m norm(h_m) + b_m` otherwise. Codes of encoders that were trained apart mean
    different things in the same unit: average those as they are only if you know
    better, and give `units` else.

    Args:
        units: Width that every input is projected to; `None` leaves inputs of one width
            as they are, and projects others to the widest.
        input_weights: A weight from 0 for each input, by name or in order; they are
            divided by their sum. `None` is the same for all. What `learned` starts
            from.
        learned: `input` learns a weight for each input, `dimension` one for each input
            and unit; `None` keeps `input_weights`.
        num_layers: Number of dense layers after the average; 0 is the bare formula.
        dropout: Share of units set to zero in training, after each dense layer.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(
        self,
        units: Positive | None = None,
        *,
        input_weights: Mapping[str, NonNegative] | Sequence[NonNegative] | None = None,
        learned: Literal["input", "dimension"] | None = None,
        num_layers: Count = 1,
        dropout: Fraction = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units: Any = units
        self.input_weights = input_weights
        self.learned = learned
        self.num_layers = num_layers
        self.dropout = dropout

    def build(self, inputs_shape: Any, presence_shape: Any = None) -> None:
        """Makes the layers for a list of input shapes."""
        shapes = self.check_shapes(inputs_shape)
        self.start = self._start(len(shapes))
        width = self._width(shapes)
        self.projects = self.units is not None or self._width(shapes, min) != width
        if self.projects:
            self.make_projections(shapes, width)
        if self.learned is not None:
            self._make_logits(len(shapes), width if self.learned == "dimension" else 1)
        self.make_nothing(width)
        self.make_hidden(width)

    def call(self, inputs: Any, presence: Any, training: bool | None = None) -> Any:
        """Returns `(rows, units)`."""
        ops = keras.ops
        pairs = (self.projected if self.projects else self.parts)(inputs, presence)
        values = ops.stack([values for values, _ in pairs], axis=1)
        counted = self._counted(self.shown(inputs, presence))
        shares = ops.cast(self._shares(counted), values.dtype)
        mean = ops.sum(ops.cast(counted, values.dtype) * shares * values, axis=1)
        mean = self.or_nothing(mean, ops.any(counted, axis=1))
        return self.hidden(mean, training=training)

    def compute_output_shape(
        self, inputs_shape: Any, presence_shape: Any = None, **kwargs: Any
    ) -> tuple[Any, ...]:
        """Returns `(rows, units)`."""
        return (inputs_shape[0][0], self._width(inputs_shape))

    def weights_by_input(
        self, inputs: Any = None, presence: Any = None
    ) -> dict[str, float | np.ndarray]:
        count = len(self.start)
        if presence is None:
            presence = np.ones((1, count), bool)
        counted = self._counted(keras.ops.convert_to_tensor(presence, dtype="bool"))
        shares = keras.ops.cast(counted, "float32") * self._shares(counted)
        means = np.asarray(keras.ops.convert_to_numpy(keras.ops.mean(shares, axis=0)))
        return {
            name: means[index]
            if self.learned == "dimension"
            else float(means[index, 0])
            for index, name in enumerate(self.names(count))
        }

    def _width(self, shapes: Any, choose: Any = max) -> int:
        return self.units or int(choose(shape[-1] for shape in shapes))

    def _make_logits(self, count: int, width: int) -> None:
        start = np.log(np.asarray(self.start, "float32"))[:, None]

        def begin(shape: Any, dtype: Any = None) -> Any:
            return keras.ops.convert_to_tensor(np.broadcast_to(start, shape), dtype)

        self.logits = self.add_weight(
            shape=(count, width), initializer=begin, name="logits"
        )

    def _counted(self, shown: Any) -> Any:
        """Inputs that are there and have a weight, `(rows, inputs, 1)`."""
        positive = np.asarray(self.start) > 0
        return keras.ops.expand_dims(keras.ops.logical_and(shown, positive), -1)

    def _shares(self, counted: Any) -> Any:
        """Weights that sum to 1 over the inputs counted, in float32."""
        ops = keras.ops
        if self.learned is None:
            shares = ops.cast(np.asarray(self.start, "float32")[:, None], "float32")
            weights = ops.cast(counted, "float32") * shares
            total = ops.sum(weights, axis=1, keepdims=True)
            return weights / ops.where(total > 0, total, ops.ones_like(total))
        logits = ops.cast(self.logits, "float32")
        shape = (len(self.start), self.logits.shape[1])
        return masked_softmax(logits + ops.zeros((1, *shape)), counted, axis=1)

    def _start(self, count: int) -> tuple[float, ...]:
        """The weights given, in order and with sum 1."""
        names = self.names(count)
        given = self.input_weights
        if given is None:
            given = [1.0] * count
        if isinstance(given, Mapping):
            given = [given[name] for name in self._checked(given, names)]
        where = f"{self.where()}, `input_weights`"
        if len(given) != count:
            text = f"expected a weight for each of {count} inputs ({listing(names)})"
            raise DataError(sentence(where, text, list(given)))
        total = math.fsum(given)
        if total <= 0 or (self.learned and min(given) <= 0):
            text = (
                "expected weights above 0 to learn from"
                if total > 0
                else ("expected at least one weight above 0")
            )
            raise DataError(sentence(where, text, list(given)))
        return tuple(float(weight) / total for weight in given)

    def _checked(self, given: Mapping[str, float], names: Sequence[str]) -> list[str]:
        where = f"{self.where()}, `input_weights`"
        for name in given:
            if name not in names:
                fix = near(name, names) or f"Known: {listing(names, 12)}."
                raise DataError(sentence(where, f"there is no input `{name}`", fix=fix))
        missing = [f"`{name}`" for name in names if name not in given]
        if missing:
            text = f"the input {listing(missing)} has no weight"
            raise DataError(sentence(where, text, fix="Give one, 0 to leave it out."))
        return list(names)
