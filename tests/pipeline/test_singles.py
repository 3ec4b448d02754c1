"""Each encoder alone beside the fused model: scored, and said where it is better."""

from __future__ import annotations

import numpy as np

import sensorium as sm
from sensorium.evaluation.scores import Score
from sensorium.pipeline.singles import are_compared, warnings_of

INPUTS = {
    name: {"type": "vector", "encoder": {"type": "mlp", "units": 8}} for name in "ab"
}
PRETRAIN = {"type": "pretrain", "inputs": ["a"], "epochs": 1}


def rows(count: int = 120) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(0)
    a, b = draw.normal(size=(2, count, 3)).astype("float32")
    b[:30] = np.nan
    return {"a": a, "b": b, "y": np.where(a[:, 0] > 0, "x", "z"), "z": a[:, 1]}


def recipe(stages) -> sm.Recipe:
    outputs = {"y": "classification", "z": "regression"}
    split = {"test": 0.4}
    return sm.Recipe(rows(), INPUTS, outputs, stages=stages, split=split)


def test_only_encoders_that_were_taught_first_are_compared() -> None:
    assert are_compared(recipe([PRETRAIN, {"type": "probe"}, {"epochs": 1}]))
    assert not are_compared(recipe([{"epochs": 1}]))


def test_every_encoder_is_scored_alone_and_a_bad_fusion_is_pointed_out(tmp_path):
    told: dict = {}
    # Fusion and heads have learned nothing worth: one step at a tiny rate.
    probe = {"type": "probe", "epochs": 1, "learning_rate": 1e-9}
    stages = [{**PRETRAIN, "epochs": 20}, {**PRETRAIN, "inputs": ["b"]}, probe]
    run = sm.fit(
        recipe(stages), tmp_path / "a", report=lambda e, v: told.update({e: v})
    )
    alone = run.single_scores()
    assert list(alone) == ["y", "z"]
    assert alone["y"]["a"] > 0.8
    assert alone["z"]["a"] > 0.8
    assert alone["y"]["b"] < 0.75
    assert sm.load(tmp_path / "a").single_scores() == alone
    [first, second] = told["singles"]["warnings"]
    assert "`y`: fusing makes it worse. The encoder of `a` alone has accuracy" in first
    assert second.startswith("`z`")


def test_no_warning_where_the_fused_model_is_as_good() -> None:
    scores = {"y": [Score("accuracy", 0.9, 0.8, 1.0, 10, True)]}
    assert warnings_of(scores, {"y": {"a": 0.905, "b": None}}) == []
    assert len(warnings_of(scores, {"y": {"a": 0.92}})) == 1


def test_a_run_without_comparison_has_none(tmp_path) -> None:
    run = sm.fit(recipe([{"epochs": 1}]), tmp_path / "a")
    assert run.single_scores() == {}
