"""Minima over weights that sum to 1, against SciPy."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from scipy.optimize import minimize

from sensorium.nn.balance.simplex import lowest, norm, scaled
from tests.nn.balance.made import numbers


def by_scipy(objective, count):
    whole = {"type": "eq", "fun": lambda weights: weights.sum() - 1}
    return minimize(
        objective,
        np.full(count, 1 / count),
        bounds=[(0, 1)] * count,
        constraints=whole,
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )


@pytest.mark.parametrize("radius", [None, 0.4])
@pytest.mark.parametrize("count", [2, 5, 8])
def test_the_minimum_is_found(count, radius) -> None:
    draw = np.random.default_rng(count)
    rows = draw.normal(size=(count, 12)) * draw.uniform(0.3, 3, (count, 1))
    gram = rows @ rows.T
    gram /= gram.max()
    linear = gram.mean(axis=1) if radius else np.zeros(count)

    def objective(weights):
        square = weights @ gram @ weights
        if radius is None:
            return square / 2 + linear @ weights
        return linear @ weights + radius * np.sqrt(square)

    found = numbers(
        lowest(
            keras.ops.convert_to_tensor(gram.astype("float32")),
            keras.ops.convert_to_tensor(linear.astype("float32")),
            keras.ops.ones(count, dtype="bool"),
            radius,
        )
    ).astype("float64")
    np.testing.assert_allclose(found.sum(), 1, rtol=1e-5)
    assert found.min() >= 0
    assert objective(found) <= by_scipy(objective, count).fun + 1e-6


def test_norms_and_scales() -> None:
    gram = keras.ops.convert_to_tensor(np.array([[4.0, 0.0], [0.0, 1.0]], "float32"))
    weights = keras.ops.convert_to_tensor(np.array([1.0, 2.0], "float32"))
    np.testing.assert_allclose(float(norm(gram, weights)), np.sqrt(8), rtol=1e-6)
    np.testing.assert_allclose(numbers(scaled(gram)), [[1, 0], [0, 0.25]])
    nothing = keras.ops.zeros((2, 2))
    np.testing.assert_array_equal(numbers(scaled(nothing)), np.zeros((2, 2)))
