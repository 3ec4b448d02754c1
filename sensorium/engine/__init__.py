"""What differs between backends, one file each; nothing else names a backend.

What stands above it is written once, in `keras.ops`, with variables that change in
place.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, cast

import keras
import numpy as np

from sensorium.engine.found import Found, Look

__all__ = ["Engine", "Found", "Look", "engine"]

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

    def differentiate(
        self, losses: Callable[[], tuple[Sequence[Any], Any]], variables: Sequence[Any]
    ) -> Found:
        """Computes losses so that the gradient of any weighted sum of them can be had.

        What the function assigns to other variables (statistics of normalisation,
        states of random generators, metrics) is assigned once, whatever is pulled.

        Args:
            losses: Gives the losses, scalars, and anything else that it computed.
            variables: Keras variables with respect to which gradients are wanted.
        """

    def input_gradients(self, function: Callable[[Any], Any], inputs: Any) -> Any:
        """The gradient of a function's sum with respect to its input, of its shape.

        It can be differentiated again, e.g. for a penalty on its norm.

        Args:
            function: A tensor in, a tensor out.
            inputs: Where the gradient is wanted.
        """

    def apply(
        self, optimizer: Any, gradients: Sequence[Any], variables: Sequence[Any]
    ) -> None:
        """Changes variables by an optimizer that was built for them.

        Args:
            optimizer: A Keras optimizer.
            gradients: A tensor for each variable.
            variables: The variables.
        """

    def compiled_step(
        self, model: keras.Model, step: Callable[[Any], dict[str, Any]]
    ) -> Look:
        """A step that only looks: what it computes from a batch, compiled.

        It reads the weights as they are whenever it is called. It must change none,
        and read neither metrics nor the optimizer.

        Args:
            model: A built model; who of its weights learns must not change any more.
            step: A batch in, tensors by name out.
        """

    def train_step(
        self, model: keras.Model, step: Callable[[Any], dict[str, Any]], *arguments: Any
    ) -> Any:
        """What the `train_step` of a model returns, whatever Keras gives it.

        Args:
            model: The model.
            step: A batch in, logs out; it changes variables in place.
            *arguments: What Keras gave to `train_step`.
        """


def engine() -> Engine:
    """The engine of the Keras backend in use."""
    name = f"sensorium.engine.{keras.backend.backend()}"
    return cast(Engine, importlib.import_module(name))
