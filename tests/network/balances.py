"""A small network, rows for it, and rules whose weights are known beforehand."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from sensorium.network import Network, join
from sensorium.nn.balance import Balance
from sensorium.nn.balance.base import only_known
from sensorium.nn.encoders import MLP
from sensorium.nn.fusion import Concat
from sensorium.nn.heads import Classification, Regression

SHAPES = {"facts": ((3,), "float32"), "more": ((2,), "float32")}


def small(seed: int = 0, dropout: float = 0.0) -> Network:
    """Two inputs and two outputs, `price` with half the weight of `sold`."""
    network = join(
        {
            "facts": MLP(4, num_layers=1, dropout=dropout),
            "more": MLP(4, num_layers=1, dropout=dropout),
        },
        Concat(4, dropout=dropout),
        {
            "sold": Classification(2, dropout=dropout),
            "price": Regression(weight=0.5, dropout=dropout),
        },
        seed=seed,
    )
    return network.build_from(SHAPES)


def rows(count: int = 32, seed: int = 0) -> tuple[dict[str, Any], dict[str, Any]]:
    draw = np.random.default_rng(seed)
    x = {
        name: draw.normal(size=(count, *shape)).astype("float32")
        for name, (shape, _) in SHAPES.items()
    }
    sold = (x["facts"][:, 0] > 0).astype("int32")
    return x, {"sold": sold, "price": (3 * x["more"][:, 0]).astype("float32")}


def array(tensor: Any) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def learn(network: Network, x: Any, y: Any, epochs: int = 1, **arguments: Any) -> Any:
    """Trains without shuffling, in batches of 16; gives what each epoch told."""
    given = {"batch_size": 16, "epochs": epochs, "shuffle": False, "verbose": 0}
    return network.fit(x, y, **{**given, **arguments}).history


@keras.saving.register_keras_serializable("tests")
class Constant(Balance):
    """The same weights in every step; counts the steps in which each is known."""

    def __init__(self, first: float = 2.0, second: float = 3.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.first = first
        self.second = second

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        self.seen = self.vector("seen")

    def weigh(self, losses: Any, known: Any, gram: Any = None) -> Any:
        self.seen.assign(self.seen.value + keras.ops.cast(known, "float32"))
        weights = keras.ops.convert_to_tensor([self.first, self.second])
        return only_known(weights, known)


@keras.saving.register_keras_serializable("tests")
class ConstantByGradients(Constant):
    """The same, by a backward pass for each loss."""

    needs_gradients = True


@keras.saving.register_keras_serializable("tests")
class SharedOnly(Constant):
    """Weighs gradients on the shared part alone."""

    needs_gradients = True
    for_heads = False


@keras.saving.register_keras_serializable("tests")
class Keeps(Constant):
    """Keeps the Gram matrix it was given."""

    needs_gradients = True

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        self.gram = self.add_weight(
            shape=(self.count, self.count), initializer="zeros", trainable=False
        )

    def weigh(self, losses: Any, known: Any, gram: Any = None) -> Any:
        self.gram.assign(gram)
        return super().weigh(losses, known)
