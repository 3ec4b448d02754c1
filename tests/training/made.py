"""A network that trains in a second, and rows for it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from sensorium.network import Network, join
from sensorium.nn.encoders import MLP, Embedding
from sensorium.nn.fusion import Concat
from sensorium.nn.heads import Classification, Regression
from sensorium.training.dataset import LABEL, EncodedBatches

WEIGHT = 0.5


def small_network(seed: int = 0, dropout: float = 0.0) -> Network:
    """Two inputs and two outputs, `price` with half the weight of `sold`."""
    network = join(
        {
            "facts": MLP(8, num_layers=1, dropout=dropout),
            "kind": Embedding(8, num_categories=[5], embedding_dim=4, dropout=dropout),
        },
        Concat(8, dropout=dropout),
        {"sold": Classification(2), "price": Regression(weight=WEIGHT)},
        seed=seed,
    )
    return network.build_from({"facts": ((3,), "float32"), "kind": ((1,), "int32")})


def rows(count: int = 48, seed: int = 0, strength: float = 1.0) -> dict[str, Any]:
    """Encoded rows whose labels follow from the inputs.

    Args:
        count: How many.
        seed: Another seed gives other rows.
        strength: The price follows the facts this much.
    """
    draw = np.random.default_rng(seed)
    facts = draw.normal(size=(count, 3)).astype("float32")
    present = draw.random(count) < 0.8
    return {
        "facts": facts,
        "kind": draw.integers(0, 5, (count, 1)).astype("int32"),
        "kind/present": present,
        f"{LABEL}sold": (facts[:, 0] > 0).astype("int32"),
        f"{LABEL}price": (strength * facts[:, 1]).astype("float32"),
    }


def batches(arrays: Any, batch_size: int = 16, **arguments: Any) -> EncodedBatches:
    return EncodedBatches(arrays, batch_size=batch_size, **arguments)


def inputs_of(arrays: dict[str, Any]) -> dict[str, np.ndarray]:
    """The inputs alone."""
    return {name: a for name, a in arrays.items() if not name.startswith(LABEL)}


class Watch(keras.callbacks.Callback):
    """Keeps what every epoch ended with."""

    def __init__(self) -> None:
        super().__init__()
        self.epochs: list[int] = []
        self.weights: list[list[np.ndarray]] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epochs.append(epoch)
        self.weights.append(self.model.get_weights())


def same(one: list[np.ndarray], two: list[np.ndarray]) -> bool:
    """Whether all weights are equal to the last bit."""
    return all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
