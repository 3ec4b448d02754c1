from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from sensorium.errors import RecipeError
from sensorium.nn.heads import Quantiles
from tests.nn.samples import array


def built(*levels: float, **arguments):
    head = Quantiles(levels, **arguments)
    head.build((None, 3))
    return head


def rows(factor: float = 1.0) -> np.ndarray:
    return (np.random.default_rng(0).normal(size=(60, 3)) * factor).astype("float32")


@pytest.mark.parametrize("factor", [1.0, 1e4])
@pytest.mark.parametrize("levels", [(0.1, 0.5, 0.9), (0.8, 0.9, 0.95), (0.05,)])
def test_quantiles_never_cross(levels, factor) -> None:
    head = built(*levels)
    head.adapt(1e5, 0.3)  # so that rounding is as large as the steps
    found = array(head(rows(factor)))
    assert found.shape == (60, len(levels))
    assert np.isfinite(found).all()
    assert (np.diff(found, axis=1) >= 0).all()


def test_training_begins_at_a_normal_distribution() -> None:
    head = built(0.9, 0.25, 0.5, 0.25)
    head.adapt(100.0, 10.0)
    head.output_layer.kernel.assign(np.zeros((3, 3), "float32"))
    normal = NormalDist(100.0, 10.0)
    expected = [normal.inv_cdf(level) for level in (0.25, 0.5, 0.9)]
    np.testing.assert_allclose(array(head(rows()))[0], expected, rtol=1e-5)


def test_names_are_percents_in_rising_order() -> None:
    head = built(0.975, 0.29, 0.025)
    assert head.names() == ["q2.5", "q29", "q97.5"]
    assert list(head.decode(head(rows()))) == head.names()


def test_loss_does_not_depend_on_the_units() -> None:
    found = []
    for factor in (1.0, 1000.0):
        head = built(0.2, 0.8)
        head.adapt(0.0, 2.0 * factor)
        labels = np.array([1.0, 5.0], "float32") * np.float32(factor)
        outputs = np.array([[0.0, 2.0]] * 2, "float32") * np.float32(factor)
        found.append(float(array(head.loss_function()(labels, outputs))))
    assert found[0] == pytest.approx(found[1])


def test_metrics_are_the_middle_ones_error_and_the_coverage() -> None:
    labels = np.array([1.0, 5.0, np.nan, 2.0], "float32")
    outputs = np.array([[0.0, 2.0, 3.0]] * 4, "float32")
    found = {}
    for metric in built(0.1, 0.5, 0.9).metric_objects():
        metric.update_state(labels, outputs)
        found[metric.name] = float(array(metric.result()))
    assert found == pytest.approx({"mae": (1 + 3 + 0) / 3, "coverage": 2 / 3})
    assert [metric.name for metric in built(0.5).metric_objects()] == ["mae"]


@pytest.mark.parametrize("wrong", [(0.0, 0.5), (0.5, 1.0), ()])
def test_levels_that_are_none_are_refused(wrong) -> None:
    with pytest.raises(RecipeError, match="quantiles"):
        Quantiles(wrong)
