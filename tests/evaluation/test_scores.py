from __future__ import annotations

import dataclasses
import json
import math
import time
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from sensorium.evaluation import Score, score_output


def _by_name(scores: list[Score]) -> dict[str, Score]:
    return {score.name: score for score in scores}


def _values(*arguments: Any, **options: Any) -> dict[str, float | None]:
    scores = score_output(*arguments, resamples=20, **options)
    return {score.name: score.value for score in scores}


def _classes(rows: int = 200, number: int = 3, seed: int = 0) -> tuple[Any, Any]:
    generator = np.random.default_rng(seed)
    truth = generator.integers(number, size=rows)
    shares = generator.dirichlet(np.ones(number), rows)
    shares[np.arange(rows), truth] += 0.3
    return truth, {"probability": shares / shares.sum(axis=1, keepdims=True)}


# ---- numbers worked out by hand


def test_golden_scores_of_two_classes() -> None:
    # Four rows; class 1 has 0.9 and 0.4, class 0 has 0.6 and 0.1.
    ones = np.array([0.9, 0.4, 0.6, 0.1])
    shares = {"probability": np.stack([1 - ones, ones], axis=1)}
    values = _values("classification", np.array([1, 1, 0, 0]), shares)
    assert values == pytest.approx(
        {
            "accuracy": 0.5,
            "balanced_accuracy": 0.5,
            "macro_f1": 0.5,
            "log_loss": -math.log(0.9 * 0.4 * 0.4 * 0.9) / 4,
            "auc": 3 / 4,  # of the four pairs only (0.4, 0.6) is the wrong way round
        }
    )


def test_golden_scores_of_three_unequal_classes() -> None:
    truth = np.array([0, 0, 0, 1, 2])
    shares = np.full((5, 3), 0.1)
    shares[np.arange(5), [0, 0, 1, 1, 0]] = 0.8
    values = _values("classification", truth, {"probability": shares})
    assert values["accuracy"] == pytest.approx(3 / 5)
    assert values["balanced_accuracy"] == pytest.approx((2 / 3 + 1 + 0) / 3)
    # F1: 2*2/(3+3), 2*1/(1+2), 0
    assert values["macro_f1"] == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    assert values["log_loss"] == pytest.approx(
        -(3 * math.log(0.8) + 2 * math.log(0.1)) / 5
    )
    # Pairs won, half for a tie. Class 0: 2 of 3 rows above 1 of 2 others, all three at
    # least level with it; class 1: 1/1 over 3 of 4 others; class 2: all level.
    assert values["auc"] == pytest.approx(((1.5 + 1.5 + 0.5) / 6 + 3.5 / 4 + 0.5) / 3)


def test_golden_scores_of_numbers() -> None:
    truth, found = np.array([1.0, 2.0, 3.0, 6.0]), np.array([2.0, 2.0, 3.0, 3.0])
    values = _values("regression", truth, {"value": found})
    assert values == pytest.approx(
        {"r2": 1 - 10 / 14, "mae": 1.0, "rmse": math.sqrt(10 / 4)}
    )


def test_golden_scores_of_flags() -> None:
    truth = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0]])
    shares = np.array([[0.9, 0.2], [0.4, 0.8], [0.6, 0.1]])
    values = _values("flags", truth, {"probability": shares})
    # Found 2 of 3, one of them wrong: 2*2 / (3 + 3). Precision at the positives of the
    # first flag: 1/1 and 2/3; of the second: 1.
    assert values == pytest.approx(
        {
            "micro_f1": 4 / 6,
            "average_precision": ((1 + 2 / 3) / 2 + 1) / 2,
            "exact_match": 1 / 3,
        }
    )


# ---- against scikit-learn


@pytest.mark.parametrize("seed", range(100))
def test_values_are_scikit_learns_on_the_labelled_rows(seed: int) -> None:
    generator = np.random.default_rng(seed)
    truth, prediction = _classes(60, 2 + seed % 4, seed)
    absent = generator.random(60) < 0.2
    shares = prediction["probability"]
    if seed % 2:
        shares = np.round(shares * 5) + 0.01
        shares /= shares.sum(axis=1, keepdims=True)
    labels = np.where(absent, -1, truth)
    values = _values("classification", labels, {"probability": shares})
    truth, shares = truth[~absent], shares[~absent]
    predicted = shares.argmax(axis=1)
    assert values["accuracy"] == metrics.accuracy_score(truth, predicted)
    assert values["balanced_accuracy"] == pytest.approx(
        metrics.balanced_accuracy_score(truth, predicted)
    )
    assert values["macro_f1"] == pytest.approx(
        metrics.f1_score(truth, predicted, average="macro", zero_division=0)
    )
    assert values["log_loss"] == pytest.approx(metrics.log_loss(truth, shares))
    ranked = shares[:, 1] if shares.shape[1] == 2 else shares
    assert values["auc"] == pytest.approx(
        metrics.roc_auc_score(truth, ranked, multi_class="ovr")
    )


@pytest.mark.parametrize("seed", range(50))
def test_values_of_numbers_and_flags_are_scikit_learns(seed: int) -> None:
    generator = np.random.default_rng(seed)
    truth = generator.normal(3.0, 2.0, 40)
    found = truth + generator.normal(size=40)
    truth[generator.random(40) < 0.3] = np.nan
    there = ~np.isnan(truth)
    values = _values("regression", truth, {"value": found})
    pair = truth[there], found[there]
    assert values["r2"] == pytest.approx(metrics.r2_score(*pair))
    assert values["mae"] == pytest.approx(metrics.mean_absolute_error(*pair))
    assert values["rmse"] == pytest.approx(metrics.root_mean_squared_error(*pair))

    flags = (generator.random((40, 3)) < 0.5).astype(float)
    shares = np.round(generator.random((40, 3)), 1)
    flags[::7] = np.nan
    there = ~np.isnan(flags[:, 0])
    values = _values("flags", flags, {"probability": shares})
    set_, likely = flags[there].astype(int), shares[there]
    assert values["micro_f1"] == pytest.approx(
        metrics.f1_score(set_, likely > 0.5, average="micro")
    )
    assert values["average_precision"] == pytest.approx(
        metrics.average_precision_score(set_, likely, average="macro")
    )
    assert values["exact_match"] == metrics.accuracy_score(set_, likely > 0.5)


# ---- intervals


@pytest.mark.slow
def test_intervals_cover_the_true_scores_of_classes() -> None:
    def drawn(rows: int, seed: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        generator = np.random.default_rng(seed)
        truth = generator.integers(2, size=rows)
        logit = generator.normal(2.0 * truth - 1.0, 1.5)
        ones = 1 / (1 + np.exp(-logit))
        return truth, {"probability": np.stack([1 - ones, ones], axis=1)}

    true = _values("classification", *drawn(200_000, 10**6))
    _check_coverage("classification", drawn, true)


@pytest.mark.slow
def test_intervals_cover_the_true_scores_of_numbers() -> None:
    def drawn(rows: int, seed: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        generator = np.random.default_rng(seed)
        found = generator.normal(size=rows)
        return found + 0.5 * generator.normal(size=rows), {"value": found}

    mae = 0.5 * math.sqrt(2 / math.pi)
    true = {"r2": 1 - 0.25 / 1.25, "mae": mae, "rmse": 0.5}
    _check_coverage("regression", drawn, true)


def _check_coverage(kind: str, drawn: Any, true: dict[str, float]) -> None:
    # 200 repetitions at 95 %: 190 +- 3.1; percentile intervals of 150 rows miss some
    # more. Intervals of 90 % would hold 180 +- 4.2, of 99 % 198 +- 1.4.
    hits = dict.fromkeys(true, 0)
    for seed in range(200):
        scores = score_output(kind, *drawn(150, seed), seed=seed, resamples=200)
        for score in scores:
            hits[score.name] += score.low <= true[score.name] <= score.high
    assert all(181 <= number <= 197 for number in hits.values()), hits


def test_groups_are_passed_on_without_the_rows_left_out() -> None:
    truth, prediction = _classes(120)
    group = np.repeat([f"person {index}" for index in range(6)], 20)
    truth[group == "person 3"] = -1
    plain = _by_name(score_output("classification", truth, prediction))
    grouped = _by_name(score_output("classification", truth, prediction, group=group))
    assert plain["accuracy"].value == grouped["accuracy"].value
    assert plain["accuracy"].low != grouped["accuracy"].low
    kept = truth >= 0
    alone = score_output(
        "classification",
        truth[kept],
        {"probability": prediction["probability"][kept]},
        group=group[kept],
    )
    assert alone == list(grouped.values())


def test_scores_of_one_seed_are_equal_and_of_another_not() -> None:
    first = score_output("classification", *_classes(), seed=1)
    assert first == score_output("classification", *_classes(), seed=1)
    assert first != score_output("classification", *_classes(), seed=2)


def test_twenty_thousand_rows_take_a_few_seconds_at_most() -> None:
    truth, prediction = _classes(20_000, 3)
    start = time.process_time()
    scores = score_output("classification", truth, prediction)
    assert [score.resamples for score in scores] == [1000] * 5
    assert time.process_time() - start < 10  # about 1 on an idle core


# ---- what cannot be scored


@pytest.mark.parametrize(
    ("kind", "truth", "prediction"),
    [
        ("classification", np.full(3, -1), {"probability": np.full((3, 2), 0.5)}),
        ("regression", np.full(3, np.nan), {"value": np.zeros(3)}),
        ("flags", np.full((3, 2), np.nan), {"probability": np.full((3, 2), 0.5)}),
        ("regression", np.zeros(0), {"value": np.zeros(0)}),
    ],
)
def test_no_labels_give_no_values_and_the_reason(
    kind: str, truth: np.ndarray, prediction: dict[str, np.ndarray]
) -> None:
    for score in score_output(kind, truth, prediction):
        assert (score.value, score.low, score.high, score.rows) == (None,) * 3 + (0,)
        assert score.reason == "no row has a label"


def test_rows_without_a_prediction_are_left_out_and_counted() -> None:
    truth, prediction = _classes(50)
    prediction["probability"][[3, 7, 9]] = np.nan
    truth[9] = -1  # neither label nor prediction: nothing to count
    for score in score_output("classification", truth, prediction):
        assert (score.rows, score.unpredicted) == (47, 2)
    nothing = {"value": np.full(4, np.nan)}
    for score in score_output("regression", np.arange(4.0), nothing):
        assert (score.value, score.unpredicted) == (None, 4)
        assert score.reason == "no row with a label has a prediction"


def test_one_class_in_the_truth_leaves_auc_open() -> None:
    truth, prediction = np.zeros(20, int), {"probability": np.full((20, 2), 0.5)}
    names = ["no", "yes"]
    found = score_output("classification", truth, prediction, classes=names)
    scores = _by_name(found)
    assert scores["auc"].value is None
    assert scores["auc"].reason == "all labelled rows are of one class, no"
    assert scores["accuracy"].value == 1.0


def test_auc_names_the_classes_it_is_without() -> None:
    truth = np.array([0, 1, 0, 1])
    _, prediction = _classes(4, 3)
    scores = score_output("classification", truth, prediction, classes=["a", "b", "c"])
    auc = _by_name(scores)["auc"]
    assert auc.value is not None
    assert auc.reason == "without c: no labelled row has it"


def test_resamples_of_one_class_are_counted() -> None:
    truth = np.array([0] * 19 + [1])
    _, prediction = _classes(20, 2)
    auc = _by_name(score_output("classification", truth, prediction))["auc"]
    assert auc.resamples + auc.left_out == 1000
    assert auc.left_out == pytest.approx(1000 * 0.95**20, abs=60)


def test_equal_labels_leave_r2_open() -> None:
    scores = score_output("regression", np.full(5, 2.5), {"value": np.arange(5.0)})
    found = _by_name(scores)
    assert (found["r2"].value, found["r2"].reason) == (
        None,
        "all labels are equal, 2.5",
    )
    assert found["mae"].value == pytest.approx(1.3)


def test_flags_that_never_occur_leave_their_scores_open() -> None:
    truth, shares = np.zeros((6, 2)), np.full((6, 2), 0.2)
    found = _by_name(score_output("flags", truth, {"probability": shares}))
    assert found["micro_f1"].reason == "no flag is set or predicted"
    assert found["average_precision"].reason == "no flag is set"
    assert found["exact_match"].value == 1.0
    truth[0, 0] = 1
    names = ["round", "red"]
    found = _by_name(
        score_output("flags", truth, {"probability": shares}, classes=names)
    )
    assert found["average_precision"].reason == "without red: no labelled row has it"


def test_one_row_has_a_value_and_no_interval() -> None:
    found = score_output("regression", np.array([1.0]), {"value": np.array([2.0])})
    scores = _by_name(found)
    assert (scores["mae"].value, scores["mae"].low) == (1.0, None)
    assert scores["mae"].reason == "an interval needs at least two rows"


def test_half_precision_probabilities_are_scored() -> None:
    truth, prediction = _classes(300, 7)
    exact = _values("classification", truth, prediction)
    half = {"probability": prediction["probability"].astype(np.float16)}
    assert _values("classification", truth, half) == pytest.approx(exact, abs=1e-2)


def test_arguments_are_not_changed() -> None:
    truth, prediction = _classes(30)
    copies = truth.copy(), prediction["probability"].copy()
    score_output("classification", truth, prediction)
    assert (truth == copies[0]).all()
    assert (prediction["probability"] == copies[1]).all()


def test_scores_can_be_written_as_json() -> None:
    scores = score_output("classification", *_classes(), classes=list("abc"))
    text = json.dumps([dataclasses.asdict(score) for score in scores], allow_nan=False)
    assert [Score(**each) for each in json.loads(text)] == scores
