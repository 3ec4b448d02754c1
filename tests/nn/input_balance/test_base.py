"""What a rule learns of its network, and where it takes hold of a step."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from sensorium.nn.input_balance import InputBalance, Uniform
from tests.nn.input_balance.made import network, rows, told


def test_it_knows_which_losses_belong_together() -> None:
    rule = told(Uniform(), network(price=True))
    names = [head.name for head in rule.heads]
    found = {
        names[fused]: {reads: names[place] for reads, place in copies.items()}
        for fused, copies in rule.groups.items()
    }
    assert found == {
        "sold": {"facts": "sold_from_facts", "more": "sold_from_more"},
        "price": {"facts": "price_from_facts", "more": "price_from_more"},
    }
    assert rule.inputs == ("facts", "more")


def test_without_a_network_there_is_nothing_to_balance() -> None:
    rule = Uniform()
    assert rule.inputs == ()
    assert rule.update_scales(None) == {}
    assert rule.loss_weights(None) is rule.part_weights("facts", None, None) is None


@keras.saving.register_keras_serializable("tests")
class Halves(InputBalance):
    """Halves what `facts` learns: its gradient, its change, or all losses."""

    needs_gradients = True

    def __init__(self, where: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.where = where

    def loss_weights(self, moment: Any) -> Any:
        return 0.5 * keras.ops.ones(self.count) if self.where == "loss" else None

    def part_weights(self, part: str, gram: Any, moment: Any) -> Any:
        halved = self.where == "gradient" and part == "facts"
        return 0.5 * keras.ops.ones(self.count) if halved else None

    def update_scales(self, moment: Any) -> Any:
        return {"facts": 0.5} if self.where == "change" else {}


def change(where: str, optimizer: Any, part: str = "facts") -> np.ndarray:
    x, y = rows()
    model = network()
    model.compile(optimizer, input_balance=Halves(where))
    before = model.encoders[part].get_weights()[0]
    model.fit(x, y, batch_size=16, epochs=2, shuffle=False, verbose=0)
    after = model.encoders[part].get_weights()[0]
    return after - before


def adam() -> Any:
    return keras.optimizers.Adam(1e-4, epsilon=1e-12)


def sgd() -> Any:
    return keras.optimizers.SGD(1e-3)


def size(values: np.ndarray) -> float:
    return float(np.abs(values).mean())


@pytest.mark.parametrize("where", ["gradient", "loss"])
def test_adam_divides_out_a_factor_of_the_gradient(where) -> None:
    assert size(change(where, adam())) == pytest.approx(size(change("", adam())), 0.02)
    assert size(change(where, sgd())) == pytest.approx(
        size(change("", sgd())) / 2, 0.05
    )


@pytest.mark.parametrize("optimizer", [adam, sgd])
def test_a_factor_of_the_change_holds_under_every_optimizer(optimizer) -> None:
    whole, halved = change("", optimizer()), change("change", optimizer())
    assert size(halved) == pytest.approx(size(whole) / 2, 0.05)
    other, same = (change(w, optimizer(), "more") for w in ("", "change"))
    assert size(same) == pytest.approx(size(other), 0.02)
