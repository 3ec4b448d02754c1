"""Decoders: vectors in, values of an input's shape out. One file a class.

`DECODERS` is the table of the role: the word in a document -> the class.
`DEFAULT_DECODERS` says which one a value gets when none is named, by the number of its
axes without the rows; values of more axes get `dense`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensorium._lazy import lazy

if TYPE_CHECKING:
    from sensorium.nn.decoders.base import Decoder
    from sensorium.nn.decoders.convolution_1d import Convolution1D
    from sensorium.nn.decoders.convolution_2d import Convolution2D
    from sensorium.nn.decoders.dense import Dense

DECODERS = {
    "dense": "sensorium.nn.decoders.dense:Dense",
    "convolution_1d": "sensorium.nn.decoders.convolution_1d:Convolution1D",
    "convolution_2d": "sensorium.nn.decoders.convolution_2d:Convolution2D",
}

DEFAULT_DECODERS = {1: "dense", 2: "convolution_1d", 3: "convolution_2d"}

__all__ = [
    "DECODERS",
    "DEFAULT_DECODERS",
    "Convolution1D",
    "Convolution2D",
    "Decoder",
    "Dense",
]

__getattr__ = lazy(
    {reference.partition(":")[2]: reference for reference in DECODERS.values()}
    | {"Decoder": "sensorium.nn.decoders.base:Decoder"}
)
