from __future__ import annotations

from typing import Any

import keras
import numpy as np
import polars as pl
import pytest

import sensorium as sm
from sensorium.errors import TrainingError
from sensorium.pipeline import learning
from sensorium.pipeline.learning import train_prepared
from sensorium.pipeline.prepare import Prepared, prepare
from sensorium.pipeline.storage import MemoryCollector
from sensorium.run import strict_json
from sensorium.run.saved import versions
from sensorium.training import History

ROWS = 64
EPOCH = {"epoch": 1, "seconds": 1.0, "loss": 1.0}
FRAME = pl.DataFrame(
    {
        "x": np.arange(ROWS) / ROWS,
        "price": np.arange(ROWS) * 10.0 + 500,
        "rare": ["often"] * 48 + ["rare"] * 16,
    }
)


def recipe_of(**changes: Any) -> sm.Recipe:
    inputs = {"x": {"type": "number", "encoder": {"type": "mlp", "units": 4}}}
    outputs = {
        "price": "regression",
        "rare": {"type": "classification", "class_weight": "balanced"},
    }
    document = {"inputs": inputs, "outputs": outputs, "stages": [{"epochs": 1}]}
    return sm.Recipe(FRAME, **{**document, "split": {"test": 0.25}, **changes})


@pytest.fixture(scope="module")
def rows() -> Prepared:
    return prepare(recipe_of(), MemoryCollector())


def test_scales_and_class_weights_come_from_the_training_rows(
    rows: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "train", lambda *a, **k: History("main", [EPOCH], 1))
    heads = train_prepared(recipe_of(), rows).network.heads
    prices = rows.parts["train"]["label//price"]
    assert float(heads["price"].target_mean.numpy()) == pytest.approx(
        prices.mean(), rel=1e-5
    )
    weights = keras.ops.convert_to_numpy(heads["rare"].class_weights)
    counts = np.bincount(rows.parts["train"]["label//rare"])
    np.testing.assert_allclose(weights, counts.sum() / (2 * counts), rtol=1e-5)


def test_stages_follow_each_other(rows: Prepared) -> None:
    stages = [{"epochs": 1, "name": "first"}, {"epochs": 2, "name": "second"}]
    events: list[Any] = []
    trained = train_prepared(
        recipe_of(stages=stages),
        rows,
        report=lambda event, values: events.append((event, values.get("name"))),
    )
    told = [name for event, name in events if event == "stage"]
    assert told == ["first", "second"]
    history = trained.metadata["history"]
    assert [len(stage["epochs"]) for stage in history] == [1, 2]


def test_a_stage_stopped_at_once_leaves_the_stages_before(
    rows: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = [
        History("first", [EPOCH], 1),
        History("second", interrupted=True),
    ]
    monkeypatch.setattr(learning, "train", lambda *parts, **more: done.pop(0))
    stages = [{"epochs": 1}, {"epochs": 1}, {"epochs": 1}]
    history = train_prepared(recipe_of(stages=stages), rows).metadata["history"]
    assert [stage["interrupted"] for stage in history] == [False, True]
    assert done == [], "the third stage is not begun"


def test_metrics_without_labels_are_kept_as_null(
    rows: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    epoch = {**EPOCH, "val_price_mae": float("nan")}
    monkeypatch.setattr(learning, "train", lambda *a, **k: History("main", [epoch], 1))
    [stage] = train_prepared(recipe_of(), rows).metadata["history"]
    assert stage["epochs"] == [{**epoch, "val_price_mae": None}]
    strict_json.encode(stage, "history")


def test_metadata_tell_of_rows_and_versions(
    rows: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "train", lambda *a, **k: History("main", [EPOCH], 1))
    trained = train_prepared(recipe_of(), rows)
    assert trained.metadata["rows"] == {"train": 48, "test": 16}
    assert trained.metadata["versions"] == versions()
    np.testing.assert_array_equal(trained.golden["x"], rows.parts["train"]["x"][:4])
    assert set(trained.golden) == {"x", "x/present"}


def test_three_training_rows_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "train", lambda *a, **k: History("main", [EPOCH], 1))
    parts = ["train"] * 3 + ["test"]
    frame = FRAME[46:50].with_columns(pl.Series("part", parts))
    recipe = sm.Recipe(frame, **{**vars_of(recipe_of()), "split": {"column": "part"}})
    trained = train_prepared(recipe, prepare(recipe, MemoryCollector()))
    assert len(trained.golden["x"]) == 3


def vars_of(recipe: sm.Recipe) -> dict[str, Any]:
    return {k: v for k, v in recipe.to_dict().items() if k != "data"}


def test_stopping_before_the_first_epoch_saves_nothing(rows: Prepared) -> None:
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            raise KeyboardInterrupt

    with pytest.raises(TrainingError, match="stopped before the first epoch ended"):
        train_prepared(recipe_of(), rows, [Stop()])


def test_states_are_written_rarely_but_never_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Epochs of 1 s and writes of 0.5 s: no more than one in 12 epochs."""
    clock = [0.0]
    written: list[Any] = []

    def write(checkpoint: Any) -> None:
        clock[0] += 0.5
        written.append(checkpoint)

    monkeypatch.setattr(learning.time, "perf_counter", lambda: clock[0])
    keeper = learning._Keeper(write)
    for epoch in range(1, 41):
        clock[0] += 1.0
        keeper(epoch)  # type: ignore[arg-type]  # it hands them on
    assert written == [1, 14, 27, 40]
    assert len(written) * 0.5 / clock[0] < 0.05
    keeper(41)  # type: ignore[arg-type]
    keeper.flush()
    keeper.flush()
    assert written[-2:] == [40, 41]
