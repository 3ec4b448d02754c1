"""Balances of losses side by side: what they reach when scales differ, and their cost.

X4: two regressions through a trunk of 8 units, the second one's target a hundred times
larger; R2 of both on new rows, after 2,000 steps of Adam, mean of five seeds. Fixed
weights leave the small one behind; random ones do no better than chance would.

    python -m benchmarks.balances [--seeds 5] [--steps 2000]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from sensorium.network import Network, join
from sensorium.nn.balance import BALANCES
from sensorium.nn.encoders import MLP
from sensorium.nn.heads import Regression

ROWS, TEST, COLUMNS, BATCH, SCALE, NOISE = 2048, 2048, 6, 256, 100.0, 0.15
GATES = {"fixed": "<= .60", "uncertainty": ">= .75", "famo": ">= .75"}

Arrays = dict[str, np.ndarray]


def scale_rows(seed: int) -> tuple[Arrays, Arrays, Arrays, Arrays]:
    """Inputs and labels to learn from, and to test on: two functions of six numbers."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(ROWS + TEST, COLUMNS)).astype("float32")
    labels = {}
    for name, scale in (("small", 1.0), ("large", SCALE)):
        towards = draw.normal(size=COLUMNS)
        values = np.sin(1.3 * x @ towards / np.linalg.norm(towards))
        values = (values - values.mean()) / values.std()
        noise = NOISE * draw.normal(size=len(values))
        labels[name] = (scale * (values + noise)).astype("float32")
    train, test = slice(0, ROWS), slice(ROWS, None)
    return (
        {"x": x[train]},
        {name: values[train] for name, values in labels.items()},
        {"x": x[test]},
        {name: values[test] for name, values in labels.items()},
    )


def scale_network(seed: int) -> Network:
    """A trunk of 24 and 8 units, and a linear head for each target."""
    trunk = keras.Sequential(
        [
            keras.Input((COLUMNS,)),
            keras.layers.Dense(24, "relu"),
            keras.layers.Dense(8, "relu"),
        ]
    )
    heads = {n: Regression(reads="x", scale=False) for n in ("small", "large")}
    keras.utils.set_random_seed(seed)
    return join({"x": trunk}, heads=heads, seed=seed)


def scores(network: Network, x: Arrays, y: Arrays) -> dict[str, float]:
    """R2 of every output."""
    found = network.predict(x, batch_size=TEST, verbose=0)
    return {
        name: float(1 - np.mean((found[name] - y[name]) ** 2) / np.var(y[name]))
        for name in y
    }


def learned(balance: Any, seed: int, steps: int = 2000) -> dict[str, float]:
    """R2 of both outputs after some steps with a balance."""
    x, y, new_x, new_y = scale_rows(seed)
    network = scale_network(seed)
    network.compile(keras.optimizers.Adam(3e-3), balance=balance)
    epochs = max(1, steps * BATCH // ROWS)
    network.fit(x, y, batch_size=BATCH, epochs=epochs, verbose=0)
    return scores(network, new_x, new_y)


if __name__ == "__main__":
    for word in sys.argv[1:] or BALANCES:
        t=time.time()
        print(word, learned(word, 0), round(time.time()-t,1), flush=True)
