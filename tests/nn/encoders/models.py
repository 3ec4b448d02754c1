"""Small models from elsewhere, some of them nasty."""

from __future__ import annotations

import keras
import numpy as np

layers = keras.layers


def dense_autoencoder() -> keras.Model:
    """Twelve values through three; no name says which."""
    x = keras.Input((12,))
    y = layers.Dense(6, activation="relu")(x)
    y = layers.Dense(3, name="zzz")(y)
    y = layers.Dense(6, activation="relu")(y)
    return keras.Model(x, layers.Dense(12)(y), name="dense")


def convolution_autoencoder() -> keras.Model:
    """Two models in a model; the code has three axes."""
    encoder = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, padding="same", name="wide"),
            layers.MaxPooling2D(2, name="half"),
            layers.Conv2D(2, 3, strides=2, padding="same", name="narrow"),
        ],
        name="down",
    )
    decoder = keras.Sequential(
        [
            keras.Input((2, 2, 2)),
            layers.Conv2DTranspose(4, 3, strides=2, padding="same", name="wide"),
            layers.Conv2DTranspose(1, 3, strides=2, padding="same", name="last"),
        ],
        name="up",
    )
    x = keras.Input((8, 8, 1))
    return keras.Model(x, decoder(encoder(x)), name="pixels")


def nested_twice() -> keras.Model:
    """A layer in a model in a model, with equal names at every depth."""
    x = keras.Input((5,))
    deep = keras.Model(x, layers.Dense(4, name="same")(x), name="deep")
    x = keras.Input((5,))
    middle = keras.Model(x, layers.Dense(3, name="same")(deep(x)), name="middle")
    x = keras.Input((5,))
    y = layers.BatchNormalization(name="norm")(middle(x))
    return keras.Model(x, layers.Dense(2, name="same")(y), name="outer")


def with_skip() -> keras.Model:
    """A connection goes past the narrowest layer, and everything else is wide."""
    x = keras.Input((8,))
    a = layers.Dense(8, name="a")(x)
    b = layers.Dense(2, name="b")(a)
    c = layers.Dense(8, name="c")(b)
    joined = layers.Concatenate(name="joined")([a, c])
    return keras.Model(x, layers.Dense(8, name="out")(joined), name="skipping")


def residual() -> keras.Model:
    """Skips on either side of the code, and a narrow gate beside the way."""
    x = keras.Input((8,))
    a = layers.Dense(6, name="a")(x)
    gate = layers.Dense(6, activation="sigmoid")(layers.Dense(1, name="gate")(a))
    a = a + layers.Dense(6, name="a2")(a * gate)
    code = layers.Dense(2, name="q")(a)
    b = layers.Dense(6, name="b")(code)
    b = b + layers.Dense(6, name="b2")(b)
    return keras.Model(x, layers.Dense(8)(b), name="residual")


def two_inputs() -> keras.Model:
    """Two inputs that meet in the end."""
    a, b = keras.Input((3,), name="left"), keras.Input((4,), name="right")
    one = layers.Dense(5, name="one")(a)
    two = layers.Dense(5, name="two")(b)
    both = layers.Add(name="both")([one, two])
    return keras.Model([a, b], both, name="pair")


def two_outputs() -> keras.Model:
    """Two outputs from one layer."""
    x = keras.Input((3,))
    y = layers.Dense(4, name="trunk")(x)
    outputs = [layers.Dense(2, name="one")(y), layers.Dense(1, name="two")(y)]
    return keras.Model(x, outputs, name="fork")


def classifier() -> keras.Model:
    """Pixels, scaled inside, to probabilities; batch normalisation on the way."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3, name="map"),
            layers.BatchNormalization(name="norm"),
            layers.GlobalAveragePooling2D(name="pooled"),
            layers.Dropout(0.5),
            layers.Dense(3, activation="softmax", name="classes"),
        ],
        name="photo",
    )


class Sampling(keras.layers.Layer):
    """Draws around a mean, as a variational autoencoder does."""

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        self.seeds = keras.random.SeedGenerator(1)

    def call(self, inputs):
        log, mean = inputs
        noise = keras.random.normal(keras.ops.shape(mean), seed=self.seeds)
        return mean + keras.ops.exp(0.5 * log) * noise


class InCode(keras.Model):
    """An autoencoder as Python code."""

    def __init__(self) -> None:
        super().__init__(name="in_code")
        self.down = keras.Sequential([layers.Dense(5), layers.Dense(2, name="code")])
        self.up = keras.Sequential([layers.Dense(5), layers.Dense(9)])

    def call(self, inputs, training=None):
        return self.up(self.down(inputs, training=training) * 2.0 + 1.0)


def in_code() -> keras.Model:
    """A built model whose layers are called in Python code."""
    model = InCode()
    model(np.zeros((1, 9), "float32"))
    return model


def rows(model: keras.Model, count: int = 3) -> np.ndarray:
    """Some rows that a model takes."""
    shape = (
        model.inputs[0].shape[1:] if model.inputs else model.layers[0].input_shape[1:]
    )
    values = np.random.default_rng(1).normal(size=(count, *shape))
    return values.astype("float32")
