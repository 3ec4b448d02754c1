from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.network import Network, join
from sensorium.nn.fusion import Late
from sensorium.nn.heads import Classification, Ordinal, Regression
from sensorium.nn.heads.member import Member
from tests.nn.samples import array

MODES = ("logits", "probabilities", "product", "stacking")
X = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
NOTHING = {"a": X * np.nan, "a/present": np.zeros(5, bool)}


def network_of(mode: str) -> Network:
    heads = {"c": Classification(3), "n": Regression(), "o": Ordinal(num_classes=3)}
    encoders = {name: keras.layers.Identity() for name in "ab"}
    network = join(encoders, Late(mode=mode, dropout=0.0), heads, seed=0)
    return network.build_from(dict.fromkeys("ab", ((4,), "float32")))


def members_of(network: Network, index: int) -> Network:
    heads = {
        name: Member(head, index, 2, name=f"{name}_alone")
        for name, head in network.heads.items()
    }
    made = Network(network.encoders, network.fusion, heads)
    return made.build_from(dict.fromkeys("ab", ((4,), "float32")))


@pytest.mark.parametrize("mode", MODES)
def test_it_says_what_the_head_says_of_its_input_alone(mode) -> None:
    network = network_of(mode)
    alone = members_of(network, 1)({"a": 3 * X, "b": X})
    for name, expected in network({**NOTHING, "b": X}).items():
        np.testing.assert_allclose(array(alone[name]), array(expected), atol=1e-6)
    both = network({"a": 3 * X, "b": X})
    assert np.abs(array(both["c"]) - array(alone["c"])).max() > 1e-3


def test_it_has_the_heads_weights_and_loss_and_no_others() -> None:
    network = network_of("stacking")
    head = network.heads["n"]
    member = Member(head, 0, 2, weight=0.25)
    assert [id(w) for w in member.weights] == [id(w) for w in head.weights]
    assert (member.target, member.weight, member.reads) == ("number", 0.25, None)
    labels, outputs = np.array([1.0, 3.0]), np.array([2.0, 2.0], "float32")
    for one, two in (
        (member.row_loss, head.row_loss),
        (member.loss_function(), head.loss_function()),
        (lambda _, y: member.decode(y)["value"], lambda _, y: head.decode(y)["value"]),
        (lambda _, y: member.absent(y), lambda _, y: head.absent(y)),
    ):
        np.testing.assert_array_equal(
            array(one(labels, outputs)), array(two(labels, outputs))
        )
    assert [m.name for m in member.metric_objects()] == ["mae"]
