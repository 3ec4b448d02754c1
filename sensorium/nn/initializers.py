"""Weights drawn by NumPy: equal on every backend, and without a compile per shape.

Where the numbers come from: each initializer takes a seed when it is made. Inside
`seeded(seed, name)` the seeds are a stream of their own for this seed and name, so that
the weights of one part of a network do not depend on the other parts. Outside, they
come from Python's `random`, as those of Keras's own initializers do; so
`keras.utils.set_random_seed(seed)` decides all of them.
"""

from __future__ import annotations

import contextlib
import math
import random
import zlib
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Any

import keras
import numpy as np

_STREAM: ContextVar[np.random.Generator | None] = ContextVar("stream", default=None)


@contextlib.contextmanager
def seeded(seed: int, name: str) -> Iterator[None]:
    """Makes the initializers and dropouts created inside depend on seed and name only.

    Args:
        seed: Any whole number from 0.
        name: The part that is built, e.g. the name of an input.
    """
    stream = np.random.default_rng([seed, zlib.crc32(name.encode())])
    token = _STREAM.set(stream)
    try:
        yield
    finally:
        _STREAM.reset(token)


def next_seed() -> int:
    """The next seed, in [0, 2**31): of the stream in force, or of Python's `random`."""
    stream = _STREAM.get()
    if stream is None:
        return random.getrandbits(31)
    return int(stream.integers(2**31))


class Drawn(keras.initializers.Initializer):
    """Base of the initializers that draw with NumPy.

    Args:
        seed: Decides the values; `None` takes the next seed (see the module).
    """

    def __init__(self, seed: int | None = None) -> None:
        self.seed = next_seed() if seed is None else seed

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Any:
        """Returns a tensor of this shape."""
        values = self.draw(np.random.default_rng(self.seed), tuple(shape))
        return keras.ops.convert_to_tensor(
            np.asarray(values, "float32"), dtype=dtype or keras.config.floatx()
        )

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Any:
        """Returns the values as a NumPy array."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments of the constructor."""
        return {"seed": self.seed}


@keras.saving.register_keras_serializable("sensorium")
class Glorot(Drawn):
    """Uniform in +-sqrt(6 / (fan in + fan out)), for linear layers and gates.

    Glorot and Bengio 2010, equation 16.
    """

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Any:
        """Returns the values as a NumPy array."""
        fan_in, fan_out = fans(shape)
        limit = math.sqrt(6.0 / max(1, fan_in + fan_out))
        return generator.uniform(-limit, limit, shape)


@keras.saving.register_keras_serializable("sensorium")
class He(Drawn):
    """Uniform in +-sqrt(6 / fan in), for layers followed by a ReLU.

    He et al. 2015, equation 10 (as a uniform distribution of the same variance).
    """

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Any:
        """Returns the values as a NumPy array."""
        limit = math.sqrt(6.0 / max(1, fans(shape)[0]))
        return generator.uniform(-limit, limit, shape)


@keras.saving.register_keras_serializable("sensorium")
class Uniform(Drawn):
    """Uniform in +-`limit`.

    Args:
        limit: Largest absolute value.
        seed: Decides the values; `None` takes the next seed.
    """

    def __init__(self, limit: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.limit = limit

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Any:
        """Returns the values as a NumPy array."""
        return generator.uniform(-self.limit, self.limit, shape)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments of the constructor."""
        return {"limit": self.limit, "seed": self.seed}


@keras.saving.register_keras_serializable("sensorium")
class Normal(Drawn):
    """Normal with mean 0.

    Args:
        scale: Standard deviation.
        seed: Decides the values; `None` takes the next seed.
    """

    def __init__(self, scale: float = 1.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.scale = scale

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Any:
        """Returns the values as a NumPy array."""
        return generator.normal(0.0, self.scale, shape)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments of the constructor."""
        return {"scale": self.scale, "seed": self.seed}


@keras.saving.register_keras_serializable("sensorium")
class Orthogonal(Drawn):
    """Blocks with orthonormal columns, for recurrent weights of shape `(n, k * n)`.

    Each of the k square blocks is drawn by itself (Saxe et al. 2014).
    """

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Any:
        """Returns the values as a NumPy array."""
        rows, columns = shape
        count = math.ceil(columns / rows)
        blocks = [self._block(generator, rows) for _ in range(count)]
        return np.concatenate(blocks, axis=1)[:, :columns]

    def _block(self, generator: np.random.Generator, size: int) -> Any:
        q, r = np.linalg.qr(generator.normal(size=(size, size)))
        return q * np.sign(np.diag(r))


@keras.saving.register_keras_serializable("sensorium")
class Constant(keras.initializers.Initializer):
    """One value everywhere; made by NumPy, so that nothing is compiled.

    Args:
        value: The value.
    """

    def __init__(self, value: float = 0.0) -> None:
        self.value = value

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Any:
        """Returns a tensor of this shape."""
        values = np.full(tuple(shape), self.value, "float32")
        return keras.ops.convert_to_tensor(values, dtype=dtype or keras.config.floatx())

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments of the constructor."""
        return {"value": self.value}


def fans(shape: Sequence[int]) -> tuple[int, int]:
    """Numbers of inputs and outputs of one unit, for `(..., in, out)` kernels."""
    if len(shape) < 2:
        return (int(shape[0]) if shape else 1,) * 2
    field = math.prod(shape[:-2])
    return int(shape[-2]) * field, int(shape[-1]) * field
