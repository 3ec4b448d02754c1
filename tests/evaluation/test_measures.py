from __future__ import annotations

import numpy as np
import pytest

from sensorium.evaluation import measures


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
