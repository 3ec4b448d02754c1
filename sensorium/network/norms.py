"""How long the gradients of the outputs' losses are on what the outputs share."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import keras
import numpy as np

from sensorium.engine import engine
from sensorium.network.balanced import BalancedModel, any_label, computed, unrecorded
from sensorium.network.gradients import shared_indices


class GradientNorms:
    """Measures each loss's gradient on the shared part, without any weight.

    The network computes as in prediction, so that nothing of its state changes. The
    first call compiles a forward pass and a backward pass for each output.

    Args:
        network: A compiled network whose optimizer is built.
        names: The outputs; by default all.
    """

    def __init__(self, network: BalancedModel, names: Sequence[str] = ()) -> None:
        self.network = network
        self.names = tuple(names or network.heads)
        self._look = engine().compiled_step(network, self._norms)

    def __call__(self, batches: Sequence[Any]) -> dict[str, float]:
        """The norm by output, a mean over batches; NaN where no batch has labels.

        Args:
            batches: Inputs, labels and perhaps sample weights, as Keras takes them.
        """
        every = [self._look(batch) for batch in batches]
        return {
            name: _known_mean([found[name] for found in every]) for name in every[0]
        }

    def _norms(self, data: Any) -> dict[str, Any]:
        inputs, labels, shares = keras.utils.unpack_x_y_sample_weight(data)
        network, ops = self.network, keras.ops
        shared = [network.trainable_variables[i] for i in shared_indices(network)]
        given = network.output_losses.items()
        losses = {name: unrecorded(loss) for name, loss in given}
        compute = partial(computed, network, losses, inputs, labels, shares)
        found = engine().differentiate(partial(compute, training=False), shared)
        each = np.eye(found.losses.shape[0], dtype="float32")
        norms = {}
        for index, name in enumerate(network.heads):
            if name not in self.names:
                continue
            if network.heads[name].labels_of is not None:  # it shares nothing
                continue
            gradients = found.pull(each[index])
            squares = [ops.sum(ops.square(ops.cast(g, "float32"))) for g in gradients]
            norm = ops.sqrt(sum(squares, ops.zeros(())))
            known = any_label(network.heads[name], found.extra, name)
            norms[name] = ops.where(known, norm, float("nan"))
        return norms


def _known_mean(values: Sequence[Any]) -> float:
    numbers = [float(keras.ops.convert_to_numpy(value)) for value in values]
    known = [number for number in numbers if np.isfinite(number)]
    return float(np.mean(known)) if known else float("nan")
