from __future__ import annotations

import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.evaluation import baseline_scores, score_output
from sensorium.evaluation.boxes import overlaps

TRUTH = np.array([[0.0, 0, 2, 2], [0, 0, 4, 4], [np.nan] * 4, [1, 1, 1, 1]])
FOUND = np.array([[1.0, 1, 3, 3], [0, 0, 4, 4], [0, 0, 1, 1], [1, 1, 1, 1]])


def test_scores_are_means_over_the_rows_with_a_label() -> None:
    scores = {s.name: s for s in score_output("box", TRUTH, {"box": FOUND})}
    assert list(scores) == ["iou", "mae"]
    assert scores["iou"].value == pytest.approx((1 / 7 + 1 + 0) / 3)
    assert scores["mae"].value == pytest.approx(1 / 3)
    assert [s.rows for s in scores.values()] == [3, 3]
    assert scores["iou"].higher_is_better
    assert not scores["mae"].higher_is_better
    for score in scores.values():
        assert score.low <= score.value <= score.high


def test_boxes_without_area_do_not_overlap() -> None:
    assert overlaps(TRUTH[[3]], FOUND[[3]]).tolist() == [0.0]
    assert overlaps(TRUTH[[0]], TRUTH[[0]] + 5).tolist() == [0.0]


def test_the_baseline_is_the_mean_box_and_for_errors_the_median() -> None:
    train = np.array([[0.0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 7, 1], [np.nan] * 4])
    naive = {s.name: s.value for s in baseline_scores("box", train, train[:3])}
    assert naive["mae"] == pytest.approx(6 / 12)
    assert naive["iou"] == pytest.approx((1 / 3 + 1 / 3 + 3 / 7) / 3)


@pytest.mark.parametrize("rows", [np.zeros((4, 3)), np.zeros(4)])
def test_boxes_of_another_shape_are_refused(rows) -> None:
    with pytest.raises(DataError, match=r"expected (the four )?numbers"):
        score_output("box", rows, {"box": FOUND})
    with pytest.raises(DataError, match=r"box: expected (the four )?numbers"):
        score_output("box", TRUTH, {"box": rows})
