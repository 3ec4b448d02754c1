"""X2: an input learned by heart at once must not leave the better one unlearned."""

from __future__ import annotations

import pytest

from benchmarks.dominance import trained

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def joint() -> float:
    return trained("joint", 0)["fused"]


@pytest.fixture(scope="module")
def alone() -> dict[str, float]:
    return trained("ume", 0)


def test_joint_training_leaves_the_better_input_unlearned(joint, alone) -> None:
    assert joint <= 0.90
    assert alone["parity"] >= 0.99  # what it leaves lying about
    assert alone["facts"] <= 0.87


@pytest.mark.parametrize("method", ["modality dropout 0.3", "heads + dropout 0.3"])
def test_heads_with_dropout_and_dropout_learn_both(method) -> None:
    assert trained(method, 0)["fused"] >= 0.94


def test_the_product_of_what_each_says_alone_is_as_good(alone) -> None:
    assert alone["fused"] >= 0.94


@pytest.mark.parametrize("method", ["ogm 0.9", "mmpareto"])
def test_steering_the_encoders_beats_joint_training(method, joint) -> None:
    assert trained(method, 0)["fused"] > joint + 0.01
