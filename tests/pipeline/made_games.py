"""A recipe whose first stage is a game, over a few drawn digits."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.datasets import load_digits

import sensorium as sm

ROWS = 40
ENCODER = {"type": "residual", "units": 4, "filters": [4], "dropout": 0.2}
INPUTS = {
    "photo": {"type": "image", "encoder": ENCODER},
    "x": {"type": "number", "encoder": {"type": "mlp", "units": 2, "num_layers": 1}},
}
GAME = {"type": "game", "input": "photo", "noise": 4, "width": 4, "batch_size": 16}


def digits(rows: int = ROWS) -> dict[str, Any]:
    """Pictures 8 x 8 of digits, a number, and whether a digit is even."""
    found: Any = load_digits()
    pictures = (found.images[:rows] * 255 / 16).round().astype("uint8")
    even = np.where(found.target[:rows] % 2 == 0, "even", "odd")
    return {"photo": pictures, "x": np.linspace(-1, 1, rows), "kind": even}


def game_recipe(data: Any = None, **changes: Any) -> sm.Recipe:
    """A game of two epochs, then one epoch of all; keywords replace keys."""
    document = {
        "inputs": INPUTS,
        "outputs": {"kind": "classification"},
        "fusion": {"type": "concat", "units": 4},
        "split": {"valid": 0.2},
        "stages": [{**GAME, "epochs": 2}, {"epochs": 1, "input_balance": "none"}],
    }
    return sm.Recipe(digits() if data is None else data, **{**document, **changes})
