from __future__ import annotations

import keras
import pytest

from sensorium.nn.dense import convolution, dense, dropout, kernel, layer_norm
from sensorium.nn.initializers import Glorot, He


@pytest.mark.parametrize(
    ("activation", "expected"), [("relu", He), ("gelu", He), (None, Glorot)]
)
def test_distribution_fits_the_activation(activation, expected) -> None:
    assert type(kernel(activation)) is expected


def test_parts_have_the_names_and_precision_they_are_given() -> None:
    parts = [
        dense(3, "relu", name="a", dtype="bfloat16"),
        layer_norm("a", "bfloat16"),
        dropout(0.5, "a", "bfloat16"),
        convolution(2, 4, 3, strides=2, name="a", dtype="bfloat16"),
    ]
    assert {part.name for part in parts} == {"a"}
    assert {part.compute_dtype for part in parts} == {"bfloat16"}


def test_dropouts_with_one_seed_drop_the_same() -> None:
    found = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        found.append(dropout(0.5, "drop").seed)
    assert found[0] == found[1] != found[2]


def test_a_convolution_pads_and_strides() -> None:
    assert convolution(1, 4, 5, strides=2, name="a").compute_output_shape(
        (None, 7, 3)
    ) == (None, 4, 4)
