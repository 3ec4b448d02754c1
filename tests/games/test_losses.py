"""Losses against the papers' formulas, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from keras import ops

from sensorium.games.losses import RULES, accuracy, gradient_penalty

REAL, FAKE = np.array([[2.0], [-1.0]], "float32"), np.array([[0.5], [3.0]], "float32")


def soft(value: float) -> float:
    return math.log1p(math.exp(value))


# Of the scores above: discriminator, generator, accuracy.
BY_HAND = {
    "non_saturating": (
        (soft(-2) + soft(1)) / 2 + (soft(0.5) + soft(3)) / 2,
        (soft(-0.5) + soft(-3)) / 2,
        0.25,
    ),
    "least_squares": (
        ((1 + 4) / 2 + (0.25 + 9) / 2) / 2,
        (0.25 + 4) / 2 / 2,
        0.5,
    ),
    "hinge": ((0 + 2) / 2 + (1.5 + 4) / 2, -(0.5 + 3) / 2, 0.25),
    "wasserstein": (1.75 - 0.5, -1.75, None),
}


@pytest.mark.parametrize("word", RULES)
def test_losses_are_those_of_their_papers(word) -> None:
    rule, (discriminator, generator, right) = RULES[word], BY_HAND[word]
    real, fake = ops.convert_to_tensor(REAL), ops.convert_to_tensor(FAKE)
    assert float(rule.discriminator(real, fake)) == pytest.approx(discriminator)
    assert float(rule.generator(fake)) == pytest.approx(generator)
    if right is not None:
        assert float(accuracy(rule, real, fake)) == right


def test_the_penalty_is_zero_where_the_slope_is_one() -> None:
    real, fake = np.ones((2, 2, 2, 1), "float32"), np.zeros((2, 2, 2, 1), "float32")
    at = np.full((2, 1, 1, 1), 0.5, "float32")

    def score(weight):
        return lambda images: ops.sum(weight * images, axis=(1, 2, 3))[:, None]

    # Four pixels: a slope of `weight` in each has the norm of twice the weight.
    assert float(gradient_penalty(score(0.5), real, fake, at)) == pytest.approx(0.0)
    assert float(gradient_penalty(score(2.0), real, fake, at)) == pytest.approx(9.0)
    assert float(gradient_penalty(score(0.0), real, fake, at)) == pytest.approx(
        1.0, abs=1e-4
    )


def test_the_penalty_looks_between_both_kinds_of_images() -> None:
    real, fake = (
        np.full((1, 1, 1, 1), 4.0, "float32"),
        np.zeros((1, 1, 1, 1), "float32"),
    )
    at = np.full((1, 1, 1, 1), 0.25, "float32")
    # The slope of x**2 at a quarter of the way, 1, is 2.
    found = gradient_penalty(lambda x: ops.square(x)[:, 0, 0], real, fake, at)
    assert float(ops.convert_to_numpy(found)) == pytest.approx(1.0)
