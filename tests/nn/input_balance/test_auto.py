"""The default's settings."""

from __future__ import annotations

from sensorium.nn.input_balance import Auto


def test_it_has_heads_and_hides_inputs_but_steers_nothing() -> None:
    rule = Auto()
    assert rule.has_heads
    assert rule.weight > 0
    assert 0 < rule.dropout < 1
    assert not rule.steers
