"""What columns mean: one file a kind. Fitted on training rows only; no Keras.

`FEATURES` is the table of the role: the word in a document -> the class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensorium._lazy import lazy
from sensorium.features.base import (
    Column,
    Columns,
    Digest,
    Encoded,
    Feature,
    Reading,
    State,
)

if TYPE_CHECKING:  # the names that are imported when they are first used
    from sensorium.features.box import Box
    from sensorium.features.category import Category
    from sensorium.features.flags import Flags
    from sensorium.features.image import Image
    from sensorium.features.mask import Mask
    from sensorium.features.number import Number
    from sensorium.features.signal import Signal
    from sensorium.features.text import Text
    from sensorium.features.time import Time
    from sensorium.features.vector import Vector

FEATURES = {
    "number": "sensorium.features.number:Number",
    "category": "sensorium.features.category:Category",
    "text": "sensorium.features.text:Text",
    "image": "sensorium.features.image:Image",
    "signal": "sensorium.features.signal:Signal",
    "vector": "sensorium.features.vector:Vector",
    "flags": "sensorium.features.flags:Flags",
    "time": "sensorium.features.time:Time",
    "mask": "sensorium.features.mask:Mask",
    "box": "sensorium.features.box:Box",
}

__all__ = [
    "FEATURES",
    "Box",
    "Category",
    "Column",
    "Columns",
    "Digest",
    "Encoded",
    "Feature",
    "Flags",
    "Image",
    "Mask",
    "Number",
    "Reading",
    "Signal",
    "State",
    "Text",
    "Time",
    "Vector",
]

__getattr__ = lazy({r.partition(":")[2]: r for r in FEATURES.values()})
