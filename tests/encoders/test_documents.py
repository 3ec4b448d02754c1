from __future__ import annotations

import json
import zipfile

import keras
import numpy as np
import polars as pl
import pytest

import sensorium as sm
from sensorium.encoders.documents import check_refitted, check_values, of_recipe
from sensorium.errors import RecipeError
from sensorium.features import Reading
from sensorium.nn.encoders import ValuesWarning
from sensorium.pipeline.cache import prepare_cached
from sensorium.recipe import build_network
from sensorium.run import Trained, load_run, save_run
from sensorium.run.encoding import encode_rows
from sensorium.run.saved import versions
from sensorium.run.state import state_key
from tests.nn.encoders.models import classifier

ROWS = 12
DRAW = np.random.default_rng(0)
TABLE = {
    "photo": DRAW.integers(0, 256, (ROWS, 8, 8, 3)).astype("uint8"),
    "size": pl.Series(DRAW.normal(5.0, 2.0, ROWS)),
    "rooms": pl.Series(range(ROWS)),
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
    inputs = {
        **saved_input(),
        "scaled": {"type": "number", "columns": "size", "scale": "standard"},
        "pair": {"type": "number", "columns": ["size", "rooms"]},
    }
    save_run(root / "run", trained(recipe_in(root, inputs)))
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


def run_recipe(folder, name="size", **changes):
    """A recipe with an input of columns of another table, its encoder from the run."""
    table = {
        "kilos": pl.Series(np.linspace(0, 1e6, ROWS)),
        "pounds": pl.Series([None, *range(1, ROWS)]),
        "sold": TABLE["sold"],
    }
    given = {"type": "run", "path": "run", "input": name, **changes}
    document = {"type": "number", "columns": "kilos", "encoder": given}
    recipe = sm.Recipe({"train": table}, {"weight": document}, OUTPUTS)
    recipe.folder = folder
    return recipe


def prepared_with(recipe, cache=None):
    loaded = of_recipe(recipe)
    taught = {name: encoder.feature for name, encoder in loaded.items()}
    found, _ = prepare_cached(recipe, cache, taught)
    return loaded, found


@pytest.mark.parametrize("name", ["size", "scaled"])
def test_a_feature_of_a_run_stays_as_it_was_fitted_there(
    folder, tmp_path, name
) -> None:
    was = load_run(folder / "run").features[name]
    recipe = run_recipe(folder, name)
    expected = was.encode({"size": recipe.data["train"]["kilos"]}).values
    for _ in range(2):  # the second comes from the disk
        loaded, found = prepared_with(recipe, tmp_path)
        assert state_key(found.features["weight"]) == state_key(
            loaded["weight"].feature
        )
        order = np.argsort(found.parts["train"]["weight"][:, 0])
        np.testing.assert_array_equal(
            found.parts["train"]["weight"][order], np.sort(expected, axis=0)
        )


def test_refit_fits_it_anew_with_the_settings_it_was_taught_with(
    folder, tmp_path
) -> None:
    recipe = run_recipe(folder, "scaled", refit=True)
    for _ in range(2):
        loaded, found = prepared_with(recipe, tmp_path)
        check_refitted(loaded, found.features)
        feature = found.features["weight"]
        assert (feature.scale, feature.names_) == ("standard", ("kilos",))
        assert feature == loaded["weight"].feature
        values = np.sort(np.asarray(found.parts["train"]["weight"])[:, 0])
        kilos = recipe.data["train"]["kilos"].to_numpy()
        expected = (kilos - kilos.mean()) / kilos.std()
        np.testing.assert_allclose(values, expected, atol=1e-6)
        other = load_run(folder / "run").features["scaled"]
        assert (
            np.abs(other.encode({"size": recipe.data["train"]["kilos"]}).values).max()
            > 100
        )


def test_a_cached_table_is_that_of_the_settings_it_was_taught_with(
    folder, tmp_path
) -> None:
    keys = {
        prepared_with(run_recipe(folder, name, refit=True), tmp_path)[1].key
        for name in ("size", "scaled")
    }
    assert len(keys) == 2


def test_a_refitted_feature_of_another_form_is_refused(folder, tmp_path) -> None:
    recipe = run_recipe(folder, "pair", refit=True)
    recipe.inputs["weight"]["columns"] = ["kilos", "pounds"]
    with pytest.raises(RecipeError) as error:
        sm.fit(recipe, tmp_path / "refused", cache=False)
    assert str(error.value.problems[0]) == (
        "inputs.weight.encoder.refit: fitted anew it gives rows of shape (3,), "
        "num_columns 2, num_flags 1, flag_columns [1], but its encoder was taught "
        "with rows of shape (2,), num_columns 2, num_flags 0, flag_columns []. "
        "Leave `refit` out."
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
