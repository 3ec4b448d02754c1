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
    answer = network.predict_on_batch
    both = answer({"a": a, "b": b})
    only_a = answer({"a": a, "b": np.full_like(b, np.nan), "b/present": gone})
    only_b = answer({"a": np.full_like(a, np.nan), "b": b, "a/present": gone})
    assert array(both["c"]).shape == (3, 3)
    for name in ("c", "f"):
        mean = (array(only_a[name]) + array(only_b[name])) / 2
        close(mean, array(both[name]))
        assert np.abs(array(only_a[name]) - array(only_b[name])).max() > 0.01


# --- stacking ---

SHARES = np.array([0.5, 0.2, 0.3])


def stacking(outputs: tuple[str, ...] = ("c",)) -> Late:
    fusion = Late(mode="stacking", dropout=0.0)
    fusion.input_names, fusion.output_names = ("a", "b", "d"), outputs
    fusion.build([(None, 4)] * 3)
    return fusion


def shared_out() -> np.ndarray:
    """The weights of each row: those of what is there, with sum 1."""
    shares = SHARES * COUNTED
    return shares / shares.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("target", ["category", "flags", "number", "values", "box"])
def test_stacked_answers_are_weighed_over_what_is_there(target) -> None:
    fusion = stacking(("other", "c"))
    fusion.weigh("c", 7 * SHARES)
    found = array(fusion.joiner("c")(LOGITS, HERE, target))
    weights = shared_out()[:, :, None]
    if target == "category":
        close(np.exp(found), (weights * softmax(LOGITS)).sum(axis=1))
    elif target == "flags":
        shares = (weights / (1 + np.exp(-LOGITS))).sum(axis=1)
        close(1 / (1 + np.exp(-found)), shares)
    else:
        close(found, (weights * LOGITS).sum(axis=1))
    # Outputs have weights of their own, equal ones until they are learned.
    for output in ("other", "unknown"):
        equal = array(fusion.joiner(output)(LOGITS, HERE, "number"))
        close(equal, mean(LOGITS))


def test_stacked_answers_to_absent_inputs_do_not_count_however_large() -> None:
    fusion = stacking()
    fusion.weigh("c", SHARES)
    joined = fusion.joiner("c")
    for target in ("category", "flags", "number"):
        expected = array(joined(LOGITS, HERE, target))
        other = np.where(COUNTED[:, :, None], LOGITS, np.float32(1e30))
        close(array(joined(other, HERE, target)), expected)
        assert np.isfinite(array(joined(LOGITS * 1e4, HERE, target))).all()


def test_learned_weights_are_read_by_input_and_no_gradient_moves_them() -> None:
    fusion = stacking()
    assert fusion.weights_by_input() == pytest.approx(dict.fromkeys("abd", 1 / 3))
    fusion.weigh("c", [1.0, 0.0, 3.0])
    expected = {"a": 0.25, "b": 0.0, "d": 0.75}
    assert fusion.weights_by_input() == pytest.approx(expected, abs=1e-5)
    assert [w.name for w in fusion.trainable_weights] == ["absent"]
    several = stacking(("c", "n"))
    several.weigh("n", [1.0, 0.0, 3.0])
    found = several.weights_by_input()
    close(np.stack(list(found.values()), axis=1), [[1 / 3] * 3, [0.25, 0, 0.75]])


@pytest.mark.parametrize(
    ("output", "weights", "words"),
    [
        ("cc", [1, 1, 1], "there is no such output. Did you mean `c`"),
        ("c", [1, 1], "expected 3 weights from 0"),
        ("c", [1, -1, 1], "expected 3 weights from 0"),
        ("c", [0, 0, 0], "not all 0"),
        ("c", [1, np.nan, 1], "expected 3 weights from 0"),
    ],
)
def test_what_is_no_weight_is_refused(output, weights, words) -> None:
    with pytest.raises(DataError, match=words):
        stacking().weigh(output, weights)


def test_a_network_weighs_each_output_and_keeps_it(tmp_path) -> None:
    heads = {"c": Classification(3), "r": Regression(reads="a"), "n": Regression()}
    encoders = {name: keras.layers.Identity() for name in "ab"}
    network = join(encoders, Late(mode="stacking", dropout=0.0), heads, seed=0)
    a, b = inputs(((4,), (4,)), 3)
    network.build_from(dict.fromkeys("ab", ((4,), "float32")))
    assert network.fusion.output_names == ("c", "n")
    network.fusion.weigh("n", [1.0, 3.0])
    gone = np.zeros(3, bool)
    alone = [
        network.predict_on_batch({"a": a, "b": b, f"{name}/present": gone})["n"]
        for name in "ba"
    ]
    both = network.predict_on_batch({"a": a, "b": b})["n"]
    close(both, 0.25 * alone[0] + 0.75 * alone[1])
    network.save(tmp_path / "network.keras")
    again = keras.saving.load_model(tmp_path / "network.keras")
    close(again.predict_on_batch({"a": a, "b": b})["n"], both)
    close(again.fusion.weights_by_input()["b"], [0.5, 0.75])
