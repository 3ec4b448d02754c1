from __future__ import annotations

from sensorium.nn.encoders import MLP


def test_layers_and_widths_are_those_asked_for() -> None:
    encoder = MLP(5, num_layers=3)
    encoder.build((None, 4))
    kernels = [w.shape for w in encoder.weights if w.name == "kernel"]
    assert kernels == [(4, 5), (5, 5), (5, 5)]
