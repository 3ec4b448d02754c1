"""CLIP's loss against the paper's own lines in NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sensorium.nn.alignment import Alignment
from sensorium.nn.contrast import contrastive_loss
from tests.nn.samples import array, compiled

ROWS = np.ones(5, bool)


def loss(first, second, rows, scale: float) -> float:
    return float(array(compiled(contrastive_loss)(first, second, rows, scale)))


def published(first, second, scale: float) -> float:
    """Figure 3 of Radford et al. 2021, with the cross-entropy written out."""
    logits = first @ second.T * scale
    losses = []
    for axis in (0, 1):
        shifted = logits - logits.max(axis=axis, keepdims=True)
        log_sums = np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
        losses.append(-np.diag(shifted - log_sums).mean())
    return float(sum(losses) / 2)


@pytest.mark.parametrize("scale", [1 / 0.07, 100.0])
def test_it_is_the_symmetric_cross_entropy_of_figure_3(scale) -> None:
    first, second = np.random.default_rng(3).normal(size=(2, 5, 7))
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second /= np.linalg.norm(second, axis=1, keepdims=True)
    found = loss(first.astype("float32"), second.astype("float32"), ROWS, scale)
    assert found == pytest.approx(published(first, second, scale), 1e-4)


def test_equal_vectors_cost_the_logarithm_of_the_number_of_rows() -> None:
    same = np.tile([[1.0, 0.0]], (5, 1)).astype("float32")
    found = loss(same, same, ROWS, 9.0)
    assert found == pytest.approx(math.log(5), rel=1e-6)


def test_two_rows_at_right_angles() -> None:
    # Each way: -log(e^s / (e^s + 1)) with s the scale.
    eye = np.eye(2, dtype="float32")
    found = loss(eye, eye, ROWS[:2], 2.0)
    assert found == pytest.approx(math.log1p(math.exp(-2)), rel=1e-5)


def test_the_temperature_begins_at_the_papers() -> None:
    import keras

    model = Alignment({"a": keras.layers.Identity(), "b": keras.layers.Identity()}, 3)
    model.build_from({"a": ((4,), "float32"), "b": ((2,), "float32")})
    assert model.temperature == pytest.approx(0.07)
    model.log_scale.assign(model.log_scale.constraint(np.float32(9.0)))
    assert model.temperature == pytest.approx(1 / 100)
