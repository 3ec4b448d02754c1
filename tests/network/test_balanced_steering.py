"""What steers a step beside a balance of losses: its three places, by number."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from sensorium.nn.layer import DeclaredLayer
from tests.network.balances import Constant, array, learn, rows, small

X, Y = rows(16)


class Steers(DeclaredLayer):
    """Does nothing in any of the three places; remembers what it was asked."""

    needs_gradients = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def begin(self, network: Any) -> None:
        self.begun = list(network.heads)
        self.asked: list[Any] = []

    def loss_weights(self, moment: Any) -> Any:
        self.asked.append(moment)
        return None

    def part_weights(self, part: str, gram: Any, moment: Any) -> Any:
        self.asked.append(part)
        return None

    def update_scales(self, moment: Any) -> Any:
        return {}

    def end_epoch(self) -> None:
        self.epochs = getattr(self, "epochs", 0) + 1


class ByGradients(Steers):
    needs_gradients = True


class Weighs(Steers):
    def loss_weights(self, moment: Any) -> Any:
        return keras.ops.convert_to_tensor([2.0, 4.0])


class Mixes(ByGradients):
    """For `facts` the second loss alone; leaves `more` to the others."""

    def part_weights(self, part: str, gram: Any, moment: Any) -> Any:
        return keras.ops.convert_to_tensor([0.0, 1.0]) if part == "facts" else None


class Scales(Steers):
    def update_scales(self, moment: Any) -> Any:
        return {"facts": keras.ops.convert_to_tensor(0.25), "price": 0.0}


def trained(steering=None, optimizer=None, **arguments):
    network = small()
    given = {} if steering is None else {"input_balance": steering}
    network.compile(optimizer or keras.optimizers.SGD(0.1), **given, **arguments)
    learn(network, X, Y)
    return network


def first(network, part):
    parts = {**network.encoders, **network.heads, "fusion": network.fusion}
    return [array(v) for v in parts[part].trainable_variables]


def check_same(one, two, parts) -> None:
    for part in parts:
        for a, b in zip(first(one, part), first(two, part), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


EVERY = ("facts", "more", "fusion", "sold", "price")


@pytest.mark.parametrize("kind", [Steers, ByGradients])
def test_what_steers_nowhere_changes_nothing(kind) -> None:
    steering = kind()
    network = trained(steering)
    check_same(network, trained(), EVERY)
    assert steering.begun == ["sold", "price"]
    assert steering.epochs == 1
    assert ("facts" in steering.asked) == kind.needs_gradients
    moment = steering.asked[0]
    assert moment.names == ("sold", "price")
    assert set(moment.outputs) == set(moment.labels) == {"sold", "price"}


def test_loss_weights_count_before_the_balance() -> None:
    weights = {"sold": 2.0, "price": 2.0}
    check_same(trained(Weighs()), trained(loss_weights=weights), EVERY)
    both = trained(Weighs(), balance=Constant(1.0, 0.5))
    check_same(both, trained(loss_weights={"sold": 2.0, "price": 1.0}), EVERY)


def test_part_weights_count_in_one_encoder_alone() -> None:
    network = trained(Mixes())
    check_same(network, trained(), ("more", "fusion", "sold", "price"))
    check_same(network, trained(loss_weights={"sold": 0.0}), ("facts",))


def test_update_scales_count_after_the_optimizer() -> None:
    adam = keras.optimizers.Adam
    before, plain = small(), trained(optimizer=adam(0.01))
    network = trained(Scales(), adam(0.01))
    check_same(network, plain, ("more", "fusion", "sold"))
    check_same(network, before, ("price",))
    triples = (first(n, "facts") for n in (before, plain, network))
    for old, whole, found in zip(*triples, strict=True):
        np.testing.assert_allclose(found - old, 0.25 * (whole - old), atol=1e-6)
