from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from sensorium.errors import RecipeError
from sensorium.training import Stage, train
from sensorium.training.monitor import Monitor
from sensorium.training.trainer import States
from tests.training.made import batches, rows, same, small_network

QUICK: dict[str, Any] = {"epochs": 4, "batch_size": 16, "warmup": 0.0}


class Named:
    """A network of which only the heads' names and weights count."""

    def __init__(self, **weights: float) -> None:
        self.heads = {n: Head(w) for n, w in weights.items()}


class Head:
    """A head with a weight and a number for its weights."""

    of = None

    def __init__(self, weight: float) -> None:
        self.weight = weight
        self.taught = 0.0

    def get_weights(self) -> list[Any]:
        return [np.array(self.taught)]


def valid(**labels: Any) -> Any:
    arrays = {f"label//{name}": np.array(given) for name, given in labels.items()}
    return batches({"x": np.zeros((2, 1), "float32"), **arrays}, 2, shuffle=False)


def monitor(word: str, **changes: Any) -> Monitor:
    given = {"a": [0.0, 1.0], "b": [1.0, np.nan], **changes}
    return Monitor(Stage(monitor=word), Named(a=1.0, b=0.5), valid(**given))


def told(a: float, b: float) -> dict[str, float]:
    return {"val_loss": a + 0.5 * b, "val_a_loss": a, "val_b_loss": b}


def test_total_is_the_sum_and_a_name_is_one_output() -> None:
    assert monitor("total").score(1, told(2.0, 4.0)) == 4.0
    assert monitor("b").score(1, told(2.0, 4.0)) == 4.0
    assert monitor("a").score(1, told(2.0, 4.0)) == 2.0


def test_scaled_divides_each_loss_by_its_first_one() -> None:
    found = monitor("scaled")
    assert found.score(1, told(2.0, 4000.0)) == 1.5
    assert found.score(2, told(1.0, 8000.0)) == 0.5 + 0.5 * 2.0
    negative = monitor("scaled")
    assert negative.score(1, told(-2.0, 4.0)) == -0.5
    assert negative.score(2, told(-4.0, 4.0)) == -1.5, "lower is better here too"


@pytest.mark.parametrize("word", ["total", "a", "scaled"])
def test_what_is_no_number_never_wins(word) -> None:
    found = monitor(word)
    assert found.score(1, told(np.nan, 1.0)) == np.inf
    assert found.score(2, told(1.0, 1.0)) < np.inf


def test_outputs_without_validation_labels_are_left_out() -> None:
    nothing = [np.nan, np.nan]
    assert monitor("scaled", b=nothing).score(1, told(2.0, np.nan)) == 1.0
    with pytest.raises(RecipeError, match=r"no validation row has a label of `b`"):
        monitor("b", b=nothing)
    assert monitor("total", a=[-1, 3], b=nothing).weights == {"a": 1.0}
    no = monitor("b", a=[-1, -1], b=nothing)
    assert not no.compares
    assert no.score(2, told(0.0, 0.0)) < no.score(1, told(0.0, 0.0))


def test_labels_of_weight_zero_are_none() -> None:
    arrays = {"label//a": np.ones(2), "weight//a": np.zeros(2)}
    given = batches({"x": np.zeros((2, 1)), **arrays}, 2)
    assert not Monitor(Stage(), Named(a=1.0), given).compares


def test_unknown_outputs_are_refused_with_a_hint() -> None:
    with pytest.raises(RecipeError, match=r"monitor: there is no output `scale`. Did"):
        monitor("scale")


def test_each_compares_shared_parts_as_scaled_does() -> None:
    found, scaled = monitor("each"), monitor("scaled")
    for epoch, losses in enumerate([(2.0, 4000.0), (1.0, 4400.0), (1.9, 3900.0)], 1):
        assert found.score(epoch, told(*losses)) == scaled.score(epoch, told(*losses))


def test_each_output_has_a_best_epoch_of_its_own() -> None:
    found = monitor("each")
    for epoch, losses in enumerate([(3.0, 1.0), (2.0, 2.0), (2.5, 3.0)], 1):
        for head in found.network.heads.values():
            head.taught = float(epoch)
        found.see(epoch, told(*losses))
    assert found.best_epochs == {"a": 2, "b": 1}
    assert found.last_gain == 2
    held = found.arrays()
    assert {name: float(array) for name, array in held.items()} == {
        "heads.0/0": 2.0,
        "heads.1/0": 1.0,
    }
    again = monitor("each")
    epochs = [told(3.0, 1.0), told(2.0, 2.0), told(2.5, 3.0)]
    again.resume(epochs, held)
    assert again.best_epochs == found.best_epochs
    assert again.arrays() == held


def half(arrays: dict[str, Any], name: str) -> dict[str, Any]:
    return {**arrays, f"label//{name}": np.full_like(arrays[f"label//{name}"], np.nan)}


def trained(word: str, validation: Any, **changes: Any) -> Any:
    network = small_network()
    stage = Stage(**{**QUICK, "monitor": word, "learning_rate": 0.1, **changes})
    learn = batches(rows(32), seed=0, stage="main")
    return network, train(network, stage, learn, validation)


by_numbers = pytest.mark.skipif(
    keras.backend.backend() != "jax",
    reason="which epoch is best rests on first weights, drawn apart by backends",
)


@by_numbers
def test_the_monitored_output_decides_which_epoch_is_kept() -> None:
    # The price of the validation rows follows from nothing: learning it makes it worse.
    given = rows(32, seed=1, strength=-3.0)
    found = {}
    for word in ("sold", "price"):
        network, history = trained(word, batches(given, shuffle=False))
        losses = [epoch[f"val_{word}_loss"] for epoch in history.epochs]
        found[word] = history.best_epoch
        assert losses[history.best_epoch - 1] == min(losses)
        told = network.evaluate(
            batches(given, shuffle=False), verbose=0, return_dict=True
        )
        assert told[f"{word}_loss"] == pytest.approx(min(losses), rel=1e-5)
    assert found["sold"] != found["price"]


@by_numbers
def test_each_is_at_least_as_good_for_every_output_as_the_total() -> None:
    given = rows(32, seed=1, strength=-3.0)
    told = {}
    for word in ("total", "each"):
        network, history = trained(word, batches(given, shuffle=False), patience=None)
        again = batches(given, shuffle=False)
        told[word] = network.evaluate(again, verbose=0, return_dict=True)
    for name in ("sold_loss", "price_loss"):
        assert told["each"][name] <= told["total"][name] + 1e-6
    assert history.best_epochs, "a head of another epoch was better"
    for name in history.best_epochs:
        assert told["each"][f"{name}_loss"] < told["total"][f"{name}_loss"]


def test_without_validation_labels_the_last_weights_are_kept() -> None:
    none = half(rows(16, seed=1), "price")
    none["label//sold"] = np.full(16, -1, "int32")
    _, history = trained("total", batches(none, shuffle=False), patience=1)
    assert history.best_epoch == len(history.epochs) == 4


@pytest.mark.slow
def test_a_resumed_stage_keeps_the_same_heads() -> None:
    given = rows(32, seed=1, strength=-3.0)
    learn = rows(32)
    stage = Stage(**QUICK, monitor="each", learning_rate=0.1, patience=None)
    states: list[Any] = []
    whole, broken = small_network(), small_network()

    def parts() -> Any:
        return batches(learn, seed=0, stage="main"), batches(given, shuffle=False)

    first = train(whole, stage, *parts(), states=States(keep=states.append))
    again = train(broken, stage, *parts(), states=States(resumed=states[2]))
    assert first.best_epochs
    assert again.best_epochs == first.best_epochs
    assert same(whole.get_weights(), broken.get_weights())
