"""Weights of a late fusion: learned from rows that members did not learn from."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import sensorium as sm
from sensorium.nn.heads import Classification, Flags, Regression
from sensorium.pipeline import stacking
from sensorium.pipeline.stacking import (
    Answers,
    _answer,
    _trained,
    _weigh,
    fitted_weights,
    learn_combination,
    table_folds,
)
from sensorium.training import History
from tests.pipeline.made import bits, changed, prepared, recipe_of, stager_of

ROWS = 200
DRAW = np.random.default_rng(0)
TRUTH = DRAW.normal(size=ROWS)
NOISE = DRAW.normal(size=(ROWS, 2)) * (0.5, 1.5)
GUESSES = (TRUTH[:, None] + NOISE).astype("float32")
CLASSES = (TRUTH > 0).astype("int32")
ALL = np.ones((ROWS, 2), bool)


def head_of(kind):
    head = {"number": Regression, "category": Classification, "flags": Flags}[kind]
    made = head() if kind == "number" else head(2)
    made.build((None, 3))
    return made


def case(kind):
    """Answers of two members, labels, and the loss of a weighted mean, by hand."""
    if kind == "number":
        labels = TRUTH.astype("float32")
        return GUESSES, labels, lambda w: np.square(GUESSES @ w - labels).mean()
    logits = np.stack([-2 * GUESSES, 2 * GUESSES], axis=2).astype("float32")
    if kind == "category":
        shares = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
        right = shares[np.arange(ROWS), :, CLASSES]
        return logits, CLASSES, lambda w: -np.log(right @ w).mean()
    labels = np.stack([1 - CLASSES, CLASSES], axis=1).astype("float32")
    shares = 1 / (1 + np.exp(-logits))
    right = np.where(labels[:, None] > 0, shares, 1 - shares)
    return logits, labels, lambda w: -np.log(np.einsum("rik,i->rk", right, w)).mean()


@pytest.mark.parametrize("kind", ["number", "category", "flags"])
def test_weights_have_the_least_loss_of_all(kind) -> None:
    members, labels, loss = case(kind)
    found = fitted_weights(head_of(kind), members, labels, ALL)
    assert found.sum() == pytest.approx(1)
    grid = [np.array([w, 1 - w]) for w in np.linspace(0, 1, 201)]
    best = min(grid, key=loss)
    assert loss(found) < loss(best) + 1e-4
    assert loss(best) < loss(np.array([0.5, 0.5])) - 2e-3
    np.testing.assert_allclose(found, best, atol=0.03)


def test_a_member_that_says_nothing_gets_almost_no_weight() -> None:
    members, labels, _ = case("category")
    members = np.concatenate([members, 5 * DRAW.normal(size=(ROWS, 1, 2))], axis=1)
    here = np.ones((ROWS, 3), bool)
    found = fitted_weights(head_of("category"), members.astype("f4"), labels, here)
    assert found[2] < 0.02


def test_rows_without_label_and_absent_inputs_do_not_count() -> None:
    members, labels, _ = case("number")
    head = head_of("number")
    known = fitted_weights(head, members, labels, ALL)
    twice = np.concatenate([members, members])
    unknown = np.concatenate([labels, np.full(ROWS, np.nan, "float32")])
    some = np.concatenate([ALL, ALL])
    found = fitted_weights(head, twice, unknown, some)
    np.testing.assert_allclose(found, known, atol=2e-3)
    # Rows with one input alone say nothing of how two are weighed, whatever they say.
    spoiled = np.concatenate([members, np.full_like(members, 1e6)])
    alone = np.concatenate([ALL, np.tile([True, False], (ROWS, 1))])
    spoiled[ROWS:, 0] = members[:, 0]
    found = fitted_weights(head, spoiled, np.concatenate([labels, labels]), alone)
    np.testing.assert_allclose(found, known, atol=2e-3)
    counts = np.repeat([1.0, 0.0], ROWS).astype("float32")
    found = fitted_weights(head, twice[:, ::-1], np.tile(labels, 2), some, 0 * counts)
    np.testing.assert_array_equal(found, [0.5, 0.5])
    both = np.concatenate([members, members[:, ::-1]])
    found = fitted_weights(head, both, np.tile(labels, 2), some, counts)
    np.testing.assert_allclose(found, known, atol=2e-3)
    nothing = np.zeros_like(ALL)
    np.testing.assert_array_equal(
        fitted_weights(head, members, labels, nothing), [0.5, 0.5]
    )


# --- a member that knows its training rows by heart ---

LEARNT = 96
KNOWS = {"type": "mlp", "units": 96, "num_layers": 2, "dropout": 0.0}
MEMORISE: dict[str, Any] = {
    "inputs": {"x": {"type": "number"}, "junk": {"type": "vector", "encoder": KNOWS}},
    "outputs": {"y": {"type": "classification"}},
    "fusion": {"type": "late", "mode": "stacking", "dropout": 0.0},
    "split": {"test": 0.1},
}
STAGE = {"type": "stack", "epochs": 24, "batch_size": 24, "learning_rate": 0.01}


def memorised(**changes: Any) -> sm.Recipe:
    draw = np.random.default_rng(0)
    y = draw.integers(0, 2, LEARNT)
    table = {
        "x": y + 0.5 * draw.normal(size=LEARNT),
        "junk": draw.normal(size=(LEARNT, 32)).astype("float32"),
        "y": np.array(["no", "yes"])[y],
        "who": np.arange(LEARNT) // 4,
    }
    stages = [{**STAGE, "folds": 3}]
    return sm.Recipe(table, **{**MEMORISE, "stages": stages, **changes})


@pytest.mark.slow
def test_who_knows_rows_by_heart_is_trusted_in_sample_and_not_out_of_folds() -> None:
    recipe = memorised()
    stager = stager_of(recipe, prepared(recipe))
    folds = recipe.steps()[0]
    before = bits(stager.network)
    told: list[int] = []
    history = learn_combination(
        stager, folds, progress=lambda epoch, _: told.append(epoch)
    )
    assert told == [1, 2, 3]
    assert [entry["epoch"] for entry in history.epochs] == told
    weights = stager.network.fusion.weights_by_input()
    assert weights["junk"] < 0.2
    # Nothing else has changed: the members begin anew with all rows.
    assert changed(before, bits(stager.network)) == {"fusion": {"fusion/combination"}}
    # The same rows to learn from and to be asked about: what stacking is not.
    answers, every = Answers(), {"": np.arange(stager.prepared.rows()["train"])}
    _, staged = _trained(stager, folds, 0, every, ())
    _answer(stager, folds, staged, every, answers)
    _weigh(stager, folds, answers)
    assert stager.network.fusion.weights_by_input()["junk"] > 0.8


@pytest.mark.slow
def test_a_run_keeps_the_weights_and_takes_the_folds_once(tmp_path) -> None:
    stages = [{**STAGE, "folds": 2, "epochs": 2}]
    recipe = memorised(stages=stages)
    shown: dict[str, Any] = {}
    run = sm.fit(recipe, tmp_path / "one", report=lambda e, v: shown.update({e: v}))
    again = sm.load(tmp_path / "one")
    weights = run.network.fusion.weights_by_input()
    assert weights["x"] != pytest.approx(0.5, abs=0.01)
    assert shown["combination"] == {"weights": {"y": weights}}
    assert again.network.fusion.weights_by_input() == weights
    rows = recipe.data
    assert again.predict(rows).equals(run.predict(rows))
    told: list[tuple[str, str]] = []
    stages[0]["learning_rate"] = 0.01
    other = sm.fit(
        recipe,
        tmp_path / "two",
        report=lambda event, values: told.append((event, values.get("name", ""))),
    )
    assert [e for e, _ in told].count("combination") == 0, "it was not learned anew"
    assert [name for event, name in told if event == "kept"] == [
        "stack (2 folds)",
        "stack (members)",
    ]
    assert other.network.fusion.weights_by_input() == weights


def test_a_stop_among_the_folds_leaves_the_network_as_it_was(monkeypatch) -> None:
    recipe = memorised()
    stager = stager_of(recipe, prepared(recipe))
    before, calls = bits(stager.network), []

    def stopped(model: Any, *args: Any, **kwargs: Any) -> History:
        calls.append(model)
        for weight in model.trainable_variables:
            weight.assign(weight + 1)
        epochs = [{"epoch": 1, "loss": 0.5}]
        return History("", epochs, 1, interrupted=len(calls) == 2)

    monkeypatch.setattr(stacking, "train", stopped)
    history = learn_combination(stager, recipe.steps()[0])
    assert (history.interrupted, history.epochs, len(calls)) == (True, [], 2)
    assert changed(before, bits(stager.network)) == {}


def test_groups_and_tables_are_dealt_as_they_are_split() -> None:
    recipe = memorised(split={"test": 0.1, "group": "who"})
    folds = recipe.steps()[0]
    rows = prepared(recipe)
    [dealt] = table_folds(recipe, folds).values()
    assert len(dealt) == rows.rows()["train"]
    assert sorted(np.unique(dealt)) == [0, 1, 2]
    # A row is found again by its vector: each group of four stands in one fold.
    known = {row.tobytes(): who for row, who in zip(*_encoded(recipe), strict=True)}
    places = [known[row.tobytes()] for row in np.asarray(rows.parts["train"]["junk"])]
    for who in set(places):
        held = dealt[[place == who for place in places]]
        assert len(held) == 4
        assert len(set(held.tolist())) == 1


def _encoded(recipe: sm.Recipe) -> tuple[np.ndarray, np.ndarray]:
    feature = prepared(recipe).features["junk"]
    return feature.encode({"junk": recipe.data["junk"]}).values, recipe.data["who"]


def test_a_named_table_is_dealt_by_its_own_rows() -> None:
    draw = np.random.default_rng(1)
    more = pl.DataFrame({"x": draw.normal(size=40), "y": ["no", "yes"] * 20})
    stage = {"type": "stack", "table": ["data", "more"], "folds": 4}
    recipe = recipe_of(
        outputs={"y": {"type": "classification"}},
        fusion={"type": "late", "mode": "stacking"},
        tables={"more": more},
        stages=[stage],
    )
    dealt = table_folds(recipe, recipe.steps()[0])
    held = prepared(recipe).rows()
    assert {name: len(found) for name, found in dealt.items()} == {
        "": held["train"],
        "more": held["more.train"],
    }
    assert all(len(np.unique(found)) == 4 for found in dealt.values())
