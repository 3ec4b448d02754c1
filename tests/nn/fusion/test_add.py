from __future__ import annotations

import numpy as np

from sensorium.nn.fusion import Add
from tests.nn.fusion.by_hand import (
    built,
    close,
    dense,
    fused,
    mean_of_present,
    projected,
    weight,
)


def test_it_is_the_mean_of_what_is_there() -> None:
    fusion = built(Add(5, num_layers=0))
    expected = mean_of_present(projected(fusion))
    expected[3] = weight(fusion.nothing)
    close(fused(fusion), expected)


def test_a_hidden_layer_follows() -> None:
    bare, fusion = built(Add(5, num_layers=0)), built(Add(5))
    for mine, other in zip(bare.weights, fusion.weights, strict=False):
        mine.assign(other)
    close(fused(fusion), np.maximum(dense(fusion.hidden.first, fused(bare)), 0))
