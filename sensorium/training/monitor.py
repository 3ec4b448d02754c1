"""Which score says what epoch was best: for early stopping and the weights kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from sensorium.errors import Problem, RecipeError, listing, near
from sensorium.training.dataset import LABEL, WEIGHT, EncodedBatches
from sensorium.training.mixing import MixedBatches
from sensorium.training.stage import Stage

Rows = EncodedBatches | MixedBatches
BLOCK = 4096
"""Rows that are looked through at a time."""


class Monitor:
    """Compares epochs by their validation losses; lower is better.

    Outputs without any label in the validation rows are left out: they have no loss.

    Args:
        stage: What to compare by, and its weights of losses.
        network: What is trained.
        validation: Its validation rows, or `None`.

    Raises:
        RecipeError: If the stage's `monitor` is no output, or one without validation
            labels.
    """

    def __init__(self, stage: Stage, network: Any, validation: Rows | None) -> None:
        self.word = stage.monitor
        self.network = network
        self.validation = validation
        heads = getattr(network, "heads", {})
        self.weights = {
            name: float((stage.loss_weights or {}).get(name, heads[name].weight))
            for name in heads
            if validation is not None and _is_labelled(heads[name], name, validation)
        }
        self.compares = validation is not None and (bool(self.weights) or not heads)
        self.best_epochs: dict[str, int] = {}
        """By output, for `each`."""
        self.best_heads: dict[str, list[np.ndarray]] = {}
        self._first: dict[str, float] = {}
        self._lowest: dict[str, float] = {}
        if self.compares:
            self._check(heads)

    @property
    def last_gain(self) -> int:
        """The last epoch in which a single output improved, for `each`; 0 without."""
        return max(self.best_epochs.values(), default=0)

    def score(self, epoch: int, values: Mapping[str, Any]) -> float:
        """The score of an epoch; infinite where it is no number, so that it never wins.

        Args:
            epoch: From 1. Without validation labels a later one is better.
            values: What Keras tells of it.
        """
        if not self.compares:
            return -float(epoch)
        losses = {name: self._loss(name, values) for name in self.weights}
        for name, loss in losses.items():
            self._first.setdefault(name, loss)
        if self.word in ("scaled", "each"):
            found = sum(losses[n] * w / self._scale(n) for n, w in self.weights.items())
        elif self.word in losses:
            found = losses[self.word]
        else:
            found = _number(values.get("val_loss"))
        return found if np.isfinite(found) else np.inf

    def see(self, epoch: int, values: Mapping[str, Any], *, keep: bool = True) -> None:
        """Remembers for `each` output the head of its best epoch.

        Args:
            epoch: From 1.
            values: What Keras tells of it.
            keep: Whether the network has that epoch's weights.
        """
        if self.word != "each":
            return
        for name in self.weights:
            loss = self._loss(name, values)
            if loss < self._lowest.get(name, np.inf):
                self._lowest[name] = loss
                self.best_epochs[name] = epoch
                if keep:
                    self.best_heads[name] = self.network.heads[name].get_weights()

    def finish(self, values: Mapping[str, Any]) -> list[str]:
        """Gives every output the head of its own best epoch, where that helps.

        A head of another epoch than the shared parts was taught with other encodings,
        so it is kept only if its validation loss is lower with those that are kept.

        Args:
            values: What Keras told of the epoch whose weights the network has.

        Returns:
            The outputs whose head was exchanged.
        """
        if not self.best_heads:
            return []
        heads = {name: self.network.heads[name] for name in self.best_heads}
        before = {name: head.get_weights() for name, head in heads.items()}
        for name, head in heads.items():
            head.set_weights(self.best_heads[name])
        found = self.network.evaluate(self.validation, verbose=0, return_dict=True)
        now = {f"val_{name}": value for name, value in found.items()}
        better = [n for n in heads if self._loss(n, now) < self._loss(n, values)]
        for name in set(heads) - set(better):
            heads[name].set_weights(before[name])
        return better

    def arrays(self) -> dict[str, np.ndarray]:
        """The best heads, as arrays of a checkpoint."""
        return {
            f"heads.{place}/{number}": array
            for place, name in enumerate(self.weights)
            for number, array in enumerate(self.best_heads.get(name, ()))
        }

    def resume(self, epochs: list[dict[str, Any]], arrays: Mapping[str, Any]) -> None:
        """Goes on from a checkpoint.

        Args:
            epochs: What was told of the epochs that are done.
            arrays: The checkpoint's arrays.
        """
        for number, values in enumerate(epochs, 1):
            self.score(number, values)
            self.see(number, values, keep=False)
        for place, name in enumerate(self.weights):
            start = f"heads.{place}/"
            count = sum(key.startswith(start) for key in arrays)
            if count:
                self.best_heads[name] = [arrays[f"{start}{i}"] for i in range(count)]

    def _loss(self, name: str, values: Mapping[str, Any]) -> float:
        several = len(self.network.heads) > 1  # Keras names the only one `loss`
        return _number(values.get(f"val_{name}_loss" if several else "val_loss"))

    def _scale(self, name: str) -> float:
        first = abs(self._first[name])
        return first if np.isfinite(first) and first > 0 else 1.0

    def _check(self, heads: Mapping[str, Any]) -> None:
        if self.word == "total":
            return
        if not heads:
            text = "this stage has no outputs: `total` is all that it can monitor."
            raise RecipeError([Problem("monitor", text)])
        if self.word in ("scaled", "each", *self.weights):
            return
        known = ["total", "scaled", "each", *self.weights]
        if self.word in heads:
            text = f"no validation row has a label of `{self.word}`. "
        else:
            text = f"there is no output `{self.word}`. {near(self.word, known)}".strip()
        fix = f" Known: {listing([f'`{word}`' for word in known], 12)}."
        raise RecipeError([Problem("monitor", text.rstrip() + fix)])


def _number(value: Any) -> float:
    return np.nan if value is None else float(value)


def _is_labelled(head: Any, name: str, rows: Rows) -> bool:
    """Whether any row has a label of an output that counts."""
    tables = rows.tables if isinstance(rows, MixedBatches) else [rows]
    if all(LABEL + name not in table.arrays for table in tables):
        # Labels may be made of an input, or be those of another head.
        return head.of is not None or getattr(head, "labels_of", None) is not None
    return any(any(_blocks(table.arrays, name)) for table in tables)


def _blocks(arrays: Mapping[str, Any], name: str) -> Iterator[bool]:
    labels, weights = arrays.get(LABEL + name, ()), arrays.get(WEIGHT + name)
    for start in range(0, len(labels), BLOCK):
        part = np.asarray(labels[start : start + BLOCK])
        known = part >= 0 if part.dtype.kind in "iu" else ~np.isnan(part)
        there = known.reshape(len(known), -1).any(axis=1)
        if weights is not None:
            there &= np.asarray(weights[start : start + BLOCK]) > 0
        yield bool(there.any())
