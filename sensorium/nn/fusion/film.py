"""`film`: one input says how the others are scaled and shifted."""

from __future__ import annotations

from typing import Any

import keras

from sensorium.errors import DataError, listing, near, sentence
from sensorium.nn.dense import dense, dropout
from sensorium.nn.fusion.base import Fusion, any_of, input_norm, present_mean_of
from sensorium.schema.types import Count, Fraction, Positive


@keras.saving.register_keras_serializable("sensorium")
class FiLMFusion(Fusion):
    """Scales and shifts what the inputs say, as one of them, the condition, decides.

    `z = (1 + gamma(c)) o h + beta(c)` with `[gamma; beta] = W norm(c) + b` and h the
    mean over the other inputs that are there of `W_m norm(h_m) + b_m`. Cost:
    `units (sum_m d_m + d_c)` a row. Without the condition `z = h`; without the others
    `z = beta(c)`; with nothing at all z is a learned vector.

    Perez et al. 2018 (arXiv 1709.07871, section 2.2), with `1 + gamma` as in their
    experiments: at the beginning the condition changes little and the signal passes.

    Args:
        units: Width of the output.
        condition: The input that decides: its name, or its number from 0.
        dropout: Share of units set to zero in training.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(
        self,
        units: Positive = 128,
        *,
        condition: str | Count = 0,
        dropout: Fraction = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.condition = condition
        self.dropout = dropout

    def build(self, inputs_shape: Any, presence_shape: Any = None) -> None:
        """Makes the layers for a list of input shapes."""
        shapes = self.check_shapes(inputs_shape)
        self.index = self._index(len(shapes))
        shape = shapes.pop(self.index)
        self.make_projections(shapes, self.units)
        policy = self.dtype_policy
        self.condition_norm = input_norm("condition_norm", shape, policy)
        self.film = dense(2 * self.units, name="film", dtype=policy)
        self.film.build(shape)
        self.make_nothing(self.units)
        self.drop = dropout(self.dropout, "drop", policy)

    def call(self, inputs: Any, presence: Any, training: bool | None = None) -> Any:
        """Returns `(rows, units)`."""
        ops = keras.ops
        parts = self.parts(inputs, presence)
        anything = any_of(parts)
        condition, known = parts.pop(self.index)
        film = self.film(self.condition_norm(condition))
        film = ops.where(known, film, ops.zeros_like(film))
        gamma, beta = film[:, : self.units], film[:, self.units :]
        fused = (1.0 + gamma) * self._content(parts) + beta
        return self.drop(self.or_nothing(fused, anything), training=training)

    def _content(self, parts: Any) -> Any:
        if not parts:
            return 0.0
        layers = zip(parts, self.norms, self.projections, strict=True)
        return present_mean_of(
            [(project(norm(values)), here) for (values, here), norm, project in layers]
        )

    def _index(self, count: int) -> int:
        names, given = self.names(count), self.condition
        if isinstance(given, int) and given < count:
            return given
        if given in names:
            return names.index(str(given))
        known = listing([f"`{name}`" for name in names], 12)
        text = f"expected the name of an input ({known}) or its number below {count}"
        fix = near(str(given), names)
        raise DataError(sentence(f"{self.where()}, `condition`", text, given, fix))
