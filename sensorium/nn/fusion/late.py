"""`late`: every input is answered for alone, then the answers are joined."""

from __future__ import annotations

from typing import Any, Literal

import keras

from sensorium.errors import DataError, near, sentence
from sensorium.nn.dense import dropout
from sensorium.nn.fusion.base import Fusion
from sensorium.nn.initializers import Uniform
from sensorium.schema.types import Fraction, Positive

_LOW = -1e9  # in float32
_TARGETS = ("category", "number", "flags", "values", "box")


@keras.saving.register_keras_serializable("sensorium")
class LateFusion(Fusion):
    """Gives every input a head of its own, and joins what the heads say.

    `call` returns `(rows, inputs, units)`; a network gives every slice its own output
    layer, and `combine` joins their outputs l_m over the inputs that are there, n of
    them:

    - `logits`: `sum_m l_m / n`.
    - `probabilities`: `log(sum_m softmax(l_m) / n)`, computed as a log-sum-exp.
    - `product`: `sum_m log softmax(l_m)`, then normalised: a product of experts with an
      even prior (Hinton 2002; Wu and Goodman 2018, arXiv 1802.05335, section 2.2).
      Experts that share what they know make it too sure.

    Flags are treated as so many pairs of yes and no. Numbers, values and boxes are
    averaged in all three. Where a row has nothing, the heads answer for learned vectors
    in place of the inputs, all of them. What two inputs mean only together no late
    fusion can see.
    Cost: `units` for each input and output, and `sum_m d_m units` for projections.

    Args:
        units: Width that every input is projected to; `None` leaves inputs of one width
            as they are, and projects others to the widest.
        mode: How answers are joined: `logits`, `probabilities` or `product`.
        dropout: Share of units set to zero in training.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    late = True

    def __init__(
        self,
        units: Positive | None = None,
        *,
        mode: Literal["logits", "probabilities", "product"] = "probabilities",
        dropout: Fraction = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units: Any = units
        self.mode = mode
        self.dropout = dropout

    def build(self, inputs_shape: Any, presence_shape: Any = None) -> None:
        """Makes the layers for a list of input shapes."""
        shapes = self.check_shapes(inputs_shape)
        width = self._width(shapes)
        same = all(shape[-1] == width for shape in shapes)
        self.projects = self.units is not None or not same
        if self.projects:
            self.make_projections(shapes, width)
        self.absent = self.add_weight(
            shape=(len(shapes), width), initializer=Uniform(0.05), name="absent"
        )
        self.drop = dropout(self.dropout, "drop", self.dtype_policy)

    def call(self, inputs: Any, presence: Any, training: bool | None = None) -> Any:
        """Returns one vector for each input, `(rows, inputs, units)`."""
        ops = keras.ops
        pairs = (self.projected if self.projects else self.parts)(inputs, presence)
        members = [
            ops.where(here, values, ops.cast(self.absent[index], values.dtype))
            for index, (values, here) in enumerate(pairs)
        ]
        return self.drop(ops.stack(members, axis=1), training=training)

    def compute_output_shape(
        self, inputs_shape: Any, presence_shape: Any = None, **kwargs: Any
    ) -> tuple[Any, ...]:
        """Returns `(rows, inputs, units)`."""
        return (inputs_shape[0][0], len(inputs_shape), self._width(inputs_shape))

    def combine(self, outputs: Any, presence: Any, target: str) -> Any:
        ops = keras.ops
        if target not in _TARGETS:
            text = f"expected a target among {', '.join(_TARGETS)}"
            where, fix = self.where(), near(target, _TARGETS)
            raise DataError(sentence(where, text, target, fix))
        outputs = ops.cast(outputs, "float32")
        counted = ops.expand_dims(_counted(presence), -1)
        if target in ("number", "values", "box") or self.mode == "logits":
            return _mean(outputs, counted)
        if target == "category":
            return self._joined(ops.log_softmax(outputs, axis=-1), counted)
        yes = self._joined(ops.log_sigmoid(outputs), counted, single=True)
        return yes - self._joined(ops.log_sigmoid(-outputs), counted, single=True)

    def _joined(self, logs: Any, counted: Any, single: bool = False) -> Any:
        """Log probabilities of the mean or the product of the members' ones."""
        ops = keras.ops
        if self.mode == "product":
            total = ops.sum(ops.where(counted, logs, ops.zeros_like(logs)), axis=1)
            return total if single else ops.log_softmax(total, axis=-1)
        number = ops.sum(ops.cast(counted, "float32"), axis=1)
        shown = ops.where(counted, logs, ops.full_like(logs, _LOW))
        return ops.logsumexp(shown, axis=1) - ops.log(number)

    def _width(self, shapes: Any) -> int:
        return self.units or max(int(shape[-1]) for shape in shapes)


def _counted(presence: Any) -> Any:
    """The inputs whose answers count: those that are there, or all if none is."""
    ops = keras.ops
    presence = ops.cast(presence, "bool")
    none = ops.logical_not(ops.any(presence, axis=1, keepdims=True))
    return ops.logical_or(presence, none)


def _mean(outputs: Any, counted: Any) -> Any:
    ops = keras.ops
    total = ops.sum(ops.where(counted, outputs, ops.zeros_like(outputs)), axis=1)
    return total / ops.sum(ops.cast(counted, "float32"), axis=1)
