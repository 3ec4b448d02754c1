"""Modality dropout: inputs that are there are treated as absent now and then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from sensorium.nn.layer import DeclaredLayer
from sensorium.schema.types import Fraction


@keras.saving.register_keras_serializable("sensorium")
class InputDropout(DeclaredLayer):
    """Hides inputs in training, row by row, so that the others learn to do without.

    ModDrop (Neverova et al. 2016, arXiv 1501.00102): each input of a row is hidden with
    its own probability. A hidden input is an absent one: the fusion puts there what it
    puts for absent inputs in prediction. At least one of the inputs that a row has is
    kept; where all were drawn, one of them chosen evenly stays (the paper drops whole
    inputs of a batch and says nothing of this case). In prediction nothing is hidden.

    Args:
        rates: Share of rows, in [0, 1), for every input by name, in their order.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(self, rates: Mapping[str, Fraction], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rates = rates
        if any(rates.values()):
            self.seed_generator = keras.random.SeedGenerator()

    def call(self, presence: Any, training: bool | None = None) -> Any:
        """Takes and returns presence, boolean `(rows, inputs)`."""
        shares = list(self.rates.values())
        if not training or not any(shares):
            return presence
        ops = keras.ops
        rates = ops.convert_to_tensor(shares, dtype="float32")
        draws = keras.random.uniform(ops.shape(presence), seed=self.seed_generator)
        kept = ops.logical_and(presence, draws >= rates)
        # Where all were drawn every draw is below its rate: the quotient is uniform.
        even = ops.where(presence, draws / ops.maximum(rates, 1e-7), -1.0)
        last = ops.one_hot(ops.argmax(even, axis=1), len(shares), dtype="bool")
        none = ops.logical_not(ops.any(kept, axis=1, keepdims=True))
        rescued = ops.logical_and(ops.logical_and(none, last), presence)
        return ops.logical_or(kept, rescued)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the presence."""
        return input_shape


def by_input(rates: Any, inputs: Mapping[str, Any]) -> dict[str, float]:
    """A share for every input.

    Args:
        rates: One for all, or by name; inputs that are not named get 0.
        inputs: The network's inputs by name.
    """
    if isinstance(rates, Mapping):
        return {name: float(rates.get(name, 0.0)) for name in inputs}
    return dict.fromkeys(inputs, float(rates))
