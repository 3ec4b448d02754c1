from __future__ import annotations

import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.nn.fusion import Tensor
from tests.nn.fusion.by_hand import (
    HERE,
    built,
    close,
    dense,
    fused,
    normed,
    projected,
)


def expected(fusion: Tensor, values: list[np.ndarray]) -> np.ndarray:
    ones = np.ones((len(HERE), 1))
    a, b, c = (np.concatenate([ones, value], axis=1) for value in values)
    products = np.einsum("ra,rb,rc->rabc", a, b, c).reshape(len(HERE), -1)
    return np.maximum(dense(fusion.mix, products), 0)


def test_it_mixes_all_products_of_the_projected_inputs() -> None:
    fusion = built(Tensor(5, width=2))
    values = [v * h[:, None] for v, h in zip(projected(fusion), HERE.T, strict=True)]
    close(fused(fusion), expected(fusion, values))


def test_without_a_width_inputs_stay_as_wide_as_they_are() -> None:
    fusion = built(Tensor(5, width=None))
    assert fusion.mix.kernel.shape == (10 * 13 * 4, 5)
    close(fused(fusion), expected(fusion, normed(fusion)))


def test_too_many_products_are_refused_with_their_number() -> None:
    text = (
        r"6 inputs has 9 x 9 x 9 x 9 x 9 x 9 = 531,441 units.*\(None, 4\).*`low_rank`"
    )
    with pytest.raises(DataError, match=text):
        Tensor().build([(None, 4)] * 6)
