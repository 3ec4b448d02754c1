"""What every balance of losses does: how much each loss counts in one step."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import numpy as np

from sensorium.nn.layer import DeclaredLayer

TINY = 1e-8
"""What losses are raised to before a logarithm or a division."""


class Balance(DeclaredLayer):
    """Says in each step how much the losses of several outputs count.

    It sees K losses, each times its output's `weight`, and which of them are known: a
    loss whose output has no labels in a batch is 0 and says nothing, so it gets weight
    0 and leaves the rule's state as it is. Where `needs_gradients` is true it sees the
    Gram matrix of the losses' gradients on the shared part too: all weights but those
    that belong to one head alone. What a rule remembers is float32, does not learn by
    the network's optimizer, and is saved with the compiled network.

    Args:
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    needs_gradients: ClassVar[bool] = False
    """Whether it needs a gradient of each loss: K backward passes a step."""
    for_heads: ClassVar[bool] = True
    """Whether the weights count in the heads' own weights too; else these follow the
    gradient of their own loss."""

    measures: ClassVar[bool] = False
    """Whether it measures gradients in turn: `turn` and `measure` are called."""

    every: int = 0
    """Of as many rows of a batch one is shown to `observe`; 0 shows none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def build(self, input_shape: Any) -> None:
        """Makes the state for losses of shape `(K,)`; subclasses add to it."""
        self.count = int(input_shape[0])

    def weigh(self, losses: Any, known: Any, gram: Any = None) -> Any:
        """Returns the losses' weights, `(K,)`; called once a step, it may learn.

        Args:
            losses: Float32 `(K,)`, times the outputs' weights.
            known: Booleans `(K,)`: which losses are finite and have labels.
            gram: Where gradients are needed: their products `(K, K)`, zeros in rows and
                columns that are not known.
        """
        raise NotImplementedError

    def turn(self, known: Any) -> Any:
        """Says before `weigh` whose gradient is measured, where `measures` is true.

        Args:
            known: Booleans `(K,)`.

        Returns:
            Booleans `(K,)`, of which one is true at most: in a step without, nothing
            is measured.
        """
        raise NotImplementedError

    def measure(self, whose: Any, length: Any) -> None:
        """Takes what was measured, before `weigh`.

        Args:
            whose: What `turn` gave.
            length: The length of that loss's gradient on the shared part, without any
                weight, `()`; 0 where nobody's was measured.
        """
        raise NotImplementedError

    def lengths(self) -> np.ndarray:
        """How long gradients are, `(K,)`, where `measures` is true; NaN if unknown."""
        raise NotImplementedError

    def observe(self, before: Any, after: Any, known: Any) -> None:
        """Sees what a step did, where `every` is not 0.

        Args:
            before: Losses of some rows before the step, `(K,)`, without dropout.
            after: Losses of the same rows after it.
            known: Booleans `(K,)`: which have labels there and are finite.
        """

    def end_epoch(self) -> None:
        """Called outside of steps when an epoch is over."""

    def vector(self, name: str, initial: float = 0.0) -> Any:
        """Makes a variable of K numbers.

        Args:
            name: Its name.
            initial: What they begin with.
        """
        return self.add_weight(
            shape=(self.count,),
            initializer=keras.initializers.Constant(initial),
            dtype="float32",
            trainable=False,
            name=name,
        )


def only_known(weights: Any, known: Any) -> Any:
    """The weights, zeros where the loss is not known."""
    return keras.ops.where(known, weights, keras.ops.zeros_like(weights))


def positive(losses: Any) -> Any:
    """The losses, those below 1e-8 raised to it."""
    return keras.ops.maximum(losses, TINY)


def known_mean(values: Any, known: Any) -> Any:
    """Mean of the known values; 0 where none is."""
    shares = keras.ops.cast(known, "float32")
    total = keras.ops.sum(only_known(values, known))
    return total / keras.ops.maximum(keras.ops.sum(shares), 1.0)


def known_softmax(values: Any, known: Any) -> Any:
    """Shares of 1 for the known values, `(K,)`; zeros for others, and where none is."""
    ops = keras.ops
    shares = ops.cast(known, "float32")
    highest = ops.max(ops.where(known, values, -1e30))
    lifted = shares * ops.exp(ops.where(known, values - highest, 0.0))
    return lifted / ops.maximum(ops.sum(lifted), 1e-30)
