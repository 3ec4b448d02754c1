"""Encoders from anywhere: loading them, and Sensorium's own to describe new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensorium._lazy import lazy

if TYPE_CHECKING:
    from sensorium.encoders.documents import of_recipe
    from sensorium.encoders.loading import load, split
    from sensorium.nn.encoders import (
        DEFAULT_ENCODERS,
        ELSEWHERE,
        ENCODERS,
        GRU,
        MLP,
        Bag,
        Embedding,
        Encoder,
        Loaded,
        Periodic,
        Piecewise,
        Residual,
        RunEncoder,
        Saved,
        SignalConvolution,
        TextConvolution,
        Transformer,
        ValuesWarning,
        Wrapped,
    )

__all__ = [
    "DEFAULT_ENCODERS",
    "ELSEWHERE",
    "ENCODERS",
    "GRU",
    "MLP",
    "Bag",
    "Embedding",
    "Encoder",
    "Loaded",
    "Periodic",
    "Piecewise",
    "Residual",
    "RunEncoder",
    "Saved",
    "SignalConvolution",
    "TextConvolution",
    "Transformer",
    "ValuesWarning",
    "Wrapped",
    "load",
    "of_recipe",
    "split",
]

__getattr__ = lazy(
    {
        "load": "sensorium.encoders.loading:load",
        "of_recipe": "sensorium.encoders.documents:of_recipe",
        "split": "sensorium.encoders.loading:split",
        **{
            name: f"sensorium.nn.encoders:{name}"
            for name in __all__
            if name not in ("load", "of_recipe", "split")
        },
    }
)
