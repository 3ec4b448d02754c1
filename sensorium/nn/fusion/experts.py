"""`experts`: each input has experts, and a gate picks among them for every row."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from sensorium.errors import DataError, sentence
from sensorium.nn.dense import dense, dropout
from sensorium.nn.fusion.base import Fusion, masked_softmax
from sensorium.schema.types import Fraction, NonNegative, Positive


@keras.saving.register_keras_serializable("sensorium")
class ExpertsFusion(Fusion):
    """Adds up the answers of experts, each for one input, as a gate weighs them.

    `z = sum_e g_e E_e(norm(h_m(e)))` with `E_e = relu(W_e h + b_e)` and `g =
    softmax(top_k(V [norm(h_1); ...; norm(h_M); p]))` over the experts whose input is
    there. With E = `num_experts` for each of M inputs a row costs `E units sum_m d_m +
    M E sum_m d_m`. A row with nothing present gets a learned vector.

    Shazeer et al. 2017 (arXiv 1701.06538, sections 2 and 4), without their noise. In
    training the loss gets `balance * sum_e f_e P_e / sum_e a_e^2` of Fedus et al. 2022
    (arXiv 2101.03961, equation 4), which keeps one expert from taking all rows: f is
    the share of rows in which the expert is first, P its mean gate, and a the share
    that even gates would give it, given which inputs are there (theirs is 1 / E). It
    counts in every batch, also where labels are absent.

    Args:
        units: Width of the output.
        num_experts: Experts for each input.
        top_k: How many experts answer for a row; `None` is all. All are computed.
        balance: Weight of the balancing loss.
        dropout: Share of units set to zero in training.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(
        self,
        units: Positive = 128,
        *,
        num_experts: Positive = 2,
        top_k: Positive | None = None,
        balance: NonNegative = 0.01,
        dropout: Fraction = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.num_experts = num_experts
        self.top_k = top_k
        self.balance = balance
        self.dropout = dropout

    def build(self, inputs_shape: Any, presence_shape: Any = None) -> None:
        """Makes the layers for a list of input shapes."""
        shapes = self.check_shapes(inputs_shape)
        experts = self.num_experts * len(shapes)
        if self.top_k is not None and self.top_k > experts:
            text = f"expected at most the number of experts, {experts}"
            where = f"{self.where()}, `top_k`"
            raise DataError(sentence(where, text, self.top_k))
        self.make_projections(shapes, self.num_experts * self.units, "relu")
        self.gate = dense(experts, name="gate", dtype=self.dtype_policy)
        self.gate.build((None, sum(shape[-1] for shape in shapes) + len(shapes)))
        self.make_nothing(self.units)
        self.drop = dropout(self.dropout, "drop", self.dtype_policy)

    def call(self, inputs: Any, presence: Any, training: bool | None = None) -> Any:
        """Returns `(rows, units)`."""
        ops = keras.ops
        normed, shown = self._normed(inputs, presence)
        shape = (-1, self.num_experts, self.units)
        answers = ops.concatenate(
            [
                ops.reshape(expert(values), shape)
                for values, expert in zip(normed, self.projections, strict=True)
            ],
            axis=1,
        )
        every, gates = self._gates(normed, shown)
        if training and self.balance:
            self.add_loss(self.balance * balance_loss(every, self._each(shown)))
        gates = ops.cast(ops.expand_dims(gates, -1), answers.dtype)
        fused = ops.sum(gates * answers, axis=1)
        fused = self.or_nothing(fused, ops.any(shown, axis=1, keepdims=True))
        return self.drop(fused, training=training)

    def weights_by_input(
        self, inputs: Any = None, presence: Any = None
    ) -> dict[str, float | np.ndarray]:
        normed, shown = self._normed(self.rows(inputs), presence)
        _, gates = self._gates(normed, shown)
        means = np.asarray(keras.ops.convert_to_numpy(keras.ops.mean(gates, axis=0)))
        by_input = means.reshape(len(normed), self.num_experts).sum(axis=1)
        names = self.names(len(normed))
        return dict(zip(names, map(float, by_input), strict=True))

    def _normed(self, inputs: Any, presence: Any) -> tuple[list[Any], Any]:
        """Normalised inputs, zeros where absent, and presence `(rows, inputs)`."""
        ops = keras.ops
        found = []
        parts = zip(self.parts(inputs, presence), self.norms, strict=True)
        for (values, here), norm in parts:
            clean = norm(values)
            found.append(ops.where(here, clean, ops.zeros_like(clean)))
        return found, self.shown(inputs, presence)

    def _each(self, shown: Any) -> Any:
        """Whether each expert's input is there, `(rows, experts)`."""
        return keras.ops.repeat(shown, self.num_experts, axis=1)

    def _gates(self, normed: list[Any], shown: Any) -> tuple[Any, Any]:
        """Gates in float32, `(rows, experts)`: of all experts, and of the top ones."""
        ops = keras.ops
        bits = ops.cast(shown, normed[0].dtype)
        logits = ops.cast(
            self.gate(ops.concatenate([*normed, bits], axis=1)), "float32"
        )
        here = self._each(shown)
        every = masked_softmax(logits, here)
        if self.top_k is None or self.top_k == every.shape[1]:
            return every, every
        least = ops.top_k(every, self.top_k)[0][:, -1:]
        chosen = ops.logical_and(here, every >= least)
        return every, masked_softmax(logits, chosen)


def balance_loss(gates: Any, here: Any) -> Any:
    """1 where all experts get the rows they could; more where few get most.

    Args:
        gates: Gates of all experts, `(rows, experts)`; zeros where not there.
        here: Whether each expert's input is there, boolean `(rows, experts)`.
    """
    ops = keras.ops
    here = ops.cast(here, "float32")
    rows = ops.maximum(ops.sum(ops.max(here, axis=1)), 1.0)
    even = here / ops.maximum(ops.sum(here, axis=1, keepdims=True), 1.0)
    first = ops.one_hot(ops.argmax(gates, axis=1), gates.shape[1]) * here
    chosen, mean = ops.sum(first, axis=0) / rows, ops.sum(gates, axis=0) / rows
    fair = ops.sum(even, axis=0) / rows
    least = ops.maximum(ops.sum(fair * fair), 1e-6)
    return ops.sum(ops.stop_gradient(chosen) * mean) / least
