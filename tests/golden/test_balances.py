"""Balances against the rules of their papers, by number (X3 and worked examples)."""

from __future__ import annotations

import itertools

import keras
import numpy as np
import pytest
from scipy.optimize import brentq

from tests.nn.balance.made import CONFLICT, built, direction, weigh

EXACT = {"rtol": 1e-6, "atol": 1e-6}
LONG = CONFLICT * [[10.0], [1.0]]


@pytest.mark.parametrize(
    ("document", "gradients", "products"),
    [
        # The products of the direction with both gradients; a negative one is a loss
        # that rises.
        ("fixed", CONFLICT, (0.26, 0.39)),
        ("pcgrad", CONFLICT, (0.52, 0.585)),
        ("mgda", CONFLICT, (0.6084 / 3.77, 0.6084 / 3.77)),
        ("fixed", LONG, (96.2, -6.63)),
        ("pcgrad", LONG, (52.0, 0.585)),
        ("cagrad", CONFLICT, (0.19297922, 0.19297922)),
    ],
)
def test_gradients_that_are_in_conflict(document, gradients, products) -> None:
    found = gradients @ direction(built(document), gradients)
    np.testing.assert_allclose(found, products, **EXACT)


def test_mgda_of_two_is_the_closed_form_of_the_paper() -> None:
    gram = CONFLICT @ CONFLICT.T
    found = weigh(built("mgda"), [1.0, 1.0], gram=gram)
    first, second = CONFLICT
    share = ((second - first) @ second) / ((first - second) @ (first - second))
    np.testing.assert_allclose(found, [share, 1 - share], **EXACT)
    np.testing.assert_allclose(share, 0.517241, rtol=1e-6)


def test_mgda_takes_the_shorter_of_two_that_agree() -> None:
    gradients = np.array([[1.0, 0.0], [3.0, 1.0]])
    np.testing.assert_allclose(direction(built("mgda"), gradients), [1, 0], **EXACT)


@pytest.mark.parametrize("seed", range(4))
def test_mgda_of_several_is_the_shortest_average(seed) -> None:
    draw = np.random.default_rng(seed)
    gradients = draw.normal(size=(4, 12)) * draw.uniform(0.3, 3, (4, 1))
    found = direction(built("mgda", 4), gradients)
    # At the shortest point of a hull nothing in the hull lies below its plane.
    assert (gradients @ found).min() >= (found @ found) * (1 - 1e-5)


def pcgrad(gradients, orders):
    """Algorithm 1 of the paper, with the gradients themselves."""
    total = 0
    for index, order in enumerate(orders):
        mine = gradients[index].copy()
        for other in order:
            product = mine @ gradients[other]
            if product < 0:
                square = gradients[other] @ gradients[other]
                mine -= product / square * gradients[other]
        total = total + mine
    return total


def test_pcgrad_of_three_is_the_papers_for_one_of_the_orders() -> None:
    gradients = np.array([[1.0, 0.2, 0.0], [-0.9, 0.6, 0.3], [-0.2, -1.0, 0.5]])
    others = [[j for j in range(3) if j != i] for i in range(3)]
    every = itertools.product(*(itertools.permutations(each) for each in others))
    wanted = [pcgrad(gradients, orders) for orders in every]
    rule, met = built("pcgrad", 3), set()
    for _ in range(12):
        found = direction(rule, gradients)
        near = [np.allclose(found, each, **EXACT) for each in wanted]
        assert any(near), found
        met.add(near.index(True))
    assert len(met) > 1  # the order is drawn anew


def cagrad(gradients, c):
    """Algorithm 1 of the paper for two losses, by the root of the slope."""
    mean = gradients.mean(axis=0)
    length = c * np.linalg.norm(mean)
    between = gradients[0] - gradients[1]

    def average(share):
        return share * gradients[0] + (1 - share) * gradients[1]

    def slope(share):
        found = average(share)
        return between @ mean + length * (between @ found) / np.linalg.norm(found)

    if slope(0.0) > 0 or slope(1.0) < 0:
        share = float(slope(1.0) < 0)
    else:
        share = brentq(slope, 0.0, 1.0, xtol=1e-15)
    found = average(share)
    return (mean + length / np.linalg.norm(found) * found) / (1 + c**2)


@pytest.mark.parametrize("c", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("gradients", [CONFLICT, LONG], ids=["x3", "long"])
def test_cagrad_is_the_papers_minimum(gradients, c) -> None:
    found = direction(built({"type": "cagrad", "c": c}), gradients)
    np.testing.assert_allclose(found, cagrad(gradients, c), **EXACT)


def test_cagrad_of_three_is_where_no_shift_of_weights_helps() -> None:
    gradients = np.array([[1.0, 0.2, 0.0], [-0.9, 0.6, 0.3], [-0.2, -1.0, 0.5]])
    found = direction(built("cagrad", 3), gradients)
    mean = gradients.mean(axis=0)
    average = found * 1.25 - mean  # length / ||g_w|| g_w, of length c ||g0||
    np.testing.assert_allclose(
        np.linalg.norm(average), 0.5 * np.linalg.norm(mean), rtol=1e-5
    )
    slopes = gradients @ (mean + average)
    held = np.linalg.solve(gradients.T, average) > 1e-4
    assert held.sum() == 2
    np.testing.assert_allclose(slopes[held], slopes.min(), rtol=1e-5)


def test_cagrad_without_a_ball_is_the_mean() -> None:
    found = direction(built({"type": "cagrad", "c": 0.0}), CONFLICT)
    np.testing.assert_allclose(found, CONFLICT.mean(axis=0), **EXACT)


def test_geometric_is_the_slope_of_the_geometric_mean() -> None:
    found = weigh(built("geometric", 3), [2.0, 4.0, 27.0])
    mean = 216 ** (1 / 3)
    np.testing.assert_allclose(found, [mean / 6, mean / 12, mean / 81], **EXACT)


def test_dwa_weighs_by_the_falls_of_two_epochs() -> None:
    rule = built("dwa")
    for losses in ([2.0, 10.0], [1.0, 9.0]):
        np.testing.assert_allclose(weigh(rule, losses), [1, 1])
        np.testing.assert_allclose(weigh(rule, losses), [1, 1])
        rule.end_epoch()
    exponents = np.exp([0.25, 0.45])  # r / T with r = 1/2 and 9/10, T = 2
    wanted = 2 * exponents / exponents.sum()
    np.testing.assert_allclose(weigh(rule, [1.0, 1.0]), wanted, **EXACT)


def adam(gradients, rate):
    """Adam by the book, in double precision: the number after each step."""
    mean = square = value = 0.0
    found = []
    for step, gradient in enumerate(gradients, start=1):
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        value -= (
            rate
            * (mean / (1 - 0.9**step))
            / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
        )
        found.append(value)
    return found


def test_uncertainty_is_half_of_the_inverse_variance() -> None:
    rule = built({"type": "uncertainty", "learning_rate": 0.1})
    # s begins at the log of the loss, where its slope is zero, and then follows Adam.
    np.testing.assert_allclose(weigh(rule, [4.0, 0.5]), [1 / 8, 1.0], **EXACT)
    np.testing.assert_allclose(weigh(rule, [2.0, 0.4]), [1 / 8, 1.0], **EXACT)
    slopes = [0.5 - 0.5 * 2 / 4, 0.5 - 0.5 * 0.4 / 0.5]
    s = np.log([4, 0.5]) + [adam([slope], 0.1)[-1] for slope in slopes]
    found = weigh(rule, [2.0, 0.5])
    np.testing.assert_allclose(found, 0.5 * np.exp(-s), rtol=1e-5)


def observe(rule, before, after, known=(True, True)):
    tensors = [np.asarray(values, "float32") for values in (before, after)]
    rule.observe(*map(keras.ops.convert_to_tensor, (*tensors, np.array(known))))


def test_famo_is_the_papers() -> None:
    rule = built("famo")
    first = weigh(rule, [4.0, 1.0])
    np.testing.assert_allclose(first, [0.2, 0.8], **EXACT)  # (1/4, 1), divided by sum
    observe(rule, [4.0, 1.0], [2.0, 1.0])
    fallen = np.array([np.log(4.0) - np.log(2.0), 0.0])
    gradient = 0.5 * (fallen - (0.5 * fallen).sum())  # J^T d at equal shares
    xi = np.array([adam([g], 0.025)[-1] for g in gradient])
    shares = np.exp(xi) / np.exp(xi).sum() / [2.0, 1.0]
    found = weigh(rule, [2.0, 1.0])
    np.testing.assert_allclose(found, shares / shares.sum(), **EXACT)
    observe(rule, [2.0, 1.0], [2.0, 0.5])
    shares = np.exp(xi) / np.exp(xi).sum()
    fallen = np.array([0.0, np.log(2.0)])
    again = shares * (fallen - (shares * fallen).sum()) + 0.001 * xi
    xi = np.array([adam(pair, 0.025)[-1] for pair in zip(gradient, again, strict=True)])
    shares = np.exp(xi) / np.exp(xi).sum() / [2.0, 0.5]
    found = weigh(rule, [2.0, 0.5])
    np.testing.assert_allclose(found, shares / shares.sum(), **EXACT)


def test_gradnorm_is_the_papers_slope() -> None:
    rule = built({"type": "gradnorm", "learning_rate": 0.1})
    gram = np.diag([4.0, 1.0])  # norms 2 and 1
    np.testing.assert_allclose(weigh(rule, [1.0, 1.0], gram=gram), [1, 1], **EXACT)
    # Both stand at 1 of their first values, so both norms should be 1.5.
    first = np.array([0.5 * (2 - 0.5), 0.5 * (-1 - 0.5)])  # J^T (+2, -1)
    v = np.array([adam([2 * slope], 0.1)[-1] for slope in first])
    wanted = 2 * np.exp(v) / np.exp(v).sum()
    found = weigh(rule, [1.0, 0.25], gram=gram)
    np.testing.assert_allclose(found, wanted, **EXACT)


def test_random_weights_are_a_softmax_of_normal_numbers() -> None:
    rule = built("random")
    drawn = np.array([weigh(rule, [1.0, 5.0]) for _ in range(200)])
    np.testing.assert_allclose(drawn.sum(axis=1), 1.0, rtol=1e-5)
    logits = np.log(drawn[:, 0] / drawn[:, 1])  # a difference of two normal numbers
    assert abs(logits.mean()) < 0.5  # seeds of torch that follow each other are alike
    assert 1.1 < logits.std() < 1.75
