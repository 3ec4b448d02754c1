"""What every epoch tells of outputs that share a network: weights and gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from sensorium.network.norms import GradientNorms
from sensorium.training.dataset import Batch, EncodedBatches
from sensorium.training.mixing import MixedBatches

FAR = 100.0
"""How many times another's gradient is too long."""


class GradientRecord(keras.callbacks.Callback):
    """Tells at the end of every epoch how much each output weighs and pulls.

    `<output>_weight` is the mean weight of its loss, and `<output>_gradient` the length
    of its loss's gradient, times that weight, on all weights that do not belong to one
    head alone. It is measured on the first batch of each table, with the weights that
    the epoch ends with; NaN where that batch has no label. A balance that measures
    lengths itself is asked for its own, means over steps. It must stand before
    callbacks that record.

    Args:
        rows: The batches that are learned from.
        names: The outputs; disposable heads are not told of.
    """

    def __init__(
        self, rows: EncodedBatches | MixedBatches, names: Sequence[str]
    ) -> None:
        super().__init__()
        self.rows = rows
        self.names = tuple(names)
        self._norms: GradientNorms | None = None
        self._waits: list[Callable[[], None]] = []

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Begins to compile when the step is compiled: both at once take more room."""
        # Variables have no values here on JAX: the balance cannot be asked for lengths.
        if self._norms is None and batch > 0 and self._measuring() is None:
            self._norms = GradientNorms(self.model, self.names)
            self._waits = [self._norms.begin(self._batches()[0])]

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Measures, and adds to what the epoch tells."""
        if logs is None:
            return
        fixed = self.model.output_weights
        for name, norm in (self._by_balance() or self._measured()).items():
            weight = float(logs.get(f"{name}_weight", fixed[name]))
            logs[f"{name}_weight"] = weight
            logs[f"{name}_gradient"] = weight * norm

    def close(self) -> None:
        """Waits for what is still being compiled; nothing goes on after it."""
        while self._waits:
            self._waits.pop()()

    def _measuring(self) -> Any:
        """The balance, where it measures lengths itself; else `None`."""
        balance = getattr(self.model, "balance", None)
        return balance if balance is not None and balance.measures else None

    def _by_balance(self) -> dict[str, float]:
        """Lengths that the balance knows; nothing where it measures none."""
        balance = self._measuring()
        if balance is None:
            return {}
        every = zip(self.model.heads, balance.lengths().tolist(), strict=True)
        return {name: length for name, length in every if name in self.names}

    def _measured(self) -> dict[str, float]:
        if self._norms is None:
            self._norms = GradientNorms(self.model, self.names)
        self.close()
        return self._norms(self._batches())

    def _batches(self) -> list[Batch]:
        tables = getattr(self.rows, "tables", [self.rows])
        return [table.turn(0) for table in tables]

    def warnings(
        self, epochs: Sequence[Mapping[str, Any]], balanced: bool
    ) -> list[str]:
        """What `gradient_warnings` says of these outputs.

        Args:
            epochs: What each epoch told.
            balanced: Whether a balance weighed them.
        """
        return gradient_warnings(epochs, self.names, balanced=balanced)


def gradient_warnings(
    epochs: Sequence[Mapping[str, Any]], outputs: Sequence[str], *, balanced: bool
) -> list[str]:
    """Names an output whose gradient drowns another's, and what would help.

    It compares medians over the epochs, so that an output which is learned first, and
    has little to pull for at the end, is no reason to warn.

    Args:
        epochs: What each epoch told.
        outputs: The outputs that were trained.
        balanced: Whether a balance weighed them.
    """
    medians = {name: _median(epochs, f"{name}_gradient") for name in outputs}
    known = {name: value for name, value in medians.items() if value > 0}
    if len(known) < 2:
        return []
    strong, weak = max(known, key=known.__getitem__), min(known, key=known.__getitem__)
    times = known[strong] / known[weak]
    if times <= FAR:
        return []
    text = f"the gradient of `{strong}` is {_round(times)} times that of `{weak}` on "
    text += f"the weights they share, so `{weak}` hardly learns there. "
    if balanced:
        fix = "Set `scale: true` where one is a regression, or try another `balance`."
    else:
        fix = "`balance: uncertainty` in the stage weighs them alike; `scale: true` on "
        fix += "a regression, or another `weight`, helps too."
    return [text + fix]


def _median(epochs: Sequence[Mapping[str, Any]], name: str) -> float:
    found = [epoch[name] for epoch in epochs if epoch.get(name) is not None]
    numbers = [value for value in found if np.isfinite(value)]
    return float(np.median(numbers)) if numbers else 0.0


def _round(times: float) -> str:
    return f"{float(f'{times:.2g}'):,.0f}"
