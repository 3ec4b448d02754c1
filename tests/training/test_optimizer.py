"""Optimizers and schedules, by number."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from sensorium.errors import RecipeError
from sensorium.training import Stage
from sensorium.training.optimizer import (
    OPTIMIZERS,
    build_optimizer,
    build_optimizers,
    schedule,
    single_optimizers,
)
from tests.nn.samples import array


def rates(stage: Stage, steps: int) -> list[float]:
    """The learning rate of every step, as the optimizer uses it."""
    optimizer = build_optimizer(stage, steps)
    found = []
    for step in range(steps):
        optimizer.iterations.assign(step)
        found.append(float(optimizer.learning_rate))
    return found


# --- schedules ---


def test_the_rate_rises_in_the_warm_up_and_falls_to_zero() -> None:
    found = rates(Stage(warmup=0.2, learning_rate=0.1), 20)
    assert found[0] == 0
    assert found[:5] == pytest.approx([0.0, 0.025, 0.05, 0.075, 0.1], rel=1e-5)
    assert max(found) == found[4] == pytest.approx(0.1)
    assert found[4:] == sorted(found[4:], reverse=True)
    assert 0 < found[-1] < 0.01 * 0.1


def test_the_fall_is_a_half_cosine() -> None:
    found = rates(Stage(warmup=0.0, learning_rate=0.1), 16)
    expected = 0.05 * (1 + np.cos(np.pi * np.arange(16) / 16))
    assert found == pytest.approx(expected.tolist(), rel=1e-4, abs=1e-7)


def test_a_constant_rate_stays_after_the_warm_up() -> None:
    found = rates(Stage(schedule="constant", warmup=0.5, learning_rate=0.1), 8)
    assert found == pytest.approx([0.0, 0.025, 0.05, 0.075, *[0.1] * 4], rel=1e-5)


def test_a_constant_rate_without_warm_up_is_a_number() -> None:
    stage = Stage(schedule="constant", warmup=0.0, learning_rate=0.1)
    assert schedule(stage, 100) == 0.1
    assert rates(stage, 3) == pytest.approx([0.1] * 3)


def test_a_stage_of_one_step_learns() -> None:
    assert rates(Stage(learning_rate=0.1), 1) == pytest.approx([0.1])


# --- words, mappings and objects ---


@pytest.mark.parametrize("word", OPTIMIZERS)
def test_every_word_stands_for_an_optimizer_of_keras(word) -> None:
    optimizer = build_optimizer(Stage(optimizer=word.upper()), 10)
    assert type(optimizer).__name__.lower() == word
    assert isinstance(optimizer._learning_rate, keras.optimizers.schedules.CosineDecay)


def test_a_mapping_gives_the_arguments() -> None:
    document = {"type": "sgd", "momentum": 0.25, "nesterov": True, "clipnorm": None}
    optimizer = build_optimizer(Stage(optimizer=document, learning_rate=0.5), 10)
    assert isinstance(optimizer, keras.optimizers.SGD)
    assert (optimizer.momentum, optimizer.nesterov) == (0.25, True)
    assert document["type"] == "sgd", "the stage's own document is not changed"


def test_a_mapping_without_type_is_adam() -> None:
    optimizer = build_optimizer(Stage(optimizer={"beta_1": 0.5}), 10)
    assert isinstance(optimizer, keras.optimizers.Adam)
    assert optimizer.beta_1 == 0.5


def test_a_learning_rate_of_its_own_replaces_the_stages() -> None:
    for given in ({"type": "sgd", "learning_rate": 0.25}, keras.optimizers.SGD(0.25)):
        assert rates(Stage(optimizer=given, learning_rate=0.1), 4) == [0.25] * 4


def test_a_keras_object_is_copied() -> None:
    given = keras.optimizers.Adam(0.25, beta_1=0.5)
    one, two = (build_optimizer(Stage(optimizer=given), 10) for _ in range(2))
    assert len({id(given), id(one), id(two)}) == 3
    assert isinstance(one, keras.optimizers.Adam)
    assert one.get_config() == given.get_config()


def test_the_document_of_a_keras_object_gives_it_back() -> None:
    fall = keras.optimizers.schedules.ExponentialDecay(0.5, 10, 0.5)
    given = keras.optimizers.Adam(fall, beta_1=0.5, clipnorm=2.0)
    document = {"type": "Adam", **given.get_config()}
    found = build_optimizer(Stage(optimizer=document), 10)
    assert found.get_config() == given.get_config()


def test_a_registered_optimizer_has_its_word() -> None:
    @keras.saving.register_keras_serializable("tests")
    class Careful(keras.optimizers.SGD):
        pass

    found = build_optimizer(Stage(optimizer={"type": "tests>Careful"}), 10)
    assert type(found) is Careful


# --- several rates ---


def variables(count: int) -> list[keras.Variable]:
    return [keras.Variable(np.zeros(2, "float32"), name=f"v{n}") for n in range(count)]


STEADY = {"warmup": 0.0, "schedule": "constant"}


def test_every_variable_moves_at_its_own_rate() -> None:
    own = variables(3)
    rates = dict(zip(map(id, own), (0.5, 0.25, 0.5), strict=True))
    optimizer = build_optimizers(Stage(optimizer="sgd", **STEADY), 10, rates)
    assert len(single_optimizers(optimizer)) == 2
    optimizer.build(own)
    gradients = [keras.ops.convert_to_tensor([1.0, 2.0])] * 3
    optimizer.apply(gradients, own)
    moved = [array(variable.value).tolist() for variable in own]
    assert moved == [[-0.5, -1.0], [-0.25, -0.5], [-0.5, -1.0]]


def test_all_rates_follow_the_schedule() -> None:
    own = variables(2)
    rates = dict(zip(map(id, own), (0.5, 0.25), strict=True))
    optimizer = build_optimizers(Stage(optimizer="sgd", warmup=0.5), 8, rates)
    peaks = {single._learning_rate.warmup_target for single in optimizer.optimizers}
    assert peaks == {0.5, 0.25}
    assert [single._learning_rate.warmup_steps for single in optimizer.optimizers] == [
        4,
        4,
    ]


@pytest.mark.parametrize(("given", "expected"), [({}, 0.125), ({1: 0.5, 2: 0.5}, 0.5)])
def test_one_rate_needs_one_optimizer(given, expected) -> None:
    stage = Stage(optimizer="sgd", learning_rate=0.125, **STEADY)
    optimizer = build_optimizers(stage, 10, given)
    assert isinstance(optimizer, keras.optimizers.SGD)
    assert float(optimizer.learning_rate) == expected


def test_of_several_rates_a_part_without_one_has_that_of_the_others() -> None:
    stage = Stage(optimizer="sgd", learning_rate={"a": 1.0, "others": 0.5}, **STEADY)
    assert float(build_optimizer(stage, 10).learning_rate) == 0.5


@pytest.mark.parametrize(
    "given", [keras.optimizers.SGD(0.5), {"type": "sgd", "learning_rate": 0.5}]
)
def test_an_optimizer_with_a_rate_of_its_own_takes_no_others(given) -> None:
    with pytest.raises(RecipeError) as caught:
        build_optimizers(Stage(optimizer=given), 10, {1: 0.5, 2: 0.25})
    assert str(caught.value) == (
        "optimizer: has one learning rate of its own, but parts are given several. "
        "Name it by a word, e.g. `adam`, or take its `learning_rate` out."
    )
    assert build_optimizers(Stage(optimizer=given), 10, {1: 0.25}).learning_rate == 0.5


# --- mistakes ---


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            "adamm",
            "optimizer: Keras has no optimizer `adamm`. Did you mean `adam`?",
        ),
        (
            {"type": "stochastic"},
            "optimizer: Keras has no optimizer `stochastic`.",
        ),
        (
            5,
            "optimizer: expected the name of an optimizer, or a mapping with `type`. "
            "Received: 5.",
        ),
        (
            {"type": "adam", "beta_1": "high"},
            "optimizer.beta_1: expected a number. Received: 'high'.",
        ),
    ],
)
def test_mistakes_are_named(wrong: Any, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        build_optimizer(Stage(optimizer=wrong), 10)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "wrong",
    [{"type": "adam", "momentun": 0.9}, {"type": "sgd", "momentum": 2}, None, ["adam"]],
)
def test_what_keras_refuses_is_a_mistake_of_the_recipe(wrong: Any) -> None:
    with pytest.raises(RecipeError, match="optimizer: ") as caught:
        build_optimizer(Stage(optimizer=wrong), 10)
    assert [problem.path for problem in caught.value.problems] == ["optimizer"]


# --- an optimizer for each part ---

PLACES = [("photo", "encoders"), ("sound", "encoders"), ("sold", "heads"), ("", "")]
BY_PART = {
    "encoders": {"type": "sgd", "momentum": 0.5},
    "photo": "sgd",
    "others": {"type": "sgd", "learning_rate": 1.0, "use_ema": False},
}


def owners_of(own: list[keras.Variable]) -> dict[int, tuple[str, str]]:
    return dict(zip(map(id, own), PLACES, strict=True))


def test_every_part_moves_by_its_own_optimizer_and_rate() -> None:
    own = variables(4)
    rates = dict(zip(map(id, own), (0.5, 0.25, 0.25, 0.25), strict=True))
    stage = Stage(optimizer=BY_PART, **STEADY)
    optimizer = build_optimizers(stage, 10, rates, owners_of(own))
    optimizer.build(own)
    gradients = [keras.ops.convert_to_tensor([1.0, 2.0])] * 4
    for _ in range(2):
        optimizer.apply(gradients, own)
    moved = [array(variable.value).tolist() for variable in own]
    momentum = 0.25 * (1 + 1.5)
    assert moved == [[-1.0, -2.0], [-momentum, -2 * momentum], [-2, -4], [-2, -4]]
    by_document = [o.takes_averages for o in single_optimizers(optimizer)]
    assert sorted(by_document) == [False, True, True]


def test_parts_without_rates_take_the_stages() -> None:
    own = variables(4)
    given = {"heads": 0.5, "others": 0.125}
    stage = Stage(optimizer={"photo": "sgd"}, learning_rate=given, **STEADY)
    optimizer = build_optimizers(stage, 10, {}, owners_of(own))
    kinds = {(type(o).__name__, float(o.learning_rate)) for o in optimizer.optimizers}
    assert kinds == {("SGD", 0.125), ("Adam", 0.125), ("Adam", 0.5)}


def test_a_part_of_several_rates_takes_no_optimizer_with_its_own() -> None:
    own = variables(4)
    rates = dict(zip(map(id, own), (0.5, 0.5, 0.25, 0.125), strict=True))
    with pytest.raises(RecipeError, match=r"optimizer\.\w*: has one learning rate"):
        build_optimizers(Stage(optimizer=BY_PART), 10, rates, owners_of(own))
