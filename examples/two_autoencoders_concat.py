"""Two autoencoders, trained apart, in one model: their codes side by side.

    python examples/two_autoencoders_concat.py [FOLDER]

Two sensors see a written digit: one its upper half, one its lower half. An autoencoder
was trained for each by somebody else, without labels, and saved. Which digit it was is
known for 300 pictures only. By hand one must find the layer that holds the code (what
an autoencoder gives is its input again, not the code), cut there, freeze, and bring
both into one graph without equal names. Here each is one line.
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


def taught(paths: dict[str, Path], views: dict, digit: np.ndarray) -> sm.Network:
    """A network over frozen encoders, one for each path."""
    encoders = {name: sm.encoders.load(path) for name, path in paths.items()}
    for encoder in encoders.values():
        encoder.trainable = False
    network = sm.join(
        encoders,
        fusion=sm.fusion.Concat(64),  # codes of 12 and 8 numbers, side by side
        heads={"digit": sm.heads.Classification(10)},
        modality_dropout=0.2,  # so that it copes without one of the sensors
        seed=0,
    )
    network.compile(keras.optimizers.Adam(3e-3))
    rows = {name: views[name][:LABELLED] for name in paths}
    labels = {"digit": digit[:LABELLED]}
    network.fit(rows, labels, batch_size=100, epochs=60, verbose=0)
    return network


def accuracy(network: sm.Network, rows: dict, digit: np.ndarray) -> float:
    found = network.predict(rows, batch_size=len(digit), verbose=0)["digit"]
    return float((found.argmax(axis=1) == digit).mean())


def main(folder: str = "runs/two_autoencoders_concat") -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(0)
    pictures, digit = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(digit))
    pictures, digit = pictures[order].astype("float32") / 16, digit[order]
    views = {"upper": pictures[:, :32], "lower": pictures[:, 32:]}
    train_apart(views, Path(folder))

    paths = {name: Path(folder) / f"{name}.keras" for name in views}
    for name, path in paths.items():
        print(f"{name}: {sm.encoders.load(path).because}")

    test = {name: view[TAUGHT:] for name, view in views.items()}
    truth = digit[TAUGHT:]
    print(f"\nAccuracy on {len(truth)} pictures that no part has seen:")
    for name, path in paths.items():
        alone = taught({name: path}, views, digit)
        score = accuracy(alone, {name: test[name]}, truth)
        print(f"  {name + ' alone':22} {score:.3f}")
    both = taught(paths, views, digit)
    print(f"  {'both, fused':22} {accuracy(both, test, truth):.3f}")

    # One model serves all rows, also those where a sensor said nothing.
    for name in views:
        gone = {**test, f"{name}/present": np.zeros(len(truth), bool)}
        print(f"  {'fused, without ' + name:22} {accuracy(both, gone, truth):.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
