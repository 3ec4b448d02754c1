"""The settings of every head whose labels are given in a column."""

from __future__ import annotations

from typing import Any

from sensorium.nn.heads.base import Head
from sensorium.schema.types import Fraction, NonNegative


class LabelledHead(Head):
    """A head whose labels are given.

    Args:
        weight: Factor of this output's loss in the sum of all.
        dropout: Share of the fused units set to zero in training.
        column: Column of the labels, for a recipe; `None` stands for the output's name.
        sample_weight: Column of numbers from 0, for a recipe, that say how much a row's
            label counts: losses and metrics are `sum(w * value) / sum(w)` over the
            labels that are there. `None` counts all alike.
        reads: An input whose encoding alone the head sees; `None` is what the fusion
            made of all.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(
        self,
        *,
        weight: NonNegative = 1.0,
        dropout: Fraction = 0.0,
        column: str | None = None,
        sample_weight: str | None = None,
        reads: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.weight = weight
        self.dropout = dropout
        self.column = column
        self.sample_weight = sample_weight
        self.reads = reads
