from __future__ import annotations

import numpy as np
import pytest

from sensorium.evaluation import measures
from sensorium.evaluation.boxes import boxes
from sensorium.evaluation.masks import masks
from sensorium.evaluation.quantiles import quantiles
from sensorium.evaluation.ranks import ranks


def _made(kind: str, seed: int) -> list[measures.Measure]:
    generator = np.random.default_rng(seed)
    rows, number = int(generator.integers(2, 50)), int(generator.integers(2, 6))
    names = [f"c{index}" for index in range(number)]
    if kind == "classification":
        truth = generator.integers(number, size=rows)
        shares = generator.dirichlet(np.ones(number), rows)
        if seed % 3 == 0:  # ties: a few values only
            shares = np.round(shares * 4) + 1
        return measures.classification(truth, shares, names)
    if kind == "flags":
        truth = generator.random((rows, number)) < 0.3
        shares = np.round(generator.random((rows, number)), 1 + seed % 3)
        return measures.flags(truth, shares, names)
    if kind == "box":
        first = np.round(generator.random((2, rows, 2)), seed % 3)
        sizes = np.round(generator.random((2, rows, 2)), 1)
        return boxes(*np.concatenate([first, first + sizes], axis=2))
    if kind == "ordinal":
        truth = generator.integers(number, size=rows)
        shares = generator.dirichlet(np.ones(number), rows)
        return ranks(truth, shares, measures.log_loss)
    if kind == "quantiles":
        levels = np.linspace(0, 100, number + 1)[1:]
        found = np.sort(generator.normal(size=(rows, number)), axis=1)
        truth = generator.normal(size=rows)
        return quantiles(truth, found, [f"q{level - 1:.3g}" for level in levels])
    if kind == "segmentation":
        truth, found = generator.integers(-1, 3, (2, rows, 4, 3))
        truth[:, 0, 0] = 0
        return masks(truth, np.maximum(found, 0), 0 if seed % 2 else None)
    truth = np.round(generator.normal(size=rows), seed % 3)
    return measures.regression(truth, generator.normal(size=rows))


@pytest.mark.parametrize("kind", measures.NAMES)
@pytest.mark.parametrize("seed", range(40))
def test_a_statistic_of_all_rows_once_is_the_value(kind: str, seed: int) -> None:
    found = _made(kind, seed)
    assert tuple(measure.name for measure in found) == measures.NAMES[kind]
    for measure in found:
        assert (measure.value is None) == (measure.statistic is None)
        assert measure.higher_is_better == (
            measure.name not in measures.LOWER_IS_BETTER
        )
        if measure.value is None:
            assert measure.reason
        else:
            once = np.ones(_rows(seed))
            assert measure.statistic(once) == pytest.approx(measure.value, abs=1e-9)


def _rows(seed: int) -> int:
    return int(np.random.default_rng(seed).integers(2, 50))


def test_the_largest_probability_is_the_predicted_class() -> None:
    shares = np.array([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1]])
    found = measures.classification(np.array([1, 2]), shares, ["a", "b", "c"])
    assert found[0].value == 0.5


def test_a_flag_at_exactly_one_half_is_not_predicted() -> None:
    found = measures.flags(
        np.array([[True, False]]), np.array([[0.5, 0.5]]), ["a", "b"]
    )
    assert {m.name: m.value for m in found}["micro_f1"] == 0.0
