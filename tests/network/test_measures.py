from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.errors import DataError
from tests.training.made import inputs_of, rows, small_network

ROWS = rows(24)
INPUTS = inputs_of(ROWS)
PRICE = ROWS["label//price"].copy()
PRICE[:16] = np.nan  # the first two batches of eight have none
SOLD = ROWS["label//sold"]


@pytest.fixture(scope="module")
def network():
    """A network that learns nothing."""
    found = small_network()
    found.compile(keras.optimizers.SGD(0.0), metrics={"price": "mse"})
    return found


def told(network, weights=None, labels=None):
    labels = {"sold": SOLD, "price": PRICE} if labels is None else labels
    if weights is not None:  # Keras wants all of them
        weights = {**{name: np.ones(24, "float32") for name in labels}, **weights}
    return network.evaluate(
        INPUTS, labels, sample_weight=weights, batch_size=8, verbose=0, return_dict=True
    )


def test_losses_are_means_over_labels_however_they_are_spread(network) -> None:
    guess = network.predict_on_batch(INPUTS)["price"]
    expected = np.mean((guess[16:] - PRICE[16:]) ** 2)
    assert told(network)["price_loss"] == pytest.approx(expected, rel=1e-5)


def test_the_loss_of_an_output_without_labels_is_no_number(network) -> None:
    found = told(network, labels={"sold": SOLD})
    assert np.isnan(found["price_loss"])
    assert np.isfinite(found["loss"])


def test_sample_weights_count_in_losses_and_metrics_of_heads(network) -> None:
    weights = np.where(SOLD == 1, 3.0, 0.0).astype("float32")
    logits = network.predict_on_batch(INPUTS)["sold"]
    ones = SOLD == 1
    found = told(network, {"sold": weights})
    right = np.mean(logits.argmax(axis=1)[ones] == 1)
    assert found["sold_accuracy"] == pytest.approx(right)
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    assert found["sold_loss"] == pytest.approx(-logs[ones, 1].mean(), rel=1e-4)
    assert found["price_loss"] == pytest.approx(told(network)["price_loss"])


def test_metrics_that_are_given_count_no_weights(network) -> None:
    weights = {"price": np.linspace(0, 1, 24).astype("float32")}
    assert told(network, weights)["price_mse"] == told(network)["price_mse"]
    other = small_network()
    other.compile(weighted_metrics={"price": ["mse"]})
    assert told(other, weights)["price_mse"] != told(other)["price_mse"]
    assert "price_mae" not in told(other)


def test_metrics_of_unknown_outputs_are_refused() -> None:
    with pytest.raises(DataError, match=r"`weighted_metrics`: .* Did you mean `price`"):
        small_network().compile(weighted_metrics={"prise": "mse"})
