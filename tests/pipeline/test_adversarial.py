"""Encodings that do not tell which table a row came from (DANN)."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import sensorium as sm
from sensorium.errors import RecipeError
from sensorium.features.base import Reading
from sensorium.nn.heads.domain import Domain
from sensorium.pipeline.adversarial import count_steps, domain_heads, domain_labels
from sensorium.training import Step

ROWS = 400
OTHER = "other"


def rows(seed: int, sensor: int, labels: bool = True) -> dict[str, np.ndarray]:
    """Two numbers say the class; a third says by which sensor they were taken."""
    draw = np.random.default_rng(seed)
    sold = draw.integers(0, 2, ROWS)
    signal = draw.normal(size=(ROWS, 6)).astype("float32")
    signal[:, 0] += 2.0 * (2 * sold - 1)
    signal[:, 1] += 3.0 * (2 * sensor - 1)
    table = {"signal": signal}
    return {**table, "sold": sold.astype(str)} if labels else table


def trained(folder, adversarial, **stage) -> sm.Run:
    settings = {"adversarial": adversarial} if adversarial else {}
    recipe = sm.Recipe(
        data={"train": rows(0, 0)},
        tables={OTHER: rows(1, 1)},
        inputs={"signal": {"type": "vector", "encoder": {"type": "mlp", "units": 8}}},
        outputs={"sold": {"type": "classification"}},
        fusion={"type": "concat", "units": 8},
        stages=[
            {
                "table": ["data", OTHER],
                "epochs": 30,
                "batch_size": 32,
                "learning_rate": 0.01,
                "mixing": "round_robin",
                **settings,
                **stage,
            }
        ],
    )
    return sm.fit(recipe, folder, overwrite=True)


def told_apart(run: sm.Run) -> float:
    """How well a linear probe tells the sensors by the encodings of new rows."""
    features, network = run.features, run.network
    parts = []
    for seed, sensor in ((2, 0), (3, 1)):
        values = features["signal"].encode(rows(seed, sensor), Reading()).values
        parts.append(np.asarray(network.embed({"signal": values})["signal"]))
    x, y = np.concatenate(parts), np.repeat([0, 1], ROWS)
    order = np.random.default_rng(0).permutation(len(x))
    x, y = x[order], y[order]
    probe = LogisticRegression(max_iter=1000).fit(x[:ROWS], y[:ROWS])
    return float(probe.score(x[ROWS:], y[ROWS:]))


@pytest.mark.slow
def test_the_encoding_tells_the_sensor_far_less_and_the_task_as_well(tmp_path) -> None:
    plain = trained(tmp_path / "plain", None)
    hiding = trained(tmp_path / "hiding", {"signal": 1.0})
    # Measured: 0.81 and 0.60, tasks 0.975 and 0.973; 0.5 is chance.
    assert told_apart(plain) > 0.75
    assert told_apart(hiding) < 0.68
    test = rows(4, 1)
    scores = [
        float(np.mean(run.predict(test)["sold"].to_numpy() == test["sold"]))
        for run in (plain, hiding)
    ]
    assert scores[1] > scores[0] - 0.05
    assert "domain_of_signal" not in hiding.network.output_names


def test_the_head_learns_the_table_and_has_no_say_in_which_epoch_is_kept(
    tmp_path,
) -> None:
    run = trained(tmp_path / "run", {"signal": 1.0}, epochs=2)
    [stage] = run.metadata["history"]
    last = stage["epochs"][-1]
    assert last["domain_of_signal_loss"] > 0
    # Held-out rows have no label of it, and what has none weighs nothing.
    assert last["val_loss"] == pytest.approx(last["val_sold_loss"])
    assert "domain_of_signal" in [row["part"] for row in stage["learners"]]


def test_an_input_that_one_table_has_cannot_hide_it() -> None:
    parts = {"train": {"a": np.zeros(1)}, "other.train": {"b": np.zeros(1)}}
    stage = sm.Stage(table=["data", "other"], adversarial={"a": 2.0})
    with pytest.raises(RecipeError, match="`a`, but fewer than two of the stage's tab"):
        domain_heads(Step("s", stage, ("a", "b"), ("a", "b")), parts)


def test_labels_are_the_tables_numbers() -> None:
    heads = {"domain_of_a": Domain("a", 2)}
    step = Step("s", sm.Stage(table=["data", "other"]), ("a",), ("a",))
    model = SimpleNamespace(heads=heads)
    arrays = {"a": np.zeros((3, 1)), "a/present": np.array([True, False, True])}
    for part, expected in (
        ("train", [0, -1, 0]),
        ("other.train", [1, -1, 1]),
        ("valid", [-1, -1, -1]),
    ):
        found = domain_labels(step, model, arrays, part)["label//domain_of_a"]
        np.testing.assert_array_equal(found, expected)


def test_inputs_that_do_not_learn_get_no_head() -> None:
    parts = {"train": {"a": np.zeros(1)}, "other.train": {"a": np.zeros(1)}}
    stage = sm.Stage(table=["data", "other"], adversarial={"a": 2.0})
    heads = domain_heads(Step("s", stage, ("a",), ("a",)), parts)
    assert heads["domain_of_a"].strength == 2.0
    assert domain_heads(Step("s", stage, ("a",), ()), parts) == {}
    count_steps(
        SimpleNamespace(heads=heads), Step("s", stage, ("a",), ("a",)), [0] * 50
    )
    assert heads["domain_of_a"].all_steps == 50 * 40
