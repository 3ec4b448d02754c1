"""Table A by hand: pandas, scikit-learn, a vocabulary, Keras `fit`."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

LENGTH = 40
WORDS = 20_000
NUMBERS = [f"n{i}" for i in range(6)]
CATEGORIES = [f"c{i}" for i in range(4)]
EPOCHS = 3


class ByHand:
    """What a careful user writes without Sensorium."""

    def prepare(self, path: Path) -> dict[str, np.ndarray]:
        """CSV to arrays: fitted on the first 80 % of the rows."""
        frame = pd.read_csv(path)
        self.cut = int(len(frame) * 0.8)
        head = frame.iloc[: self.cut]
        self.scaler = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
        self.scaler.fit(head[NUMBERS])
        self.codes = {
            name: {value: i + 2 for i, value in enumerate(head[name].unique())}
            for name in CATEGORIES
        }
        counts = Counter(word for text in head["review"] for word in text.split())
        common = counts.most_common(WORDS)
        self.words = {word: i + 2 for i, (word, _) in enumerate(common)}
        self.mean = float(head["price"].mean())
        self.scale = float(head["price"].std())
        arrays = self.encode(frame)
        arrays["sold"] = frame["sold"].to_numpy()
        price = frame["price"].to_numpy()
        arrays["price"] = ((price - self.mean) / self.scale).astype("float32")
        return arrays

    def encode(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Raw rows to the network's inputs."""
        numbers = self.scaler.transform(frame[NUMBERS])
        flags = frame[NUMBERS].isna().to_numpy()
        inputs = {"numbers": np.hstack([numbers, flags]).astype("float32")}
        for name in CATEGORIES:
            known = frame[name].map(self.codes[name]).fillna(1)
            inputs[name] = known.to_numpy().astype("int32")
        text = np.zeros((len(frame), LENGTH), "int32")
        for row, review in enumerate(frame["review"]):
            ids = [self.words.get(word, 1) for word in review.split()[:LENGTH]]
            text[row, : len(ids)] = ids
        inputs["review"] = text
        return inputs

    def build(self) -> keras.Model:
        """The layers of `table_a.same_model`, but for the presence of inputs."""
        layers = keras.layers
        inputs = {"numbers": keras.Input((12,), name="numbers")}
        joined = []
        for name in CATEGORIES:
            inputs[name] = keras.Input((), dtype="int32", name=name)
            size = len(self.codes[name]) + 2
            joined.append(layers.Embedding(size, 16)(inputs[name]))
        inputs["review"] = keras.Input((LENGTH,), dtype="int32", name="review")
        embedded = layers.Embedding(len(self.words) + 2, 32, mask_zero=True)
        mean = layers.GlobalAveragePooling1D()(embedded(inputs["review"]))
        parts = [
            layers.Dense(64, activation="relu")(inputs["numbers"]),
            layers.Dense(64, activation="relu")(layers.Concatenate()(joined)),
            layers.Dense(32, activation="relu")(mean),
        ]
        normed = [layers.LayerNormalization()(part) for part in parts]
        fused = layers.Dense(64, activation="relu")(layers.Concatenate()(normed))
        outputs = {
            "sold": layers.Dense(1, activation="sigmoid", name="sold")(fused),
            "price": layers.Dense(1, name="price")(fused),
        }
        model = keras.Model(inputs, outputs)
        losses = {"sold": "binary_crossentropy", "price": "mse"}
        metrics = {"sold": "accuracy", "price": "mae"}
        model.compile(keras.optimizers.Adam(1e-3), losses, metrics=metrics)
        return model

    def train(self, arrays: dict[str, np.ndarray]) -> tuple[keras.Model, list[float]]:
        """Trains and returns the seconds of each epoch."""
        model = self.build()
        clock = Clock()
        cut = self.cut
        model.fit(
            {tensor.name: arrays[tensor.name][:cut] for tensor in model.inputs},
            {name: arrays[name][:cut] for name in ("sold", "price")},
            batch_size=256,
            epochs=EPOCHS,
            verbose=0,
            callbacks=[clock],
        )
        return model, clock.seconds

    def predict(self, model: keras.Model, frame: pd.DataFrame) -> Any:
        """Raw rows to predictions in the user's units."""
        found = model.predict(self.encode(frame), batch_size=1024, verbose=0)
        frame = pd.DataFrame({"sold_probability": found["sold"][:, 0]})
        frame["sold"] = (frame["sold_probability"] > 0.5).astype(int)
        frame["price"] = found["price"][:, 0] * self.scale + self.mean
        return frame


class Clock(keras.callbacks.Callback):
    """Seconds of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.seconds.append(time.perf_counter() - self.started)
