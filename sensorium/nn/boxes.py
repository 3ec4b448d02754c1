"""Boxes as tensors: their two forms, and how much two of them overlap."""

from __future__ import annotations

from typing import Any, Literal

import keras

Form = Literal["corners", "center_size"]

TINY = 1e-12
"""Areas up to this are no areas, so that nothing is divided by them."""


def to_corners(boxes: Any, form: str) -> Any:
    """Boxes `(rows, 4)` as `x0, y0, x1, y1`.

    Args:
        boxes: Boxes in the given form.
        form: `corners`, or `center_size`: middle x, middle y, width, height.
    """
    if form == "corners":
        return boxes
    middle, half = boxes[:, :2], boxes[:, 2:] / 2.0
    return keras.ops.concatenate([middle - half, middle + half], axis=-1)


def overlap(one: Any, two: Any) -> tuple[Any, Any]:
    """Intersection over union of pairs of boxes, and its generalised form.

    Rezatofighi et al. 2019, arXiv 1902.09630, algorithm 1: with the area C of the
    smallest box around both, `GIoU = IoU - (C - union) / C`. What is divided by an area
    of zero counts as 0: two boxes without area have both values 0, and finite
    gradients.

    Args:
        one: Corners `(rows, 4)`.
        two: Corners `(rows, 4)`.

    Returns:
        IoU in [0, 1] and GIoU in [-1, 1], both `(rows,)`.
    """
    ops = keras.ops
    inside = _area(
        ops.maximum(one[:, :2], two[:, :2]), ops.minimum(one[:, 2:], two[:, 2:])
    )
    around = _area(
        ops.minimum(one[:, :2], two[:, :2]), ops.maximum(one[:, 2:], two[:, 2:])
    )
    union = _area(one[:, :2], one[:, 2:]) + _area(two[:, :2], two[:, 2:]) - inside
    ratio = _share(inside, union)
    return ratio, ratio - _share(around - union, around)


@keras.saving.register_keras_serializable("sensorium")
def box_iou(y_true: Any, y_pred: Any, form: str = "corners") -> Any:
    """Intersection over union of each row, `(rows,)`, for a metric."""
    return overlap(to_corners(y_true, form), to_corners(y_pred, form))[0]


@keras.saving.register_keras_serializable("sensorium")
def box_error(
    y_true: Any, y_pred: Any, form: str = "corners", height: int = 1, width: int = 1
) -> Any:
    """Mean absolute error of each row's corners, `(rows,)`, for a metric.

    Args:
        y_true: Boxes `(rows, 4)`.
        y_pred: Boxes `(rows, 4)`.
        form: As in `to_corners`.
        height: Of the picture, which y is divided by.
        width: Of the picture, which x is divided by.
    """
    ops = keras.ops
    apart = ops.abs(to_corners(y_true, form) - to_corners(y_pred, form))
    sizes = ops.convert_to_tensor([width, height, width, height], "float32")
    return ops.mean(apart / sizes, axis=-1)


def _area(low: Any, high: Any) -> Any:
    return keras.ops.prod(keras.ops.relu(high - low), axis=-1)


def _share(part: Any, whole: Any) -> Any:
    ops = keras.ops
    some = whole > TINY
    share = part / ops.where(some, whole, ops.ones_like(whole))
    return ops.where(some, share, ops.zeros_like(share))
