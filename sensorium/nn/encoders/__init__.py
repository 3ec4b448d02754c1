"""Encoders: one input in, `(rows, units)` out. One file a class.

`ENCODERS` is the table of the role: the word in a document -> the class.
`DEFAULT_ENCODERS` says which one a kind of feature gets when none is named.
`ELSEWHERE` are the words for encoders that are made somewhere else and loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensorium._lazy import lazy

if TYPE_CHECKING:
    from sensorium.errors import ValuesWarning
    from sensorium.nn.encoders.bag import Bag
    from sensorium.nn.encoders.base import Encoder
    from sensorium.nn.encoders.embedding import Embedding
    from sensorium.nn.encoders.gru import GRU
    from sensorium.nn.encoders.loaded import Loaded
    from sensorium.nn.encoders.mlp import MLP
    from sensorium.nn.encoders.periodic import Periodic
    from sensorium.nn.encoders.piecewise import Piecewise
    from sensorium.nn.encoders.residual import Residual
    from sensorium.nn.encoders.run_encoder import RunEncoder
    from sensorium.nn.encoders.saved import Saved
    from sensorium.nn.encoders.signal_convolution import SignalConvolution
    from sensorium.nn.encoders.text_convolution import TextConvolution
    from sensorium.nn.encoders.transformer import Transformer
    from sensorium.nn.encoders.wrapped import Wrapped

ENCODERS = {
    "piecewise": "sensorium.nn.encoders.piecewise:Piecewise",
    "periodic": "sensorium.nn.encoders.periodic:Periodic",
    "mlp": "sensorium.nn.encoders.mlp:MLP",
    "embedding": "sensorium.nn.encoders.embedding:Embedding",
    "bag": "sensorium.nn.encoders.bag:Bag",
    "text_convolution": "sensorium.nn.encoders.text_convolution:TextConvolution",
    "gru": "sensorium.nn.encoders.gru:GRU",
    "transformer": "sensorium.nn.encoders.transformer:Transformer",
    "residual": "sensorium.nn.encoders.residual:Residual",
    "signal_convolution": (
        "sensorium.nn.encoders.signal_convolution:SignalConvolution"
    ),
    "saved": "sensorium.nn.encoders.saved:Saved",
    "run": "sensorium.nn.encoders.run_encoder:RunEncoder",
    "loaded": "sensorium.nn.encoders.loaded:Loaded",
}

ELSEWHERE = ("saved", "run", "loaded")

DEFAULT_ENCODERS = {
    "number": "piecewise",
    "category": "embedding",
    "text": "bag",
    "image": "residual",
    "signal": "signal_convolution",
    "vector": "mlp",
    "flags": "mlp",
    "time": "mlp",
    "box": "mlp",
}

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
]

__getattr__ = lazy(
    {reference.partition(":")[2]: reference for reference in ENCODERS.values()}
    | {
        "Encoder": "sensorium.nn.encoders.base:Encoder",
        "ValuesWarning": "sensorium.errors:ValuesWarning",
        "Wrapped": "sensorium.nn.encoders.wrapped:Wrapped",
    }
)
