"""What differs between backends, one file each; nothing else names a backend."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast

import keras
import numpy as np

Arrays = Mapping[str, np.ndarray]


class Engine(Protocol):
    """What a backend's file offers."""

    def compiled_forward(
        self, network: keras.Model
    ) -> Callable[[Arrays], dict[str, Any]]:
        """A fast `network(inputs, training=False)` on the weights of this moment.

        The outputs are the backend's tensors, and may still be being computed.
        """

    def prepare(self, seed: int) -> None:
        """Sets the backend up for repeatable training."""


def engine() -> Engine:
    """The engine of the Keras backend in use."""
    name = f"sensorium.training.engine.{keras.backend.backend()}"
    return cast(Engine, importlib.import_module(name))
