from __future__ import annotations

import numpy as np
import pytest

import sensorium as sm
from sensorium.errors import DataError
from sensorium.nn.encoders import MLP
from sensorium.nn.heads import Ordinal
from tests.nn.samples import array, compiled, gradient, outputs


def built(num_classes: int = 4, **arguments):
    head = Ordinal(num_classes, **arguments)
    head.build((None, 1))
    head.output_layer.kernel.assign(np.ones((1, 1), "float32"))
    return head


def values(*numbers: float) -> np.ndarray:
    return np.array(numbers, "float32")[:, None]


@pytest.mark.parametrize("num_classes", [2, 3, 9])
def test_probabilities_sum_to_one_even_far_out(num_classes) -> None:
    head = built(num_classes)
    logs = outputs(head, values(-60.0, -1.0, 0.0, 2.0, 60.0))
    assert np.isfinite(array(logs)).all()
    shares = np.exp(array(logs).astype(np.float64))
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=2e-5)
    decoded = head.decode(logs)
    np.testing.assert_allclose(decoded["probability"], shares, atol=1e-5)
    assert decoded["id"].tolist()[::4] == [0, num_classes - 1]


def test_a_larger_value_never_means_a_lower_class() -> None:
    found = built(6).decode(outputs(built(6), values(*np.linspace(-8, 8, 50))))[
        "probability"
    ]
    above = 1 - np.cumsum(found, axis=1)[:, :-1]
    assert (np.diff(above, axis=0) > 0).all()


def test_thresholds_begin_at_the_shares_of_the_labels() -> None:
    head = built(4)
    head.adapt([9, 0, 29, 58], ["a", "b", "c", "d"])
    found = head.decode(outputs(head, values(0.0)))["probability"][0]
    np.testing.assert_allclose(found, np.array([10, 1, 30, 59]) / 100, rtol=1e-3)


@pytest.mark.parametrize("loss", ["cumulative_link", "coral"])
def test_a_label_further_away_costs_more(loss) -> None:
    head = built(4, loss=loss)
    answer = outputs(head, values(-2.0))
    found = [
        float(array(compiled(head.loss_function())(np.array([k]), answer)))
        for k in range(4)
    ]
    assert found == sorted(found)
    slope = gradient(
        lambda x: head.loss_function()(np.array([3]), head(x)), values(-40)
    )
    assert np.isfinite(slope).all()
    assert slope[0, 0] < 0


def test_thresholds_learn() -> None:
    assert len(built(4).trainable_weights) == 4
    assert len(built(2).trainable_weights) == 3, "two classes have one threshold"


def test_metrics_count_ranks() -> None:
    outputs = np.log(np.array([[0.8, 0.1, 0.1], [0.1, 0.2, 0.7], [0.8, 0.1, 0.1]]))
    found = {}
    for metric in built(3).metric_objects():
        metric.update_state(np.array([2, 2, -1]), outputs)
        found[metric.name] = float(array(metric.result()))
    assert found == pytest.approx({"accuracy": 0.5, "rank_error": 1.0})


@pytest.mark.parametrize("mode", ["logits", "probabilities", "product"])
def test_late_fusion_joins_probabilities(mode) -> None:
    fusion = sm.fusion.Late(3, mode=mode)
    encoders = {"a": MLP(3), "b": MLP(3)}
    network = sm.join(encoders, fusion=fusion, heads={"y": Ordinal(3)})
    rows = {name: np.ones((4, 2), "float32") for name in ("a", "b")}
    shares = np.exp(network.predict_on_batch(rows)["y"])
    assert shares.shape == (4, 3)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-5)
    alone = []
    for name in rows:
        given = {**rows, f"{name}/present": np.zeros(4, bool)}
        alone.append(np.exp(network.predict_on_batch(given)["y"]))
    joined = np.mean(alone, axis=0)
    if mode != "probabilities":
        joined = np.prod(alone, axis=0) ** (0.5 if mode == "logits" else 1.0)
        joined /= joined.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shares, joined, rtol=1e-4)


def test_one_class_has_no_order() -> None:
    with pytest.raises(DataError, match="ordered classes are at least two"):
        built(1)
