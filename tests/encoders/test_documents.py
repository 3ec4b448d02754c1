from __future__ import annotations

import json
import zipfile

import keras
import numpy as np
import polars as pl
import pytest

import sensorium as sm
from sensorium.encoders.documents import check_values, of_recipe
from sensorium.errors import RecipeError
from sensorium.features import Reading
from sensorium.nn.encoders import ValuesWarning
from sensorium.recipe import build_network
from sensorium.run import Trained, load_run, save_run
from sensorium.run.encoding import encode_rows
from sensorium.run.saved import versions
from tests.nn.encoders.models import classifier

ROWS = 12
DRAW = np.random.default_rng(0)
TABLE = {
    "photo": DRAW.integers(0, 256, (ROWS, 8, 8, 3)).astype("uint8"),
    "size": pl.Series(DRAW.normal(5.0, 2.0, ROWS)),
    "sold": pl.Series(["no", "yes"] * (ROWS // 2)),
}
OUTPUTS = {"sold": {"type": "classification"}}


def trained(recipe, columns=TABLE) -> Trained:
    """A run's content, without training."""
    loaded = of_recipe(recipe)
    features = {
        name: getattr(loaded.get(name), "feature", None) or feature.fit(columns)
        for name, feature in recipe.features().items()
    }
    targets = {name: item.fit(columns) for name, item in recipe.targets().items()}
    network = build_network(recipe, features, targets, loaded)
    golden = encode_rows(features, columns, Reading()).arrays
    metadata = {"versions": versions(), "history": []}
    return Trained(recipe, features, targets, network, metadata, golden)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a saved model and the run of a recipe that uses it."""
    root = tmp_path_factory.mktemp("encoders")
    classifier().save(root / "photo.keras")
    (root / "run").mkdir()
    recipe = recipe_in(root, saved_input())
    save_run(root / "run", trained(recipe))
    return root


def saved_input(**changes):
    encoder = {"type": "saved", "path": "photo.keras", **changes}
    return {"photo": {"type": "image", "encoder": encoder}, "size": {"type": "number"}}


def recipe_in(root, inputs):
    recipe = sm.Recipe(data=None, inputs=inputs, outputs=OUTPUTS)
    recipe.folder = root
    return recipe


def test_the_artifact_needs_no_file_and_holds_no_path(folder) -> None:
    run = load_run(folder / "run")
    (folder / "photo.keras").rename(folder / "moved.keras")
    try:
        again = load_run(folder / "run")
    finally:
        (folder / "moved.keras").rename(folder / "photo.keras")
    one, two = (r.predictor.outputs(r.trained.golden)["sold"] for r in (run, again))
    np.testing.assert_array_equal(one, two)
    with zipfile.ZipFile(folder / "run" / "model.sensorium") as archive:
        text = archive.read("recipe.json").decode()
    assert "photo.keras" not in text
    encoder = dict(json.loads(text)["inputs"])["photo"]["encoder"]
    assert encoder["type"] == "loaded"
    assert "what feeds that layer" in encoder["because"]


def test_the_recipe_beside_it_finds_the_file_from_there(folder) -> None:
    recipe = sm.Recipe.from_yaml(folder / "run" / "recipe.yaml")
    assert recipe.inputs["photo"]["encoder"]["path"] == "../photo.keras"
    assert of_recipe(recipe)["photo"].at == of_recipe(recipe)["photo"].at


def test_an_encoder_of_a_run_brings_weights_and_feature(folder, tmp_path) -> None:
    given = {"type": "run", "path": "run", "input": "size"}
    inputs = {"weight": {"type": "number", "columns": "kilos", "encoder": given}}
    recipe = recipe_in(folder, inputs)
    kilos = {"kilos": pl.Series(np.arange(ROWS) * 1e6), "sold": TABLE["sold"]}
    content = trained(recipe, kilos)
    was = load_run(folder / "run")
    mine, other = content.features["weight"], was.features["size"]
    assert mine.names_ == ("kilos",)
    np.testing.assert_array_equal(
        mine.encode({"kilos": TABLE["size"]}).values,
        other.encode({"size": TABLE["size"]}).values,
    )
    ours, theirs = content.network.weights_by_name(), was.network.weights_by_name()
    names = [name.replace("weight/", "size/", 1) for name in ours if "weight/" in name]
    assert names
    for name in names:
        np.testing.assert_array_equal(
            ours[name.replace("size/", "weight/", 1)], theirs[name]
        )
    run = save_run(tmp_path, content)
    again = load_run(tmp_path)
    np.testing.assert_array_equal(
        run.predict(kilos)["sold_probability"], again.predict(kilos)["sold_probability"]
    )


def test_a_cut_model_of_a_run_can_be_used_again(folder, tmp_path) -> None:
    given = {"type": "run", "path": "run", "input": "photo", "trainable": False}
    recipe = recipe_in(folder, {"photo": {"type": "image", "encoder": given}})
    content = trained(recipe)
    assert content.network.encoders["photo"].layer.trainable_weights == []
    save_run(tmp_path, content)
    assert load_run(tmp_path).network.encoders["photo"].at


def test_what_it_was_not_taught_with_is_refused(folder) -> None:
    given = {"type": "run", "path": "run", "input": "photo"}
    for document, words in (
        ({"type": "text", "encoder": given}, "taught with a `image`, not `text`"),
        ({"type": "image", "size": [9, 9], "encoder": given}, "photo.size: .*Leave"),
        (
            {
                "type": "number",
                "columns": ["a", "b"],
                "encoder": {**given, "input": "size"},
            },
            "taught with 1 columns",
        ),
    ):
        with pytest.raises(RecipeError, match=words):
            of_recipe(recipe_in(folder, {"photo": document}))


def test_strange_values_are_warned_of(folder) -> None:
    recipe = recipe_in(folder, saved_input())
    loaded = of_recipe(recipe)
    check_values(loaded, {"photo": TABLE["photo"]})
    here = np.arange(ROWS) < 1
    with pytest.warns(ValuesWarning, match="encoder `photo`: is given values"):
        check_values(loaded, {"photo": TABLE["photo"] / 255, "photo/present": here})


def test_weights_cannot_stand_in_a_recipe(folder) -> None:
    encoder = sm.encoders.load(folder / "photo.keras")
    with pytest.raises(RecipeError, match=r"has weights already.*Saved\(PATH\)"):
        recipe_in(folder, {"photo": sm.Image(encoder=encoder)})


def test_every_encoder_that_cannot_be_had_is_named(folder) -> None:
    inputs = {
        "a": saved_input(path="nothing.keras")["photo"],
        "b": saved_input(at="nothing")["photo"],
        "c": {"type": "image", "encoder": {"type": "run", "path": "nothing"}},
    }
    with pytest.raises(RecipeError) as error:
        of_recipe(recipe_in(folder, inputs))
    paths = [problem.path for problem in error.value.problems]
    assert paths == [f"inputs.{name}.encoder" for name in "abc"]


@keras.saving.register_keras_serializable("tests_of_documents")
class Mine(keras.layers.Layer):
    def call(self, inputs):
        return inputs


def test_what_an_artifact_cannot_hold_is_refused_before_training(tmp_path) -> None:
    model = keras.Sequential([keras.Input((8, 8, 3)), Mine(), keras.layers.Flatten()])
    model.add(keras.layers.Dense(2))
    model.save(tmp_path / "photo.keras")
    with pytest.raises(RecipeError, match="an artifact cannot hold: `Mine`"):
        of_recipe(recipe_in(tmp_path, saved_input()))


def test_an_encoder_that_nobody_loaded_is_refused(folder) -> None:
    recipe = recipe_in(folder, saved_input())
    features = {n: f.fit(TABLE) for n, f in recipe.features().items()}
    targets = {n: f.fit(TABLE) for n, f in recipe.targets().items()}
    with pytest.raises(RecipeError, match=r"inputs.photo.encoder: was not loaded"):
        build_network(recipe, features, targets)
