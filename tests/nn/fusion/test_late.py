from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.network import join
from sensorium.nn.fusion import Late
from sensorium.nn.heads import Classification, Flags, Regression
from tests.nn.fusion.by_hand import (
    HERE,
    built,
    close,
    fused,
    inputs,
    projected,
    softmax,
    weight,
)
from tests.nn.samples import array

GENERATOR = np.random.default_rng(0)
LOGITS = GENERATOR.normal(0.0, 2.0, (4, 3, 5)).astype("float32")
# Where nothing is there the answers to the learned vectors count, all of them.
COUNTED = np.where(HERE.any(axis=1, keepdims=True), HERE, True)


def combined(mode: str, target: str, outputs: np.ndarray = LOGITS) -> np.ndarray:
    return array(Late(mode=mode).combine(outputs, HERE, target))


def mean(values: np.ndarray) -> np.ndarray:
    counted = COUNTED[:, :, None]
    return (values * counted).sum(axis=1) / counted.sum(axis=1)


@pytest.mark.parametrize("target", ["category", "number", "flags", "values"])
def test_logits_are_averaged_over_what_is_there(target) -> None:
    close(combined("logits", target), mean(LOGITS))


@pytest.mark.parametrize("mode", ["probabilities", "product"])
@pytest.mark.parametrize("target", ["number", "values"])
def test_numbers_are_averaged_in_every_mode(mode, target) -> None:
    close(combined(mode, target), mean(LOGITS))


def test_probabilities_of_classes_are_averaged() -> None:
    found = combined("probabilities", "category")
    close(np.exp(found), mean(softmax(LOGITS)))


def test_probabilities_of_flags_are_averaged() -> None:
    found = combined("probabilities", "flags")
    close(1 / (1 + np.exp(-found)), mean(1 / (1 + np.exp(-LOGITS))))


def test_a_product_of_experts_multiplies_probabilities() -> None:
    members = np.where(COUNTED[:, :, None], softmax(LOGITS), 1)
    product = members.prod(axis=1)
    expected = product / product.sum(axis=1, keepdims=True)
    close(np.exp(combined("product", "category")), expected)
    # Odds multiply: the logits of flags add up.
    total = (LOGITS * COUNTED[:, :, None]).sum(axis=1)
    close(combined("product", "flags"), total)


@pytest.mark.parametrize("mode", ["logits", "probabilities", "product"])
@pytest.mark.parametrize("target", ["category", "flags"])
def test_huge_logits_stay_finite(mode, target) -> None:
    assert np.isfinite(combined(mode, target, LOGITS * 1e4)).all()


@pytest.mark.parametrize("mode", ["logits", "probabilities", "product"])
def test_answers_to_absent_inputs_do_not_count(mode) -> None:
    other = np.where(COUNTED[:, :, None], LOGITS, np.float32(50.0))
    close(combined(mode, "category", other), combined(mode, "category"))


def test_inputs_of_one_width_stay_apart_and_as_they_are() -> None:
    shapes = ((4,), (4,), (4,))
    fusion, values = built(Late(), shapes), inputs(shapes)
    expected = np.stack(values, axis=1)
    expected[~HERE] = np.tile(weight(fusion.absent), (4, 1, 1))[~HERE]
    close(fused(fusion, values), expected)
    assert fusion.compute_output_shape([(7, 4)] * 3) == (7, 3, 4)


def test_inputs_of_other_widths_are_projected() -> None:
    fusion = built(Late(5))
    close(fused(fusion)[0], np.stack(projected(fusion), axis=1)[0])


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(DataError, match=r"Received: 'flag'\. Did you mean `flags`"):
        Late().combine(LOGITS, HERE, "flag")


def test_a_network_gives_every_input_a_head_of_its_own() -> None:
    heads = {"c": Classification(3), "n": Regression(), "f": Flags(2)}
    encoders = {name: keras.layers.Identity() for name in "ab"}
    network = join(encoders, Late(mode="logits", dropout=0.0), heads, seed=0)
    a, b = inputs(((4,), (4,)), 3)
    gone = np.zeros(3, bool)
    both = network({"a": a, "b": b})
    only_a = network({"a": a, "b": np.full_like(b, np.nan), "b/present": gone})
    only_b = network({"a": np.full_like(a, np.nan), "b": b, "a/present": gone})
    assert array(both["c"]).shape == (3, 3)
    for name in ("c", "f"):
        mean = (array(only_a[name]) + array(only_b[name])) / 2
        close(mean, array(both[name]))
        assert np.abs(array(only_a[name]) - array(only_b[name])).max() > 0.01
