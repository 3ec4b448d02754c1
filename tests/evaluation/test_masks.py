"""Scores of masks, by hand and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from sensorium.errors import DataError
from sensorium.evaluation.baselines import baseline_scores
from sensorium.evaluation.masks import masks, overlaps
from sensorium.evaluation.scores import score_output

RNG = np.random.default_rng(0)
TRUTH = RNG.integers(0, 3, (6, 4, 5))
FOUND = np.where(RNG.random((6, 4, 5)) < 0.7, TRUTH, RNG.integers(0, 3, (6, 4, 5)))


def values(*given, background: int | None = 0) -> dict[str, float]:
    return {m.name: m.value for m in masks(*given, background)}


def test_scores_are_scikit_learns_jaccard_and_f1() -> None:
    found = values(TRUTH, FOUND)
    rows = [(t.ravel(), p.ravel()) for t, p in zip(TRUTH, FOUND, strict=True)]
    options = {"labels": [1, 2], "average": "macro"}
    iou = np.mean([metrics.jaccard_score(*row, **options) for row in rows])
    dice = np.mean([metrics.f1_score(*row, **options) for row in rows])
    whole = metrics.jaccard_score(TRUTH.ravel(), FOUND.ravel(), average="macro")
    assert found["iou"] == pytest.approx(iou)
    assert found["dice"] == pytest.approx(dice)
    assert found["class_iou"] == pytest.approx(whole)
    assert found["pixel_accuracy"] == pytest.approx((TRUTH == FOUND).mean())


def test_pixels_without_label_do_not_count() -> None:
    truth, other = TRUTH.copy(), FOUND.copy()
    truth[:, 0] = -1
    other[:, 0] = 2
    expected = values(TRUTH[:, 1:], FOUND[:, 1:])
    assert values(truth, other) == pytest.approx(expected)


def test_an_empty_row_that_is_predicted_empty_is_right() -> None:
    nothing = np.zeros((1, 2, 2), int)
    assert values(nothing, nothing)["iou"] == 1.0
    assert values(nothing, nothing + np.eye(2, dtype=int))["iou"] == 0.0
    assert values(nothing, nothing, background=None)["iou"] == 1.0


def test_statistics_give_the_values_for_equal_weights() -> None:
    for measure in masks(TRUTH, FOUND, 0):
        assert measure.statistic(np.ones(6)) == pytest.approx(measure.value)
    doubled = [0, 0, 1, 2, 3, 4, 5]
    twice = {m.name: m.value for m in masks(TRUTH[doubled], FOUND[doubled], 0)}
    for measure in masks(TRUTH, FOUND, 0):
        weights = np.bincount(doubled).astype(float)
        assert measure.statistic(weights) == pytest.approx(twice[measure.name])


def test_overlaps_count_pixels_by_row_and_class() -> None:
    counts = overlaps(np.array([[[0, 1], [1, -1]]]), np.array([[[0, 1], [0, 1]]]))
    assert counts.both.tolist() == [[1, 1]]
    assert counts.true.tolist() == [[1, 2]]
    assert counts.found.tolist() == [[2, 1]]
    assert counts.either.tolist() == [[2, 2]]


def test_scores_have_intervals_and_leave_rows_out() -> None:
    truth = TRUTH.copy()
    truth[0] = -1
    sure = np.array([0.5, np.nan, 0.5, 0.5, 0.5, 0.5])
    found = score_output(
        "segmentation", truth, {"id": FOUND, "confidence": sure}, background=0
    )
    assert [s.name for s in found] == ["iou", "dice", "class_iou", "pixel_accuracy"]
    expected = values(TRUTH[2:], FOUND[2:])
    for score in found:
        assert (score.rows, score.unpredicted) == (4, 1)
        assert score.value == pytest.approx(expected[score.name])
        assert score.low <= score.value <= score.high


def test_the_baseline_is_the_most_frequent_class_of_each_pixel() -> None:
    train = np.array([[[0, 1]], [[0, 1]], [[2, -1]]])
    test = np.array([[[0, 1]], [[0, 0]]])
    by_name = {
        s.name: s.value
        for s in baseline_scores("segmentation", train, test, background=0)
    }
    assert by_name["iou"] == pytest.approx((1 + 0) / 2)
    assert by_name["pixel_accuracy"] == pytest.approx(3 / 4)


@pytest.mark.parametrize("found", [FOUND[:, 0], FOUND.astype(float), FOUND[:5]])
def test_other_predictions_are_refused(found) -> None:
    with pytest.raises(DataError, match=r"whole class ids of shape \(rows, height"):
        score_output("segmentation", TRUTH, {"id": found})


def test_training_masks_without_labels_have_no_baseline() -> None:
    with pytest.raises(DataError, match="no training row has a label"):
        baseline_scores("segmentation", np.full((2, 1, 2), -1), TRUTH)
