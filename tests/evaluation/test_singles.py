from __future__ import annotations

import numpy as np
import pytest

from sensorium.evaluation import singles
from sensorium.evaluation.singles import shortfall, single_score

DRAW = np.random.default_rng(0)
VALUES = DRAW.normal(size=(300, 4))


def halves(labels):
    return (VALUES[:200], labels[:200]), (VALUES[200:], labels[200:])


def test_classes_are_told_from_encodings() -> None:
    labels = (VALUES[:, 0] > 0).astype(int) * 2  # class 1 has no row
    labels[::9] = -1
    assert single_score("classification", *halves(labels)) > 0.95


def test_numbers_are_told_from_encodings() -> None:
    labels = 3.0 * VALUES[:, 1] + 10.0
    labels[::7] = np.nan
    assert single_score("regression", *halves(labels)) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("labels", [np.full(300, -1), np.zeros(300, int)])
def test_labels_that_are_absent_or_alike_teach_nothing(labels) -> None:
    assert single_score("classification", *halves(labels)) is None


def test_many_rows_are_drawn_from_evenly(monkeypatch) -> None:
    monkeypatch.setattr(singles, "MOST_ROWS", 50)
    values, labels = np.arange(300.0)[:, None], np.arange(300.0)
    chosen, truth = singles._chosen("regression", values, labels, 0)
    assert len(chosen) == 50
    assert chosen[:, 0].tolist() == truth.tolist()
    assert 100 < truth.mean() < 200
    assert (
        singles._chosen("regression", values, labels, 1)[1].tolist() != truth.tolist()
    )


def test_an_input_that_is_better_alone_is_named() -> None:
    alone = {"image": 0.7, "sound": 0.912, "text": None}
    assert shortfall(0.9, alone) == "sound"
    assert shortfall(0.903, alone) is None
    assert shortfall(None, alone) is None
    assert shortfall(0.5, {"text": None}) is None
