"""Two autoencoders, trained apart, in one model: their reconstructions are joined.

    python examples/two_autoencoders_late_fusion.py [FOLDER]

Each autoencoder was trained by somebody else and saved, and is taken apart here at its
code, whatever its layers are called. In the joined model each sensor keeps an encoder
and a decoder of its own; only what the decoders make is put together:

- one sensor sees the upper half of a written digit and one the lower half: what they
  make is put side by side, and shows the whole digit;
- two sensors see the same digit, each with noise of its own: what they make is
  averaged, and is nearer to the true digit than either. Nobody ever showed it to them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

import sensorium as sm

# isort: split
import keras  # after Sensorium, which chooses the backend that is installed

TAUGHT = 1200  # pictures that the autoencoders learn from


def autoencoder(width: int, code: int) -> keras.Model:
    """A plain Keras model. Its layers may be called anything."""
    x = keras.Input((width,))
    h = keras.layers.Dense(64, activation="relu")(x)
    h = keras.layers.Dense(code, activation="relu")(h)
    h = keras.layers.Dense(64, activation="relu")(h)
    return keras.Model(x, keras.layers.Dense(width)(h))


def train_apart(views: dict[str, np.ndarray], folder: Path) -> None:
    """What happened elsewhere: each autoencoder learns from its own sensor alone."""
    for (name, view), code in zip(views.items(), (12, 10), strict=True):
        model = autoencoder(view.shape[1], code)
        model.compile(keras.optimizers.Adam(3e-3), "mse")
        model.fit(view[:TAUGHT], view[:TAUGHT], batch_size=100, epochs=25, verbose=0)
        model.save(folder / f"{name}.keras")


def joined(names: list[str], folder: Path) -> sm.Network:
    """One model: an encoder for each input, an output for each decoder."""
    encoders, heads = {}, {}
    for name in names:
        encoder, decoder = sm.encoders.split(folder / f"{name}.keras")
        encoders[name] = encoder
        heads[f"{name}_again"] = sm.heads.Reconstruction(
            name, decoder=decoder, reads=name
        )
    return sm.join(encoders, heads=heads)


def rebuilt(views: dict[str, np.ndarray], folder: Path) -> list[np.ndarray]:
    """What each decoder makes of the pictures that no part has seen."""
    train_apart(views, folder)
    network = joined([*views], folder)
    rows = {name: view[TAUGHT:] for name, view in views.items()}
    made = network.predict(rows, batch_size=512, verbose=0)
    return [made[f"{name}_again"] for name in views]


def main(folder: str = "runs/two_autoencoders_late_fusion") -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(0)
    generator = np.random.default_rng(0)
    pictures = generator.permutation(load_digits().data.astype("float32") / 16)
    truth = pictures[TAUGHT:]

    def show(name: str, made: np.ndarray) -> None:
        print(f"  {name:22} {np.mean((made - truth) ** 2):.4f}")

    print("Mean squared distance to the true digit, pixels from 0 to 1:")
    views = {"upper": pictures[:, :32], "lower": pictures[:, 32:]}
    upper, lower = rebuilt(views, Path(folder))
    typical = np.tile(pictures[:TAUGHT].mean(axis=0), (len(truth), 1))
    show("the mean digit", typical)
    show("upper alone", np.concatenate([upper, typical[:, 32:]], axis=1))
    show("lower alone", np.concatenate([typical[:, :32], lower], axis=1))
    show("both, concatenated", np.concatenate([upper, lower], axis=1))

    print("\nThe same for two sensors with noise:")
    noise = generator.normal(0, 0.3, (2, *pictures.shape)).astype("float32")
    views = {"left": pictures + noise[0], "right": pictures + noise[1]}
    left, right = rebuilt(views, Path(folder))
    show("left as it was seen", views["left"][TAUGHT:])
    show("left alone", left)
    show("right alone", right)
    show("both, averaged", (left + right) / 2)


if __name__ == "__main__":
    main(*sys.argv[1:])
