"""X2: an input learned by heart at once must not leave the better one unlearned."""

from __future__ import annotations

import keras
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
    assert alone["parity"] >= 0.97  # what it leaves lying about
    assert alone["facts"] <= 0.87


@pytest.mark.parametrize("method", ["modality dropout 0.3", "heads + dropout 0.3"])
def test_heads_with_dropout_and_dropout_learn_both(method) -> None:
    assert trained(method, 0)["fused"] >= 0.94


def test_the_product_of_what_each_says_alone_is_as_good(alone) -> None:
    assert alone["fused"] >= 0.94


@pytest.mark.parametrize("method", ["ogm 0.9", "mmpareto"])
def test_steering_the_encoders_beats_joint_training(method, joint) -> None:
    assert trained(method, 0)["fused"] > joint + 0.01


def test_ogm_works_under_adam_because_it_comes_after_it() -> None:
    """A factor of the gradient would be divided out: see also the test of its step."""
    rate = 0.0005
    found = {
        method: trained(method, 0, keras.optimizers.Adam(rate))["fused"]
        for method in ("joint", "ogm 0.9")
    }
    assert found["ogm 0.9"] > found["joint"]
