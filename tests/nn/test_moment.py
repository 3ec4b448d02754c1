"""What rules see of a step: plain values, which cannot be changed."""

from __future__ import annotations

import dataclasses

import pytest

from sensorium.nn.moment import Moment


def test_a_moment_is_frozen() -> None:
    moment = Moment(("a",), [1.0], [True], {}, {}, {})
    assert moment.sample_weights is None
    with pytest.raises(dataclasses.FrozenInstanceError):
        moment.losses = [2.0]  # type: ignore[misc]
