"""What a foreign model needs of its input, as far as its layers tell."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from sensorium.errors import DataError, ValuesWarning, sentence

_FAR = 4.0
_FEW = 8


@dataclass(frozen=True)
class Needs:
    """What an encoder takes.

    Args:
        shape: Shape of one row; `None` where any size will do.
        dtype: Type of the values.
        low: Smallest value, where the model's own scaling tells it.
        high: Largest value.
        mean: Mean of the values that it was taught with, where it carries it.
        deviation: Standard deviation of these.
    """

    shape: tuple[int | None, ...]
    dtype: str
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    deviation: float | None = None

    def __str__(self) -> str:
        sizes = ", ".join("any" if size is None else str(size) for size in self.shape)
        text = f"({sizes}) {self.dtype}"
        if self.low is not None and self.high is not None:
            text += f" in [{self.low:g}, {self.high:g}]"
        if self.mean is not None and self.deviation is not None:
            text += f", about {self.mean:.3g} ± {self.deviation:.3g}"
        return text

    def check_shape(self, shape: Any, where: str) -> None:
        """Raises `DataError` unless rows of this shape `(rows, ...)` will do."""
        given = tuple(shape)[1:]
        fits = len(given) == len(self.shape) and all(
            want is None or size in (None, want)
            for want, size in zip(self.shape, given, strict=True)
        )
        if fits:
            return
        text = f"takes rows of shape {self.shape}, but its input has {given}"
        fix = "Give the input that shape."
        if len(self.shape) == len(given) == 3 and None not in self.shape[:2]:
            fix = f"Give the images its size: `size: {list(self.shape[:2])}`"
            fix += f", `channels: {self.shape[2]}`." if self.shape[2] else "."
        raise DataError(sentence(where, text, fix=fix))

    def warn(self, values: np.ndarray, where: str) -> None:
        """Warns if values are far from those that the encoder was taught with.

        Args:
            values: Some rows, without absent ones.
            where: How the message calls the encoder.
        """
        text = self._strange(np.asarray(values)) if len(values) else ""
        if text:
            message = sentence(where, text, fix="Scale them as its teacher did.")
            warnings.warn(message, ValuesWarning, stacklevel=3)

    def _strange(self, values: np.ndarray) -> str:
        low, high = float(values.min()), float(values.max())
        found = f"is given values from {low:g} to {high:g}"
        if self.low is not None and self.high is not None:
            width = self.high - self.low
            outside = low < self.low - 0.1 * width or high > self.high + 0.1 * width
            tiny = values.size > _FEW and high - low < 0.02 * width
            if outside or tiny:
                return f"{found}, but takes {self.low:g} to {self.high:g}"
        if self.mean is not None and self.deviation is not None:
            mean, deviation = float(values.mean()), max(self.deviation, 1e-12)
            far = abs(mean - self.mean) > _FAR * deviation
            ratio = float(values.std()) / deviation
            if far or (values.size > _FEW and not 1 / 16 < ratio < 16):
                was = f"{self.mean:.3g} ± {self.deviation:.3g}"
                now = f"{mean:.3g} ± {values.std():.3g}"
                return f"is given values of {now}, but was taught with {was}"
        return ""


def needs_of(model: Any) -> Needs:
    """Reads from a cut model what it takes: its input, and what scales it first."""
    tensor = keras.tree.flatten(model.inputs)[0]
    dtype = str(keras.backend.standardize_dtype(tensor.dtype))
    low = high = mean = deviation = None
    for layer in model.layers[1:4]:
        if isinstance(layer, keras.layers.Rescaling) and mean is None:
            low, high = _range(layer)
        if isinstance(layer, keras.layers.Normalization) and layer.built:
            mean, deviation = _moments(layer, low, high)
            break
    return Needs(tuple(tensor.shape[1:]), dtype, low, high, mean, deviation)


def _range(layer: Any) -> tuple[float | None, float | None]:
    """The values that a scaling turns into [0, 1] or [-1, 1], if it is one of these."""
    if np.size(layer.scale) != 1 or np.size(layer.offset) != 1:
        offsets = np.ravel(layer.offset)
        # The mean pixel of ImageNet, which VGG and ResNet subtract.
        means = np.all(layer.scale == 1) and ((offsets > -150) & (offsets < -90)).all()
        return (0.0, 255.0) if means else (None, None)
    scale, offset = float(np.squeeze(layer.scale)), float(np.squeeze(layer.offset))
    if scale <= 0:
        return None, None
    low = 0.0 if offset == 0 else -1.0
    return (low - offset) / scale, (1.0 - offset) / scale


def _moments(
    layer: Any, low: float | None, high: float | None
) -> tuple[float | None, float | None]:
    """Mean and deviation over all columns; in units before a scaling to [0, 1]."""
    mean, variance = (
        np.asarray(keras.ops.convert_to_numpy(x), "float64")
        for x in (layer.mean, layer.variance)
    )
    center = float(mean.mean())
    spread = float(np.sqrt((variance + (mean - center) ** 2).mean()))
    if low is None or high is None:
        return center, spread
    if low != 0.0:
        return None, None
    return center * high, spread * high
