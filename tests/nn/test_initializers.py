from __future__ import annotations

import random

import keras
import numpy as np
import pytest

from sensorium.nn.initializers import (
    Constant,
    Glorot,
    He,
    Normal,
    Orthogonal,
    Uniform,
    fans,
    next_seed,
    seeded,
)
from tests.nn.samples import array


@pytest.mark.parametrize(
    ("initializer", "limit"),
    [
        (Glorot(0), (6 / 300) ** 0.5),
        (He(0), (6 / 100) ** 0.5),
        (Uniform(0.05, 0), 0.05),
    ],
)
def test_uniform_ones_fill_their_range(initializer, limit) -> None:
    values = array(initializer((100, 200)))
    assert np.abs(values).max() == pytest.approx(limit, rel=1e-3)
    assert values.std() == pytest.approx(limit / 3**0.5, rel=0.02)


def test_normal_has_its_scale() -> None:
    assert array(Normal(0.3, 0)((100, 200))).std() == pytest.approx(0.3, rel=0.02)


def test_orthogonal_blocks_have_orthonormal_columns() -> None:
    values = array(Orthogonal(0)((8, 24))).reshape(8, 3, 8)
    for block in range(3):
        product = values[:, block].T @ values[:, block]
        np.testing.assert_allclose(product, np.eye(8), atol=1e-6)


def test_fans_of_a_convolution_count_its_field() -> None:
    assert fans((3, 3, 8, 16)) == (72, 144)
    assert fans((5, 7)) == (5, 7)
    assert fans((5,)) == (5, 5)


@pytest.mark.parametrize("cls", [Glorot, He, Uniform, Normal, Orthogonal, Constant])
def test_config_gives_equal_values(cls) -> None:
    first = cls()
    again = cls.from_config(first.get_config())
    np.testing.assert_array_equal(array(first((4, 8))), array(again((4, 8))))


def test_each_is_drawn_for_itself() -> None:
    assert not np.array_equal(array(Glorot()((4, 8))), array(Glorot()((4, 8))))


def test_keras_seed_decides_all() -> None:
    found = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        found.append(array(Glorot()((4, 8))))
    np.testing.assert_array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


def test_seeded_depends_on_seed_and_name_alone() -> None:
    def drawn(seed: int, name: str) -> list[int]:
        with seeded(seed, name):
            return [next_seed(), next_seed()]

    random.seed(0)
    first = drawn(1, "photo")
    next_seed()
    assert drawn(1, "photo") == first
    assert drawn(2, "photo") != first
    assert drawn(1, "sound") != first
    assert first[0] != first[1]


def test_seeded_leaves_the_outer_seeds_alone() -> None:
    random.seed(0)
    expected = next_seed()
    random.seed(0)
    with seeded(1, "photo"):
        next_seed()
    assert next_seed() == expected
