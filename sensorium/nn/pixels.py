"""Losses and scores of masks: over the pixels that have a label."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from sensorium.nn.present import clean, entries_mean, present_mean
from sensorium.nn.row_mean import RowMean

_ROOM = 1e-6


def pixel_cross_entropy(labels: Any, outputs: Any) -> Any:
    """The mean over a row's labelled pixels of `logsumexp(z) - z_label`, `(rows,)`.

    Args:
        labels: Class ids `(rows, height, width)`; below 0 is no label.
        outputs: Logits `(rows, height, width, classes)`.
    """
    ops = keras.ops
    logs = ops.log_softmax(outputs, axis=-1)
    each = -ops.sum(_hot(labels, outputs) * logs, axis=-1)
    return entries_mean(each, labels >= 0)


def dice_loss(labels: Any, outputs: Any) -> Any:
    """One minus the mean Dice coefficient of the classes that a row has, `(rows,)`.

    With p the softmax of the logits and g one where a pixel is of the class, over the
    labelled pixels: `1 - mean over classes of 2 sum(p g) / (sum(p) + sum(g))`.

    Milletari et al. 2016 (arXiv 1606.04797, section 3), with `p` and `g` and not their
    squares in the denominator (as Sudre et al. 2017), and for several classes; classes
    that a row has no pixel of are left out, so that no empty sum is divided by another.

    Args:
        labels: Class ids `(rows, height, width)`; below 0 is no label.
        outputs: Logits `(rows, height, width, classes)`.
    """
    ops = keras.ops
    hot, known = _hot(labels, outputs), ops.cast(labels >= 0, "float32")
    shares = ops.softmax(outputs, axis=-1) * known[..., None]
    both = ops.sum(hot * shares, axis=(1, 2))
    total = ops.sum(shares, axis=(1, 2)) + ops.sum(hot, axis=(1, 2))
    there = ops.cast(ops.any(hot > 0, axis=(1, 2)), "float32")
    dice = 2.0 * both / ops.maximum(total, _ROOM)
    return 1.0 - _mean(dice, there)


def row_iou(labels: Any, outputs: Any, background: int | None) -> Any:
    """The intersection over union of each row, `(rows,)`: see `PixelIoU`.

    Args:
        labels: Class ids `(rows, height, width)`; below 0 is no label.
        outputs: Logits `(rows, height, width, classes)`.
        background: Class that is no object, or `None`.
    """
    ops = keras.ops
    hot, classes = _hot(labels, outputs), outputs.shape[-1]
    known = ops.cast(labels >= 0, "float32")[..., None]
    found = ops.one_hot(ops.argmax(outputs, axis=-1), classes, dtype="float32") * known
    both = ops.sum(hot * found, axis=(1, 2))
    either = ops.sum(ops.maximum(hot, found), axis=(1, 2))
    counts = [float(at != background) for at in range(classes)]
    there = ops.cast(either > 0, "float32") * ops.convert_to_tensor(counts)
    found_any = ops.sum(there, axis=-1) > 0
    each = _mean(both / ops.maximum(either, 1.0), there)
    return ops.where(found_any, each, ops.ones_like(each))


def _hot(labels: Any, outputs: Any) -> Any:
    """One for the class of each labelled pixel, `(rows, height, width, classes)`."""
    ops = keras.ops
    known = ops.cast(labels >= 0, "float32")[..., None]
    safe = ops.maximum(ops.cast(labels, "int32"), 0)
    return ops.one_hot(safe, outputs.shape[-1], dtype="float32") * known


def _mean(values: Any, counted: Any) -> Any:
    total = keras.ops.sum(values * counted, axis=-1)
    return total / keras.ops.maximum(keras.ops.sum(counted, axis=-1), 1.0)


class PixelLoss(keras.losses.Loss):
    """A loss of whole rows of masks, as its mean over the rows with a label.

    Unlike `Present` it lets the loss know which pixels have no label: they are -1.

    Args:
        rows: A function `(labels, outputs) -> (rows,)`.
        name: Name of the loss.
    """

    def __init__(self, rows: Callable[[Any, Any], Any], name: str) -> None:
        super().__init__(name=name, dtype="float32")
        self._rows = rows

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the loss of each row, `(rows,)`."""
        return self._rows(y_true, y_pred)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Returns the mean over the rows with a label, a scalar."""
        return present_mean(*self.rows(y_true, y_pred), sample_weight)

    def rows(self, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
        """Returns the loss of each row, and whether it has a label, both `(rows,)`.

        Args:
            y_true: Labels, some of them absent.
            y_pred: Outputs.
        """
        y_true = keras.ops.convert_to_tensor(y_true)
        y_pred = keras.ops.convert_to_tensor(y_pred)
        labels, outputs, present = clean("mask", y_true, y_pred)
        rows = self._rows(keras.ops.where(y_true >= 0, labels, -1), outputs)
        return rows, present


@keras.saving.register_keras_serializable("sensorium")
class PixelIoU(RowMean):
    """The mean over rows of the intersection over union (Jaccard index).

    That of a row is the mean over the classes that its labels or its prediction have,
    the background left out; 1 where neither has any. Pixels without a label do not
    count, nor do rows without any. NaN while there were no rows.

    Args:
        background: Class that is no object, or `None`.
        name: Name of the metric.
    """

    def __init__(self, background: int | None = 0, name: str = "iou") -> None:
        super().__init__(name)
        self.background = background

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes in one batch."""
        ops = keras.ops
        y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        labels, outputs, present = clean("mask", y_true, y_pred)
        rows = row_iou(ops.where(y_true >= 0, labels, -1), outputs, self.background)
        self.add_rows(rows, present, sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {**super().get_config(), "background": self.background}
