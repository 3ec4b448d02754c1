"""Balances of losses side by side: what they reach where scales differ, and their cost.

X4: two regressions through a trunk of 8 units, the second one's target a hundred times
larger; R2 of both on new rows after 2,000 steps of Adam, means of five seeds. Fixed
weights leave the small one behind. X15: what adapts must not lose to random weights by
more than two standard deviations. Cost: a pass over the same rows by a network of three
outputs, medians of passes taken in turn, against Keras's own step.

    python -m benchmarks.balances [--seeds 5] [--rounds 15] [WORD ...]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from sensorium.network import Network, join
from sensorium.nn.balance import BALANCES
from sensorium.nn.encoders import MLP
from sensorium.nn.fusion import Concat
from sensorium.nn.heads import Classification, Regression

ROWS, TEST, COLUMNS, BATCH, SCALE, NOISE = 2048, 2048, 6, 256, 100.0, 0.15
GATES = {"fixed": "<= .60", "uncertainty": ">= .75", "famo": ">= .75"}
LIMITS = dict.fromkeys(("fixed", "uncertainty", "geometric", "random", "famo"), "1.05")

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


def cost_network(balance: Any) -> Network:
    """A network of three outputs whose steps take some milliseconds."""
    network = join(
        {"one": MLP(256, num_layers=2), "two": MLP(256, num_layers=2)},
        Concat(256),
        {"a": Regression(), "b": Regression(), "c": Classification(4)},
        seed=0,
    )
    shapes = dict.fromkeys(("one", "two"), ((64,), "float32"))
    network.build_from(shapes)
    network.compile("adam", balance=balance)
    return network


def cost_rows() -> tuple[Arrays, Arrays]:
    """Rows for `cost_network`: sixteen steps."""
    draw = np.random.default_rng(0)
    count = 16 * BATCH
    x = {n: draw.normal(size=(count, 64)).astype("float32") for n in ("one", "two")}
    y = {n: draw.normal(size=count).astype("float32") for n in ("a", "b")}
    return x, {**y, "c": draw.integers(0, 4, count).astype("int32")}


def costs(words: Sequence[str], rounds: int) -> dict[str, float]:
    """Seconds of a step by word, and of Keras's own as an empty word."""
    x, y = cost_rows()
    networks = {"": cost_network(None)} | {word: cost_network(word) for word in words}
    seconds: dict[str, list[float]] = {word: [] for word in networks}
    for turn in range(rounds + 1):
        for word, network in networks.items():
            started = time.perf_counter()
            network.fit(x, y, batch_size=BATCH, epochs=1, verbose=0, shuffle=False)
            if turn:  # the first one compiles
                seconds[word].append((time.perf_counter() - started) / 16)
    return {word: statistics.median(found) for word, found in seconds.items()}


def allowed(word: str, count: int) -> str:
    """What a step may cost, as times Keras's own."""
    return f"{count + 1:.2f}" if word == "pcgrad" else LIMITS.get(word, "")


def main() -> None:
    """Prints a line for each balance."""
    parser = argparse.ArgumentParser(prog="benchmarks.balances", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("words", nargs="*", default=[])
    given = parser.parse_args()
    words = given.words or list(BALANCES)
    seconds = costs(words, given.rounds)
    print(f"\n## Balances of losses, {keras.backend.backend()}, {given.seeds} seeds\n")
    print("| balance | R2 small | R2 large | least | gate | step / plain | at most |")
    print("|---" * 7 + "|")
    for word in words:
        found = [learned(word, seed) for seed in range(given.seeds)]
        least = [min(each.values()) for each in found]
        means = [
            statistics.fmean(e[name] for e in found) for name in ("small", "large")
        ]
        spread = statistics.stdev(least) if len(least) > 1 else 0.0
        cells = [f"{value:.3f}" for value in means]
        cells += [f"{statistics.fmean(least):.3f} +- {spread:.3f}", GATES.get(word, "")]
        cells += [f"{seconds[word] / seconds['']:.2f}", allowed(word, 3)]
        print(f"| {word} | " + " | ".join(cells) + " |", flush=True)
    print(f"\nA plain step takes {seconds[''] * 1000:.1f} ms.")


if __name__ == "__main__":
    main()
