"""Two autoencoders, trained apart, in one model: a weighted average of their codes.

    python examples/two_autoencoders_weighted.py [FOLDER]

Two sensors see a written digit: one its upper five rows of pixels, one the lower three.
An autoencoder was trained for each by somebody else, without labels, and saved; their
codes have 12 and 8 numbers. Codes that were learnt apart mean different things, so each
is projected to 64 numbers first; then they are averaged. The weights are fixed by hand,
or learnt: one for each sensor, or one for each sensor and number.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

import sensorium as sm

# isort: split
import keras  # after Sensorium, which chooses the backend that is installed

TAUGHT, LABELLED = 1200, 300  # pictures for the autoencoders; those with a label

FUSIONS = {
    "fixed": sm.fusion.Average(64, input_weights={"upper": 0.6, "lower": 0.4}),
    "learnt by input": sm.fusion.Average(64, learned="input"),
    "learnt by dimension": sm.fusion.Average(64, learned="dimension"),
}


def autoencoder(width: int, code: int) -> keras.Model:
    """A plain Keras model. Its layers may be called anything."""
    x = keras.Input((width,))
    h = keras.layers.Dense(64, activation="relu")(x)
    h = keras.layers.Dense(code, activation="relu")(h)
    h = keras.layers.Dense(64, activation="relu")(h)
    return keras.Model(x, keras.layers.Dense(width)(h))


def train_apart(views: dict[str, np.ndarray], folder: Path) -> None:
    """What happened elsewhere: each autoencoder learns from its own sensor alone."""
    for (name, view), code in zip(views.items(), (12, 8), strict=True):
        model = autoencoder(view.shape[1], code)
        model.compile(keras.optimizers.Adam(3e-3), "mse")
        model.fit(view[:TAUGHT], view[:TAUGHT], batch_size=100, epochs=25, verbose=0)
        model.save(folder / f"{name}.keras")


def taught(paths: dict[str, Path], fusion, rows: dict, digit) -> sm.Network:
    """A network over frozen encoders, one for each path."""
    encoders = {name: sm.encoders.load(path) for name, path in paths.items()}
    for encoder in encoders.values():
        encoder.trainable = False
    heads = {"digit": sm.heads.Classification(10)}
    network = sm.join(encoders, fusion=fusion, heads=heads, seed=0)
    network.compile(keras.optimizers.Adam(3e-3))
    rows = {name: rows[name][:LABELLED] for name in paths}
    labels = {"digit": digit[:LABELLED]}
    network.fit(rows, labels, batch_size=100, epochs=50, verbose=0)
    return network


def accuracy(network: sm.Network, rows: dict, digit: np.ndarray) -> float:
    rows = {name: rows[name][TAUGHT:] for name in network.encoders}
    found = network.predict(rows, batch_size=len(digit), verbose=0)["digit"]
    return float((found.argmax(axis=1) == digit[TAUGHT:]).mean())


def main(folder: str = "runs/two_autoencoders_weighted") -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(0)
    pictures, digit = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(digit))
    pictures, digit = pictures[order].astype("float32") / 16, digit[order]
    views = {"upper": pictures[:, :40], "lower": pictures[:, 40:]}
    train_apart(views, Path(folder))
    paths = {name: Path(folder) / f"{name}.keras" for name in views}

    print(f"Accuracy on {len(digit) - TAUGHT} pictures that no part has seen:")
    for name, path in paths.items():
        alone = taught({name: path}, sm.fusion.Average(64), views, digit)
        print(f"  {name + ' alone':22} {accuracy(alone, views, digit):.3f}")
    for name, fusion in FUSIONS.items():
        network = taught(paths, fusion, views, digit)
        weights = network.fusion.weights_by_input()
        # With `dimension` a weight is an array: 64 numbers for each sensor.
        shown = ", ".join(f"{k} {np.mean(v):.2f}" for k, v in weights.items())
        print(f"  {name:22} {accuracy(network, views, digit):.3f}  weights: {shown}")


if __name__ == "__main__":
    main(*sys.argv[1:])
