"""Keras layers in `keras.ops` only: encoders, fusion, decoders, heads, and the trunk.

Importing this package imports no Keras; the classes are imported when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensorium._lazy import lazy

if TYPE_CHECKING:
    from sensorium.nn import (
        balance,
        decoders,
        encoders,
        fusion,
        heads,
        input_balance,
    )
    from sensorium.nn.alignment import Alignment
    from sensorium.nn.present import Present, PresentMetric
    from sensorium.nn.trunk import Trunk
    from sensorium.nn.unimodal import with_unimodal_heads

__all__ = [
    "Alignment",
    "Present",
    "PresentMetric",
    "Trunk",
    "balance",
    "decoders",
    "encoders",
    "fusion",
    "heads",
    "input_balance",
    "with_unimodal_heads",
]

__getattr__ = lazy(
    {
        "Alignment": "sensorium.nn.alignment:Alignment",
        "Present": "sensorium.nn.present:Present",
        "PresentMetric": "sensorium.nn.present:PresentMetric",
        "Trunk": "sensorium.nn.trunk:Trunk",
        "balance": "sensorium.nn.balance",
        "decoders": "sensorium.nn.decoders",
        "encoders": "sensorium.nn.encoders",
        "fusion": "sensorium.nn.fusion",
        "heads": "sensorium.nn.heads",
        "input_balance": "sensorium.nn.input_balance",
        "with_unimodal_heads": "sensorium.nn.unimodal:with_unimodal_heads",
    }
)
