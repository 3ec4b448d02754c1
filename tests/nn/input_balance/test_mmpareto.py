"""MMPareto: the convex combination of least norm, and its length."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.nn.input_balance import MMPareto
from sensorium.nn.input_balance.mmpareto import pareto
from sensorium.nn.moment import Moment
from tests.nn.input_balance.made import array, network, rows, told


def by_hand(fused, alone, gain=1.5):
    """The paper's algorithm on the gradients themselves, in float64."""
    fused, alone = np.asarray(fused, float), np.asarray(alone, float)
    share = 0.5
    if fused @ alone <= 0:
        apart = fused - alone
        share = np.clip((alone - fused) @ alone / (apart @ apart), 0, 1)
    found = 2 * share * fused + 2 * (1 - share) * alone
    whole, own = np.linalg.norm(fused + alone), np.linalg.norm(found)
    return gain * found * max(whole / own, 1.0)


def ours(fused, alone, gain=1.5):
    fused, alone = np.asarray(fused, "float32"), np.asarray(alone, "float32")
    products = [fused @ fused, alone @ alone, fused @ alone]
    tensors = [keras.ops.convert_to_tensor(product) for product in products]
    first, second = (float(array(x)) for x in pareto(*tensors, gain=gain))
    return first * fused + second * alone


@pytest.mark.parametrize(
    "gradients",
    [
        ((1.0, 0.2), (0.3, 0.6)),  # they agree: their sum
        ((1.0, 0.2), (-0.9, 0.6)),  # those of X3, at odds
        ((10.0, 2.0), (-0.9, 0.6)),  # one is ten times as long
        ((-0.9, 0.6), (10.0, 2.0)),
    ],
)
def test_the_factors_are_those_of_the_paper(gradients) -> None:
    np.testing.assert_allclose(ours(*gradients), by_hand(*gradients), rtol=1e-5)


def test_at_odds_neither_loss_rises() -> None:
    fused, alone = np.array([10.0, 2.0]), np.array([-0.9, 0.6])
    found = ours(fused, alone)
    assert found @ fused > 0
    assert found @ alone > 0
    assert (fused + alone) @ alone < 0  # the sum would let it rise


def test_figures_of_x3() -> None:
    # Origin: the point of least norm has the share .517 and the product .161 with both
    # (MGDA on X3); twice that, brought to the length of the sum, (.1, .8).
    found = ours((1.0, 0.2), (-0.9, 0.6), gain=1.0)
    np.testing.assert_allclose(np.linalg.norm(found), np.hypot(0.1, 0.8), rtol=1e-5)
    stretched = np.hypot(0.1, 0.8) / (2 * np.hypot(0.0825, 0.3931))
    np.testing.assert_allclose(found @ (1.0, 0.2), 2 * 0.161 * stretched, rtol=5e-3)
    np.testing.assert_allclose(found @ (-0.9, 0.6), 2 * 0.161 * stretched, rtol=5e-3)


@pytest.mark.parametrize("zero", [((0.0, 0.0), (1.0, 2.0)), ((1.0, 2.0), (0.0, 0.0))])
def test_one_gradient_alone_stays_as_it_is(zero) -> None:
    np.testing.assert_allclose(ours(*zero), np.add(*zero), rtol=1e-6)


def test_opposite_gradients_give_numbers() -> None:
    assert np.isfinite(ours((1.0, 2.0), (-1.0, -2.0))).all()


def moment(model) -> Moment:
    x, y = rows()
    names = tuple(model.heads)
    return Moment(names, None, None, x, {}, y)


def test_an_encoder_weighs_its_own_head_against_all_fused_ones() -> None:
    model = network(price=True)
    rule = told(MMPareto(), model)
    names = list(model.heads)
    draw = np.random.default_rng(0)
    gradients = {name: np.zeros(4, "float32") for name in names}
    for name in ("sold", "price", "sold_from_more", "price_from_more"):
        gradients[name] = draw.normal(size=4).astype("float32")
    stacked = np.stack([gradients[name] for name in names])
    gram = keras.ops.convert_to_tensor(stacked @ stacked.T)
    found = array(rule.part_weights("more", gram, moment(model))) @ stacked
    fused = gradients["sold"] + gradients["price"]
    alone = gradients["sold_from_more"] + gradients["price_from_more"]
    np.testing.assert_allclose(found, by_hand(fused, alone), rtol=1e-4)


def test_an_encoder_without_a_head_of_its_own_is_left_alone() -> None:
    model = network()
    rule = told(MMPareto(), model)
    assert rule.part_weights("photo", np.eye(3, dtype="float32"), None) is None


def test_a_step_changes_encoders_by_the_rule() -> None:
    """The encoder's change under SGD is the mixed gradient times the rate."""
    x, y = rows()
    made = {}
    for what in ("fused", "alone", "both"):
        model = network()
        off = 0.0 if what == "alone" else 1.0
        own = 0.0 if what == "fused" else 1.0
        weights = {n: own if "_from_" in n else off for n in model.heads}
        rule = MMPareto() if what == "both" else None
        model.compile(keras.optimizers.SGD(1.0), None, weights, input_balance=rule)
        before = model.encoders["more"].get_weights()
        model.fit(x, y, batch_size=32, verbose=0)
        after = model.encoders["more"].get_weights()
        pairs = zip(before, after, strict=True)
        made[what] = np.concatenate([(a - b).ravel() for a, b in pairs])
    wanted = by_hand(made["fused"], made["alone"])
    np.testing.assert_allclose(made["both"], wanted, rtol=1e-3, atol=1e-5)
