"""A trained network without the heads that read one input alone."""

from __future__ import annotations

import numpy as np

from sensorium.network.unimodal import fused_only
from tests.nn.input_balance.made import array, network, rows


def test_the_fused_network_shares_its_weights_and_has_no_copies() -> None:
    model, (x, _) = network(), rows()
    fused = fused_only(model)
    assert list(fused.heads) == ["sold"]
    np.testing.assert_array_equal(array(fused(x)["sold"]), array(model(x)["sold"]))
    assert fused.encoders["facts"] is model.encoders["facts"]
    assert fused.heads["sold"] is model.heads["sold"]
