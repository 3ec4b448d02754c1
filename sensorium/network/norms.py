"""How long the gradients of the outputs' losses are on what the outputs share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np

from sensorium.engine import engine
from sensorium.network.balanced import BalancedModel, any_label, computed, unrecorded
from sensorium.network.gradients import length_of, shared_indices


class GradientNorms:
    """Measures each loss's gradient on the shared part, without any weight.

    The network computes as in prediction, so that nothing of its state changes. The
    first call compiles a forward pass and a backward pass for each output, unless
    `begin` did.

    Args:
        network: A compiled network; who of its weights learns must not change any more.
        names: The outputs; by default all. Those that share nothing are left out.
    """

    def __init__(self, network: BalancedModel, names: Sequence[str] = ()) -> None:
        self.network = network
        self.names = tuple(
            name
            for name, head in network.heads.items()
            if head.labels_of is None and (not names or name in names)
        )
        self._look = engine().compiled_step(network, self._norms)

    def begin(self, batch: Any) -> Callable[[], None]:
        """Compiles for batches like one, beside the caller; gives how to wait for it.

        Args:
            batch: As one for the call.
        """
        return self._look.begin(batch)

    def __call__(self, batches: Sequence[Any]) -> dict[str, float]:
        """The norm by output, a mean over batches; NaN where no batch has labels.

        Args:
            batches: Inputs, labels and perhaps sample weights, as Keras takes them.
        """
        every = [self._look.call(batch)["norms"] for batch in batches]
        by_name = np.array([keras.ops.convert_to_numpy(found) for found in every]).T
        pairs = zip(self.names, by_name.tolist(), strict=True)
        return {name: _known_mean(found) for name, found in pairs}

    def _norms(self, data: Any) -> dict[str, Any]:
        """The outputs' norms in the order of their names, `(outputs,)`."""
        inputs, labels, shares = keras.utils.unpack_x_y_sample_weight(data)
        network, ops = self.network, keras.ops
        shared = [network.trainable_variables[i] for i in shared_indices(network)]
        given = network.output_losses.items()
        losses = {name: unrecorded(loss) for name, loss in given}
        compute = partial(computed, network, losses, inputs, labels, shares)
        found = engine().differentiate(partial(compute, training=False), shared)
        each = np.eye(found.losses.shape[0], dtype="float32")
        norms = []
        for index, name in enumerate(network.heads):
            if name not in self.names:
                continue
            norm = length_of(found.pull(each[index]))
            known = any_label(network.heads[name], found.extra, name)
            norms.append(ops.where(known, norm, float("nan")))
        return {"norms": ops.stack(norms)}


def _known_mean(numbers: Sequence[float]) -> float:
    known = [number for number in numbers if np.isfinite(number)]
    return float(np.mean(known)) if known else float("nan")
