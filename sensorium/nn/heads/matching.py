"""`Matching`: an input's encoding is held near another one."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import numpy as np

from sensorium.nn.heads.base import Head, numbers
from sensorium.nn.present import PresentMetric, Target
from sensorium.schema.types import NonNegative


@keras.saving.register_keras_serializable("sensorium")
class Matching(Head):
    """Compares an input's encoding with that of a teacher; it has no weights.

    UMT (Du et al. 2023, arXiv 2305.01233, section 4): the squared distance of the
    encodings. Ours is divided by their width. Labels are the teacher's encodings,
    `(rows, width)`; NaN where there is none.

    Args:
        reads: The input.
        weight: Factor of the distance in the sum of all losses.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    target: ClassVar[Target] = "values"

    def __init__(self, reads: str, *, weight: NonNegative = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.reads = reads
        self.weight = weight
        self.loss = "distance"

    def build(self, input_shape: Any) -> None:
        """Makes nothing."""

    def call(
        self, inputs: Any, presence: Any = None, training: bool | None = None
    ) -> Any:
        """Returns the encoding, `(rows, width)`, float32."""
        return keras.ops.cast(inputs, "float32")

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Returns `(rows, width)`."""
        return tuple(input_shape)

    def row_loss(self, labels: Any, outputs: Any) -> Any:
        """The squared distance of each row, divided by the width."""
        return keras.ops.mean(keras.ops.square(outputs - labels), axis=-1)

    def absent(self, outputs: Any) -> Any:
        """Labels that say "absent" for every row of these outputs."""
        return keras.ops.full_like(keras.ops.cast(outputs, "float32"), float("nan"))

    def metric_objects(self) -> list[keras.metrics.Metric]:
        """The mean absolute difference."""
        return [PresentMetric(keras.metrics.MeanAbsoluteError(name="mae"), "values")]

    def decode(self, outputs: Any) -> dict[str, np.ndarray]:
        """Returns `value`, `(rows, width)`, in float64."""
        return {"value": numbers(outputs)}
