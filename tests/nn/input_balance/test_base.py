"""What a rule learns of the network that it balances."""

from __future__ import annotations

from sensorium.nn.input_balance import Uniform
from tests.nn.input_balance.made import network, told


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
