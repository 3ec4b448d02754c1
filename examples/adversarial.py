"""A generator and a discriminator, each with a loss of its own, in one `fit`.

    python examples/adversarial.py [FOLDER] [EPOCHS]

By hand one freezes the discriminator, compiles it into a second model for the
generator, and alternates two loops; if it is frozen a line too early it never learns,
and nothing says so. Here each player owns its part: its step changes that part and
nothing else, so nothing is frozen or compiled twice. The models are plain Keras.

The images are scikit-learn's handwritten digits, 8x8. What comes out is a picture,
`FOLDER/digits.png`, and how far made images are from the nearest real one.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

import sensorium as sm

# isort: split
import keras  # after Sensorium, which chooses the backend that is installed
from keras import layers

NOISE = 32
HELD = 597  # images that are only compared with


def generator() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((NOISE,)),
            layers.Dense(4 * 4 * 32, use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.Reshape((4, 4, 32)),
            layers.Conv2DTranspose(16, 4, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.Conv2D(1, 3, padding="same", activation="tanh"),
        ],
        name="generator",
    )


def discriminator() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(16, 4, strides=2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Conv2D(32, 4, strides=2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Flatten(),
            layers.Dense(1),  # a score without an activation: the loss takes logits
        ],
        name="discriminator",
    )


def distance(images: np.ndarray, real: np.ndarray) -> float:
    """How far images are from the nearest real one, on average; pixels from 0 to 1."""
    a, b = (each.reshape(len(each), -1) / 255.0 for each in (images, real))
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    return float(np.sqrt(np.maximum(squares.min(axis=1), 0)).mean())


def main(folder: str = "runs/adversarial", epochs: str = "60") -> None:
    """Trains, saves a picture, and compares made images with real ones."""
    keras.utils.set_random_seed(0)  # the first weights of the models
    values, _ = load_digits(return_X_y=True)
    images = np.round(values.reshape(-1, 8, 8, 1) * (255 / 16)).astype("uint8")
    learn, held = images[HELD:], images[:HELD]

    # The loss can be `non_saturating`, `least_squares` or `hinge`; sm.games.WGANGP and
    # sm.games.ConditionalGAN take the same models. Other games: sm.games.Game.
    gan = sm.games.GAN(
        (8, 8, 1),
        noise=NOISE,
        generator=generator(),
        discriminator=discriminator(),
        optimizers={"generator": keras.optimizers.Adam(4e-4, beta_1=0.5)},
    )
    before = gan.sample(HELD)
    history = gan.fit(learn, epochs=int(epochs), batch_size=32, verbose=0).history

    print("epoch  discriminator  generator  told right  diversity")
    told = "discriminator_loss", "generator_loss", "discriminator_accuracy", "diversity"
    for epoch in range(0, int(epochs), max(1, int(epochs) // 5)):
        row = [history[name][epoch] for name in told]
        print(
            f"{epoch + 1:5} {row[0]:14.2f} {row[1]:10.2f} {row[2]:11.2f} {row[3]:10.2f}"
        )
    for text in history["warnings"]:  # of a collapse, or a player that has won
        print(text)

    print("\nHow far images are from the nearest real one:")
    print(f"  {'made, before training':24} {distance(before, learn):.3f}")
    print(f"  {'made, after training':24} {distance(gan.sample(HELD), learn):.3f}")
    print(f"  {'real, not trained on':24} {distance(held, learn):.3f}")

    gan.save_grid(Path(folder) / "digits.png")
    gan.save(folder)  # one file; sm.games.load(folder) reads it
    print(f"\nLook at {Path(folder) / 'digits.png'}")


if __name__ == "__main__":
    main(*sys.argv[1:])
