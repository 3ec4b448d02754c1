"""`late`: every input is answered for alone, then the answers are joined."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

import keras
import numpy as np

from sensorium.errors import DataError, near, sentence
from sensorium.nn.dense import dropout
from sensorium.nn.fusion.base import Fusion
from sensorium.nn.initializers import Uniform
from sensorium.schema.types import Fraction, Positive

_LOW = -1e9  # in float32
_LEAST = 1e-6
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
    - `stacking`: `log(sum_m w_m softmax(l_m))` with weights that sum to 1 over the
      inputs that are there, for each output its own, and for numbers `sum_m w_m l_m`
      (Wolpert 1992; Breiman 1996: weights from 0). They are 1 / n until a stage `stack`
      has learned them, on answers for rows that their member did not learn from; no
      gradient reaches them.

    Flags are treated as so many pairs of yes and no. Numbers, values and boxes are
    averaged in all three. Where a row has nothing, the heads answer for learned vectors
    in place of the inputs, all of them. What two inputs mean only together no late
    fusion can see.
    Cost: `units` for each input and output, and `sum_m d_m units` for projections.

    Args:
        units: Width that every input is projected to; `None` leaves inputs of one width
            as they are, and projects others to the widest.
        mode: How answers are joined: `logits`, `probabilities`, `product` or
            `stacking`.
        dropout: Share of units set to zero in training.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    late = True

    def __init__(
        self,
        units: Positive | None = None,
        *,
        mode: Literal[
            "logits", "probabilities", "product", "stacking"
        ] = "probabilities",
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
        if self.mode == "stacking":
            self.combination = self.add_weight(
                shape=(max(len(self.output_names), 1), len(shapes)),
                initializer="zeros",
                trainable=False,
                dtype="float32",
                autocast=False,
                name="combination",
            )

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

    def joiner(self, output: str) -> Any:
        return partial(self.combine, output=output)

    def combine(
        self, outputs: Any, presence: Any, target: str, output: str | None = None
    ) -> Any:
        ops = keras.ops
        if target not in _TARGETS:
            text = f"expected a target among {', '.join(_TARGETS)}"
            where, fix = self.where(), near(target, _TARGETS)
            raise DataError(sentence(where, text, target, fix))
        outputs = ops.cast(outputs, "float32")
        if self.mode == "stacking":
            logs = self._log_weights(output, _counted(presence))
            return stacked(outputs, logs, target)
        counted = ops.expand_dims(_counted(presence), -1)
        if target in ("number", "values", "box") or self.mode == "logits":
            return _mean(outputs, counted)
        if target == "category":
            return self._joined(ops.log_softmax(outputs, axis=-1), counted)
        yes = self._joined(ops.log_sigmoid(outputs), counted, single=True)
        return yes - self._joined(ops.log_sigmoid(-outputs), counted, single=True)

    def weights_by_input(
        self, inputs: Any = None, presence: Any = None
    ) -> dict[str, float | np.ndarray]:
        """The learned weights of `stacking`, where all inputs are there.

        Args:
            inputs: Not needed: the weights do not depend on the row.
            presence: Not needed.

        Returns:
            Input -> its share of 1; an array with the share in each output, in the
            order of `output_names`, where there are several.
        """
        if self.mode != "stacking":
            return super().weights_by_input()
        logits = np.asarray(keras.ops.convert_to_numpy(self.combination), "float64")
        shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        alone = len(shares) == 1
        return {
            name: float(share[0]) if alone else share
            for name, share in zip(self.names(shares.shape[1]), shares.T, strict=True)
        }

    def weigh(self, output: str, weights: Sequence[float]) -> None:
        """Sets the weights of `stacking` for an output.

        Args:
            output: Name of the output.
            weights: One from 0 for each input, in their order, not all 0.

        Raises:
            DataError: If there is no such output, or the weights are no weights.
        """
        given = np.asarray(weights, "float64")
        wanted, where = (self.combination.shape[1],), f"{self.where()}, `{output}`"
        if output not in self.output_names:
            fix = near(output, self.output_names)
            raise DataError(sentence(where, "there is no such output", fix=fix))
        if given.shape != wanted or not (given >= 0).all() or not given.sum() > 0:
            text = f"expected {wanted[0]} weights from 0, not all 0"
            raise DataError(sentence(where, text, list(weights)))
        held = np.array(keras.ops.convert_to_numpy(self.combination))
        shares = np.maximum(given / given.sum(), _LEAST)
        held[self.output_names.index(output)] = np.log(shares)
        self.combination.assign(held)

    def _log_weights(self, output: str | None, counted: Any) -> Any:
        """Logarithms of shares of 1 among the inputs that count, `(rows, inputs)`."""
        ops = keras.ops
        logits = ops.zeros_like(self.combination[0])
        if output in self.output_names:
            logits = self.combination[self.output_names.index(str(output))]
        return log_shares(logits, counted)

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


def stacked(outputs: Any, logs: Any, target: str) -> Any:
    """The answers of some members joined by weights.

    Args:
        outputs: `(rows, inputs, ...)`: logits of classes or flags, or numbers.
        logs: Logarithms of the weights, `(rows, inputs)`, whose sum is 1 in each row.
        target: What the answers are.

    Returns:
        `(rows, ...)`, of the same meaning.
    """
    ops = keras.ops
    logs = ops.reshape(logs, (-1, logs.shape[1], *[1] * (len(outputs.shape) - 2)))
    if target == "category":
        return ops.logsumexp(ops.log_softmax(outputs, axis=-1) + logs, axis=1)
    if target == "flags":
        yes = ops.logsumexp(ops.log_sigmoid(outputs) + logs, axis=1)
        return yes - ops.logsumexp(ops.log_sigmoid(-outputs) + logs, axis=1)
    shares = ops.exp(logs)
    return ops.sum(ops.where(shares > 0, shares * outputs, 0.0), axis=1)


def log_shares(logits: Any, counted: Any) -> Any:
    """Logarithms of shares of 1 among what counts, `(rows, inputs)`.

    Args:
        logits: Logarithms of weights, `(inputs,)`.
        counted: Which inputs count, at least one in each row, `(rows, inputs)`.
    """
    ops = keras.ops
    shown = ops.where(counted, logits, _LOW)
    return shown - ops.logsumexp(shown, axis=1, keepdims=True)


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
