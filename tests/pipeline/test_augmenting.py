"""Augmentation in a stage: wired, repeatable, and off where it would be wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import polars as pl
import pytest

import sensorium as sm
from sensorium.features import Box
from sensorium.pipeline.augmenting import followers
from sensorium.pipeline.embeddings import Embeddings
from sensorium.pipeline.learning import Places, train_prepared
from sensorium.pipeline.prepare import Prepared, prepare
from sensorium.pipeline.staging import Stager
from sensorium.pipeline.step_keys import step_keys
from sensorium.pipeline.storage import MemoryCollector
from sensorium.recipe import build_network

ROWS = 48
DRAW = np.random.default_rng(0)
DATA = {
    "seen": DRAW.normal(size=(ROWS, 4)).astype("float32"),
    "heard": DRAW.normal(size=(ROWS, 2)).astype("float32"),
    "sold": np.array(["yes", "no"] * (ROWS // 2)),
}
DATA["seen"][::5] = np.nan
NOISE = {"seen": {"noise": 0.5}}


def recipe_of(*stages: Any, **changes: Any) -> sm.Recipe:
    vector = {"type": "vector", "encoder": {"type": "mlp", "units": 3}}
    document: dict[str, Any] = {
        "inputs": {"seen": vector, "heard": vector},
        "outputs": {"sold": "classification"},
        "split": {"valid": 0.25},
        "stages": [{"epochs": 2, **stage} for stage in stages],
    }
    return sm.Recipe(DATA, **{**document, **changes})


@pytest.fixture(scope="module")
def rows() -> Prepared:
    return prepare(recipe_of({}), MemoryCollector())


@pytest.fixture(scope="module")
def noisy(rows: Prepared) -> dict[str, np.ndarray]:
    """The weights of an unbroken stage with noise."""
    return weights(recipe_of({"augment": NOISE}), rows)


def stager(recipe: sm.Recipe, rows: Prepared) -> Stager:
    network = build_network(recipe, rows.features, rows.targets(recipe))
    return Stager(recipe, rows, network, Embeddings(rows, None))


def weights(recipe: sm.Recipe, rows: Prepared, **more: Any) -> dict[str, np.ndarray]:
    trained = train_prepared(recipe, rows, **more)
    return {n: np.asarray(w) for n, w in trained.network.weights_by_name().items()}


def keys_of(recipe: sm.Recipe, rows: Prepared) -> tuple[str, ...]:
    network = build_network(recipe, rows.features, rows.targets(recipe))
    return tuple(step_keys(recipe, rows, network))


def equal(one: dict[str, np.ndarray], two: dict[str, np.ndarray]) -> bool:
    return all(np.array_equal(one[name], two[name]) for name in one)


def test_the_weights_and_the_key_of_a_step_follow_from_it(
    rows: Prepared, noisy: dict[str, np.ndarray]
) -> None:
    plain, some = recipe_of({}), recipe_of({"augment": NOISE})
    other = recipe_of({"augment": {"seen": {"noise": 0.6}}})
    assert len({keys_of(item, rows) for item in (plain, some, other)}) == 3
    assert not equal(weights(plain, rows), noisy)


@pytest.mark.slow
def test_a_resumed_stage_ends_with_the_bits_of_an_unbroken_one(
    rows: Prepared, noisy: dict[str, np.ndarray], tmp_path: Path
) -> None:
    recipe = recipe_of({"augment": NOISE})

    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            raise KeyboardInterrupt

    train_prepared(recipe, rows, [Stop()], places=Places(run=tmp_path))
    told: list[Any] = []
    resumed = weights(
        recipe,
        rows,
        report=lambda event, values: told.append((event, values.get("resumed"))),
        places=Places(run=tmp_path, resume=True),
    )
    assert ("stage", 1) in told, "one epoch was kept"
    assert equal(noisy, resumed)


def test_only_present_training_rows_change(rows: Prepared) -> None:
    plain = stager(recipe_of({}), rows)
    noisy = stager(recipe_of({"augment": NOISE}), rows)
    [one], [two] = (
        [item.staged(step) for step in item.recipe.steps()] for item in (plain, noisy)
    )
    for index in range(len(one.training)):
        count = len(one.training.rows(index))  # others fill up the last batch
        before, after = (
            {name: array[:count] for name, array in item.training[index][0].items()}
            for item in (one, two)
        )
        here = before["seen/present"]
        assert (before["seen"][here] != after["seen"][here]).all()
        np.testing.assert_array_equal(before["seen"][~here], after["seen"][~here])
        np.testing.assert_array_equal(before["heard"], after["heard"])
    assert one.validation is not None
    assert two.validation is not None
    for index in range(len(one.validation)):
        before, after = one.validation[index][0], two.validation[index][0]
        np.testing.assert_array_equal(before["seen"], after["seen"])


def test_a_frozen_encoder_is_computed_anew_where_its_input_changes(
    rows: Prepared,
) -> None:
    for augment, kept in ((None, ["seen", "heard"]), (NOISE, ["heard"])):
        recipe = recipe_of({"type": "probe", "augment": augment}, {})
        held = stager(recipe, rows)
        staged = held.staged(recipe.steps()[0])
        assert staged.kept == kept
        shape = staged.training[0][0]["seen"].shape[1:]
        assert shape == ((4,) if augment else (held.network.encoders["seen"].units,))


def test_teachers_see_the_rows_that_their_pupils_see(rows: Prepared) -> None:
    recipe = recipe_of({"type": "distill", "augment": NOISE})
    held = stager(recipe, rows)
    staged = held.staged(recipe.steps()[0])
    encoder = held.network.encoders["seen"]
    inputs, labels = staged.training[0]
    here = inputs["seen/present"]
    found = labels["teacher_of_seen"]
    expected = keras.ops.convert_to_numpy(encoder(inputs["seen"], training=False))
    np.testing.assert_allclose(found[here], expected[here], atol=1e-5)
    assert np.isnan(found[~here]).all()
    encoder.set_weights([weight * 0 for weight in encoder.get_weights()])
    again = staged.training[0][1]["teacher_of_seen"]  # the teacher does not learn
    np.testing.assert_array_equal(again[here], found[here])


@pytest.mark.parametrize(
    ("stage", "label"),
    [
        ({"type": "autoencode", "inputs": ["seen"]}, "seen_rebuilt"),
        ({}, "again"),
    ],
    ids=["autoencode", "train"],
)
def test_what_is_rebuilt_is_the_input_before_it_changed(
    rows: Prepared, stage: dict[str, Any], label: str
) -> None:
    again = {"again": {"type": "reconstruction", "of": "seen"}}
    outputs = {"sold": "classification", **again}
    recipe = recipe_of({**stage, "augment": NOISE}, {}, outputs=outputs)
    staged = stager(recipe, rows).staged(recipe.steps()[0])
    clean = rows.parts["train"]
    for index in range(len(staged.training)):
        inputs, labels = staged.training[index]
        at = staged.training.rows(index)
        here = clean["seen/present"][at]
        expected = np.where(here[:, None], clean["seen"][at], np.nan)
        np.testing.assert_array_equal(labels[label][: len(at)], expected)
        assert (inputs["seen"][: len(at)] != clean["seen"][at])[here].all()
        assert np.isnan(labels[label][len(at) :]).all()
    inputs, labels = staged.training[0]
    staged.model.compile()

    def loss(given: dict[str, Any]) -> float:
        found = staged.model.compute_loss(inputs, given, staged.model(inputs))
        return float(keras.ops.convert_to_numpy(found))

    own = {name: array for name, array in labels.items() if name != label}
    assert loss(labels) != pytest.approx(loss(own))


def test_rows_to_compare_epochs_by_make_their_own_labels(rows: Prepared) -> None:
    stage = {"type": "autoencode", "inputs": ["seen"], "augment": NOISE}
    recipe = recipe_of(stage, {})
    staged = stager(recipe, rows).staged(recipe.steps()[0])
    assert staged.validation is not None
    assert staged.validation[0][1] == {}


def test_masks_follow_their_image_and_boxes_the_one_that_moves() -> None:
    pictures = np.zeros((2, 6, 8, 3), np.uint8)
    features = {
        "photo": sm.Image().fit({"photo": pictures}),
        "depth": sm.Image().fit({"depth": pictures}),
        "text": sm.Text().fit({"text": pl.Series(["a b", "a"])}),
    }
    box = Box(image_size=[3, 4])
    heads = {
        "mask": sm.heads.Segmentation(image="photo"),
        "other": sm.heads.Segmentation(image="depth"),
        "box": sm.heads.Box(image_size=[3, 4]),
        "kind": sm.heads.Classification(2),
    }
    changed = {"photo": {"shift": 2}, "depth": {"noise": 0.1}, "text": {"erase": 0.1}}
    found = followers(heads, {"box": box}, features, changed)
    assert {name: item.name for name, item in found.items()} == {
        "mask": "photo",
        "box": "photo",
    }
    assert found["mask"].settings.shift == 2
    assert (found["box"].pixels, tuple(found["box"].image_size)) == ((6, 8), (3, 4))
    assert followers(heads, {"box": box}, features, {"depth": {"noise": 0.1}}) == {}
    heads["box"] = sm.heads.Box(image="depth", image_size=[3, 4])  # which stands still
    assert "box" not in followers(heads, {"box": box}, features, changed)
