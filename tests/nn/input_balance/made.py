"""A network of two inputs with unimodal heads, and rules that were told of it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from sensorium.network import Network, join
from sensorium.nn.encoders import MLP
from sensorium.nn.fusion import Concat
from sensorium.nn.heads import Classification, Regression
from sensorium.nn.unimodal import with_unimodal_heads

SHAPES = {"facts": ((3,), "float32"), "more": ((2,), "float32")}
COPIES = ("sold_from_facts", "sold_from_more")


def network(weight: float = 1.0, *, price: bool = False, seed: int = 0) -> Network:
    """Its losses are `sold`, perhaps `price`, and a copy of each for each input."""
    heads: dict[str, Any] = {"sold": Classification(2, dropout=0)}
    if price:
        heads["price"] = Regression(dropout=0)
    made = join(
        {name: MLP(4, num_layers=1, dropout=0) for name in SHAPES},
        Concat(4, dropout=0),
        with_unimodal_heads(heads, SHAPES, weight),
        seed=seed,
    )
    return made.build_from(SHAPES)


def rows(count: int = 32, seed: int = 0) -> tuple[dict[str, Any], dict[str, Any]]:
    draw = np.random.default_rng(seed)
    x = {
        name: draw.normal(size=(count, *shape)).astype("float32")
        for name, (shape, _) in SHAPES.items()
    }
    sold = (x["facts"][:, 0] > 0).astype("int32")
    return x, {"sold": sold}


def told(rule: Any, model: Network) -> Any:
    """A rule that has begun with a network."""
    rule.begin(model)
    rule.build((len(model.heads),))
    return rule


def array(tensor: Any) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def learn(model: Network, x: Any, y: Any, epochs: int = 1, **arguments: Any) -> Any:
    given = {"batch_size": 16, "epochs": epochs, "shuffle": False, "verbose": 0}
    return model.fit(x, y, **{**given, **arguments}).history
