"""What the forward pass of every engine promises."""

from __future__ import annotations

import keras
import numpy as np

from sensorium.engine import engine
from tests.training.made import inputs_of, rows, small_network


def check_forward() -> None:
    """Compares it with `network(inputs, training=False)`, dropout and presence too."""
    network, inputs = small_network(dropout=0.5), inputs_of(rows(16))
    found = engine().compiled_forward(network)(inputs)
    expected = network(inputs, training=False)
    assert set(found) == {"sold", "price"}
    for name in expected:
        one, two = (keras.ops.convert_to_numpy(o[name]) for o in (found, expected))
        np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-6)
