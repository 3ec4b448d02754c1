"""No balance of inputs."""

from __future__ import annotations

from sensorium.nn.input_balance import NoBalance


def test_it_has_neither_heads_nor_hidden_inputs() -> None:
    rule = NoBalance()
    assert not rule.has_heads
    assert rule.dropout == 0
    assert not rule.steers
