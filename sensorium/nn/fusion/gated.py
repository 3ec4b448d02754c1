"""`gated`: gates made of all inputs say how much each counts, unit by unit."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from sensorium.nn.dense import dense, dropout
from sensorium.nn.fusion.base import Fusion, masked_softmax
from sensorium.schema.types import Fraction, Positive


@keras.saving.register_keras_serializable("sensorium")
class GatedFusion(Fusion):
    """Averages the inputs with weights that depend on the row.

    `z = sum_m g_m o h'_m` with `h'_m = tanh(W_m norm(h_m) + b_m)` and the gates
    `g = softmax_m(V_m [norm(h_1); ...; norm(h_M)] + c_m)`, a softmax over the inputs
    that are there in each unit. Cost: `M units sum_m d_m` a row, so it grows with the
    square of the number of inputs. A row with nothing present gets a learned vector.

    Arevalo et al. 2017 (GMU, arXiv 1702.01992, section 3.1): their gate of two inputs
    is the sigmoid of one logit, which is this softmax; for more inputs they use
    sigmoids that need not sum to 1, and say nothing of absent inputs. The layer
    normalisation is ours.

    Args:
        units: Width of the output.
        dropout: Share of units set to zero in training.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(
        self, units: Positive = 128, *, dropout: Fraction = 0.1, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.dropout = dropout

    def build(self, inputs_shape: Any, presence_shape: Any = None) -> None:
        """Makes the layers for a list of input shapes."""
        shapes = self.check_shapes(inputs_shape)
        self.make_projections(shapes, self.units, "tanh")
        self.gate = dense(
            len(shapes) * self.units, name="gate", dtype=self.dtype_policy
        )
        self.gate.build((None, sum(shape[-1] for shape in shapes)))
        self.make_nothing(self.units)
        self.drop = dropout(self.dropout, "drop", self.dtype_policy)

    def call(self, inputs: Any, presence: Any, training: bool | None = None) -> Any:
        """Returns `(rows, units)`."""
        ops = keras.ops
        normed, shown = self._normed(inputs, presence)
        contents = ops.stack(
            [
                project(values)
                for values, project in zip(normed, self.projections, strict=True)
            ],
            axis=1,
        )
        gates = ops.cast(self._gates(normed, shown), contents.dtype)
        fused = ops.sum(gates * contents, axis=1)
        fused = self.or_nothing(fused, ops.any(shown, axis=1, keepdims=True))
        return self.drop(fused, training=training)

    def weights_by_input(
        self, inputs: Any = None, presence: Any = None
    ) -> dict[str, float | np.ndarray]:
        normed, shown = self._normed(self.rows(inputs), presence)
        gates = keras.ops.mean(self._gates(normed, shown), axis=0)
        means = np.asarray(keras.ops.convert_to_numpy(gates))
        return dict(zip(self.names(len(means)), means, strict=True))

    def _normed(self, inputs: Any, presence: Any) -> tuple[list[Any], Any]:
        """Normalised inputs, zeros where absent, and presence `(rows, inputs)`."""
        ops = keras.ops
        parts = zip(self.parts(inputs, presence), self.norms, strict=True)
        found = []
        for (values, here), norm in parts:
            clean = norm(values)
            found.append(ops.where(here, clean, ops.zeros_like(clean)))
        return found, self.shown(inputs, presence)

    def _gates(self, normed: list[Any], shown: Any) -> Any:
        """Shares of 1 in float32, `(rows, inputs, units)`; zeros where absent."""
        ops = keras.ops
        logits = self.gate(ops.concatenate(normed, axis=1))
        logits = ops.cast(logits, "float32")
        logits = ops.reshape(logits, (-1, len(normed), self.units))
        here = ops.expand_dims(shown, -1)
        return masked_softmax(logits, here, axis=1)
