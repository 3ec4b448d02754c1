"""Heads: fused vectors in, one output out, with its loss and metrics.

`HEADS` is the table of the role: the word in a document -> the class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensorium._lazy import lazy

if TYPE_CHECKING:
    from sensorium.nn.heads.base import Head
    from sensorium.nn.heads.box import Box
    from sensorium.nn.heads.classification import Classification
    from sensorium.nn.heads.flags import Flags
    from sensorium.nn.heads.ordinal import Ordinal
    from sensorium.nn.heads.quantiles import Quantiles
    from sensorium.nn.heads.reconstruction import Reconstruction
    from sensorium.nn.heads.regression import Regression
    from sensorium.nn.heads.segmentation import Segmentation

HEADS = {
    "classification": "sensorium.nn.heads.classification:Classification",
    "regression": "sensorium.nn.heads.regression:Regression",
    "flags": "sensorium.nn.heads.flags:Flags",
    "box": "sensorium.nn.heads.box:Box",
    "quantiles": "sensorium.nn.heads.quantiles:Quantiles",
    "ordinal": "sensorium.nn.heads.ordinal:Ordinal",
    "segmentation": "sensorium.nn.heads.segmentation:Segmentation",
    "reconstruction": "sensorium.nn.heads.reconstruction:Reconstruction",
}

TARGETS = {
    "classification": "category",
    "regression": "number",
    "flags": "flags",
    "box": "box",
    "quantiles": "number",
    "ordinal": "category",
    "segmentation": "mask",
}
"""The kind of feature that reads a head's labels; `reconstruction` has none to read."""

TARGET_ARGUMENTS = {
    "box": ("form", "image_size"),
    "ordinal": ("order",),
    "segmentation": ("values", "image"),
}
"""The arguments of a head that the feature of its labels takes, too."""

RECONSTRUCTED = ("number", "image", "signal", "vector")
"""The kinds of inputs that can be reconstructed."""

__all__ = [
    "HEADS",
    "RECONSTRUCTED",
    "TARGETS",
    "TARGET_ARGUMENTS",
    "Box",
    "Classification",
    "Flags",
    "Head",
    "Ordinal",
    "Quantiles",
    "Reconstruction",
    "Regression",
    "Segmentation",
]

__getattr__ = lazy(
    {reference.partition(":")[2]: reference for reference in HEADS.values()}
    | {"Head": "sensorium.nn.heads.base:Head"}
)
