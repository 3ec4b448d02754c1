"""Sensorium joins encoders of different inputs into one Keras model."""

from __future__ import annotations

__version__ = "0.1.0"
