"""Labels that are absent, and sample weights, in every head's losses and metrics."""

from __future__ import annotations

import functools
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensorium.nn.heads import HEADS
from sensorium.nn.loss_metric import LossMetric, RecordedLoss
from sensorium.nn.present import Present
from tests.nn.samples import HEAD_ROLE, array, built, compiled, labels

ROWS = 5


def cubic(y_true: Any, y_pred: Any) -> Any:
    """A loss of a user, which knows nothing of absent labels."""
    truth = keras.ops.cast(y_true, y_pred.dtype)
    truth = truth if len(truth.shape) == len(y_pred.shape) else truth[:, None]
    return keras.ops.mean(keras.ops.abs(y_pred - truth) ** 3, axis=-1)


LOSSES: dict[str, list[Any]] = {
    "classification": [
        "crossentropy",
        "focal",
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        cubic,
    ],
    "flags": [
        "crossentropy",
        "focal",
        keras.losses.BinaryFocalCrossentropy(from_logits=True),
        cubic,
    ],
    "regression": [
        "mse",
        "huber",
        "log_cosh",
        keras.losses.Huber(0.5),
        keras.losses.MeanSquaredError(reduction=None),
        cubic,
    ],
}
CASES = [(word, place) for word in HEADS for place in range(len(LOSSES.get(word, [0])))]


@functools.cache
def case(word: str, place: int) -> tuple[Any, Any, np.ndarray, np.ndarray, np.ndarray]:
    """A head, its loss, complete labels, outputs, and the loss of each row alone."""
    losses = LOSSES.get(word)
    head = built(HEAD_ROLE, word, **({"loss": losses[place]} if losses else {}))
    head.build((None, 6))
    fused = np.random.default_rng(3).normal(size=(ROWS, 6)).astype("float32")
    outputs, known = array(compiled(head)(fused)), labels(word, ROWS, seed=1)
    loss = head.loss_function()
    loss.rows = compiled(loss.rows)
    one = slice(0, 1)
    each = [
        float(array(loss(np.roll(known, -row, 0)[one], np.roll(outputs, -row, 0)[one])))
        for row in range(ROWS)
    ]
    return head, loss, known, outputs, np.array(each)


def patterns() -> Any:
    """Which rows have labels, and how much each counts."""
    there = st.lists(st.booleans(), min_size=ROWS, max_size=ROWS)
    weights = st.lists(st.sampled_from([0.0, 0.5, 3.0]), min_size=ROWS, max_size=ROWS)
    return st.tuples(there.map(np.array), weights.map(np.float32))


def shown(head: Any, known: np.ndarray, outputs: np.ndarray, there: Any) -> Any:
    """Labels of which some are absent."""
    absent = array(head.absent(outputs)).reshape(known.shape).astype(known.dtype)
    return np.where(there.reshape(-1, *[1] * (known.ndim - 1)), known, absent)


@pytest.mark.parametrize(("word", "place"), CASES)
@settings(max_examples=3, deadline=None)
@given(pattern=patterns())
def test_a_loss_is_the_weighted_mean_over_the_labels_there(
    word: str, place: int, pattern: Any
) -> None:
    there, weights = pattern
    head, inner, known, outputs, each = case(word, place)
    given = shown(head, known, outputs, there)
    spoilt = outputs.copy()
    spoilt[~there] = np.nan
    loss = RecordedLoss(inner, LossMetric("x_loss"))
    total = float((weights * there).sum())
    expected = float((weights * there * each).sum()) / total if total else 0.0
    found = float(array(loss(given, spoilt, weights)))
    assert found == pytest.approx(expected, rel=2e-5, abs=1e-6)
    told = float(array(loss.metric.result()))
    assert (
        told == pytest.approx(expected, rel=2e-5, abs=1e-6)
        if total
        else (np.isnan(told))
    )


@pytest.mark.parametrize("word", HEADS)
@settings(max_examples=2, deadline=None)
@given(pattern=patterns())
def test_metrics_count_the_labels_there_by_weight(word: str, pattern: Any) -> None:
    (there, weights), (head, _, known, outputs, _) = pattern, case(word, 0)
    given = shown(head, known, outputs, there)
    kept = there & (weights > 0)
    for metric, other in zip(head.metric_objects(), head.metric_objects(), strict=True):
        metric.update_state(given, outputs, sample_weight=weights)
        if not kept.any():
            assert np.isnan(array(metric.result()))
            continue
        for row in np.flatnonzero(kept):  # one by one: all have one shape
            one = slice(row, row + 1)
            other.update_state(known[one], outputs[one], sample_weight=weights[one])
        np.testing.assert_allclose(
            array(metric.result()), array(other.result()), rtol=1e-5
        )


@pytest.mark.parametrize("loss", [keras.losses.Huber(), "mae", cubic])
def test_losses_given_to_compile_leave_absent_labels_out_too(loss: Any) -> None:
    head, _, known, outputs, _ = case("regression", 0)
    there = np.array([True, False, True, False, True])
    given = shown(head, known, outputs, there)
    present = Present(loss, head.target)
    expected = array(present(known[there], outputs[there]))
    np.testing.assert_allclose(array(present(given, outputs)), expected, rtol=1e-6)
