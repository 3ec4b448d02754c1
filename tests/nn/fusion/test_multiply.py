from __future__ import annotations

import numpy as np

from sensorium.nn.fusion import Multiply
from tests.nn.fusion.by_hand import HERE, built, close, fused, inputs, projected, weight


def test_it_is_the_product_with_1_for_what_is_absent() -> None:
    fusion = built(Multiply(5))
    factors = [
        np.where(here[:, None], 1 + values, 1)
        for values, here in zip(projected(fusion), HERE.T, strict=True)
    ]
    expected = np.prod(factors, axis=0)
    expected[3] = weight(fusion.nothing)
    close(fused(fusion), expected)


def test_the_product_of_many_inputs_begins_of_size_one() -> None:
    shapes = [(10,)] * 16
    fusion = Multiply(64)
    fusion.build([(None, *shape) for shape in shapes])
    found = fused(fusion, inputs(shapes, 50), np.ones((50, 16), bool))
    assert 0.3 < np.sqrt((found**2).mean()) < 4
