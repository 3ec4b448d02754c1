"""Networks: encoders, fusion and heads as one Keras model, by the user's names."""

from __future__ import annotations

from sensorium.network.joined import join
from sensorium.network.model import Network

__all__ = ["Network", "join"]
