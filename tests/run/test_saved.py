"""A run is loaded as it was saved, or refused by one sentence."""

from __future__ import annotations

import copy
import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import sensorium as sm
from sensorium.errors import ArtifactError, RecipeError, RunError
from sensorium.run import SavedRun, files, load_run, save_run
from sensorium.run import saved as saved_module
from sensorium.run.artifact import Artifact, read_artifact, write_artifact
from sensorium.run.saved import ARTIFACT, GOLDEN_ROWS, RECIPE, versions
from tests.run.faults import FaultyDisk, no_space
from tests.run.small_run import INPUTS, OUTPUTS, frame, recipe_of, untrained


class Mine(keras.layers.Layer):
    """A class of the user's."""

    def call(self, inputs: Any) -> Any:
        return inputs


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> SavedRun:
    folder = tmp_path_factory.mktemp("saved") / "run"
    folder.mkdir()
    return save_run(folder, untrained(data=str(folder / "secret" / "table.csv")))


@pytest.fixture(scope="module")
def artifact(saved: SavedRun) -> Artifact:
    return read_artifact(saved.folder / ARTIFACT)


@pytest.fixture(scope="module")
def loaded(saved: SavedRun) -> SavedRun:
    return load_run(saved.folder)


def rewritten(folder: Path, artifact: Artifact, **changes: Any) -> Path:
    """An artifact with true checksums and other content."""
    parts: dict[str, Any] = {
        "documents": artifact.documents,
        "arrays": artifact.arrays,
        "weights": artifact.weights,
        **changes,
    }
    write_artifact(folder / ARTIFACT, **parts)
    return folder


# --- what was saved comes back ---


def test_a_loaded_run_answers_with_the_same_bits(saved, loaded) -> None:
    rows = frame(40)
    assert loaded.predict(rows).equals(saved.predict(rows))


def test_weights_names_and_metadata_come_back(saved, loaded) -> None:
    one, two = (run.network.weights_by_name() for run in (saved, loaded))
    assert list(one) == list(two)
    assert all(np.array_equal(one[name], two[name]) for name in one)
    assert (list(loaded.features), list(loaded.targets)) == (
        list(INPUTS),
        list(OUTPUTS),
    )
    assert loaded.folder == saved.folder
    assert loaded.metadata == saved.metadata


def test_the_artifact_alone_can_be_loaded(saved, tmp_path) -> None:
    copy = tmp_path / "other.sensorium"
    copy.write_bytes((saved.folder / ARTIFACT).read_bytes())
    found = load_run(copy)
    assert found.folder == tmp_path
    assert found.predict(frame(3)).equals(saved.predict(frame(3)))


def test_no_rows_are_predicted_by_no_rows(loaded) -> None:
    found = loaded.predict(frame(3).clear())
    assert (found.height, found.schema) == (0, loaded.predict(frame(3)).schema)


def test_the_artifact_holds_no_path_no_loss_and_no_stage(saved, artifact) -> None:
    assert str(saved.folder).encode() not in (saved.folder / ARTIFACT).read_bytes()
    document: Any = artifact.documents["recipe"]
    assert set(document) == {"inputs", "outputs", "fusion"}
    assert [name for name, _ in document["inputs"]] == list(INPUTS)
    assert [name for name, _ in document["outputs"]] == list(OUTPUTS)
    assert dict(document["outputs"])["price"] == {"type": "regression"}


def test_the_recipe_stands_beside_it_whole(saved) -> None:
    found = sm.Recipe.from_yaml(saved.folder / RECIPE)
    assert found == recipe_of(data=str(saved.folder / "secret" / "table.csv"))


def test_golden_rows_are_a_few_with_their_answers(saved, artifact) -> None:
    golden = artifact.arrays["golden"]
    outputs = {f"output/{name}" for name in OUTPUTS}
    assert {name for name in golden if name.startswith("output/")} == outputs
    assert {len(array) for array in golden.values()} == {GOLDEN_ROWS}
    found = saved.predictor.outputs(saved.trained.golden)
    np.testing.assert_array_equal(golden["output/price"], found["price"][:GOLDEN_ROWS])


def test_versions_name_what_decides_numbers() -> None:
    assert set(versions()) == {
        "sensorium",
        "python",
        "keras",
        "backend",
        "numpy",
        "polars",
    }
    assert versions()["sensorium"] == sm.__version__


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "bfloat16"])
def test_a_run_of_another_precision_comes_back(precision, tmp_path) -> None:
    outputs = {"price": OUTPUTS["price"]}
    one = save_run(tmp_path, untrained(precision=precision, outputs=outputs))
    two = load_run(tmp_path)
    assert two.predict(frame(5)).equals(one.predict(frame(5)))
    assert two.network.encoders["size"].dtype_policy.name == precision


# --- what differs is refused ---


def test_a_golden_row_that_answers_differently_is_refused(artifact, tmp_path) -> None:
    name = next(name for name in artifact.weights if name.startswith("price/"))
    changed = {**artifact.weights, name: artifact.weights[name] + 1}
    with pytest.raises(ArtifactError) as caught:
        load_run(rewritten(tmp_path, artifact, weights=changed))
    assert caught.value.reason == "golden"
    assert "output `price` of a golden row differs by " in str(caught.value)
    assert f"keras {versions()['keras']}, " in str(caught.value)
    assert str(caught.value).endswith("; compare yours.")


def test_rounding_of_another_machine_is_accepted(artifact, tmp_path) -> None:
    golden = {
        name: array * np.float32(1.0001) if name.startswith("output/") else array
        for name, array in artifact.arrays["golden"].items()
    }
    arrays = {**artifact.arrays, "golden": golden}
    load_run(rewritten(tmp_path, artifact, arrays=arrays))


def test_a_golden_answer_that_is_no_number_is_refused(artifact, tmp_path) -> None:
    name = next(name for name in artifact.weights if name.startswith("price/"))
    none = np.full_like(artifact.weights[name], np.nan)
    changed = {**artifact.weights, name: none}
    with pytest.raises(ArtifactError, match="`price` of a golden row differs by nan"):
        load_run(rewritten(tmp_path, artifact, weights=changed))


def removed(weights: dict[str, Any], name: str) -> None:
    del weights[name]


def added(weights: dict[str, Any], name: str) -> None:
    weights[f"{name}/more"] = weights[name]


def reshaped(weights: dict[str, Any], name: str) -> None:
    weights[name] = weights[name][None]


def retyped(weights: dict[str, Any], name: str) -> None:
    weights[name] = weights[name].astype("float64")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (removed, "`{name}` is missing"),
        (added, "`{name}/more` is not a weight of the model"),
        (reshaped, "`{name}` has shape (1, "),
        (retyped, "`{name}` is float64, expected float32"),
    ],
)
def test_weights_that_do_not_fit_are_refused_by_name(
    artifact, tmp_path, change: Callable[[Any, str], None], message: str
) -> None:
    weights = dict(artifact.weights)
    name = sorted(weights)[0]
    change(weights, name)
    with pytest.raises(ArtifactError) as caught:
        load_run(rewritten(tmp_path, artifact, weights=weights))
    assert caught.value.reason == "weights"
    assert message.format(name=name) in str(caught.value)


def odd_documents() -> dict[str, Callable[[Any], Any]]:
    """Documents that are fine JSON and no recipe or state, by what was done."""

    def changed(place: str, value: Any) -> Callable[[Any], Any]:
        def change(documents: Any) -> Any:
            *parents, last = place.split(".")
            part = documents
            for step in parents:
                part = part[int(step) if isinstance(part, list) else step]
            if value is KeyError:
                del part[int(last) if isinstance(part, list) else last]
            else:
                part[int(last) if isinstance(part, list) else last] = value
            return documents

        return change

    places = {
        "recipe.inputs": [KeyError, 5, {}, [], ["abc"], [["size", "number"]]],
        "recipe.inputs.0": [KeyError],
        "recipe.outputs.1": [KeyError, ["grade", "number"]],
        "recipe.fusion": ["unknown", 3],
        "recipe.more": [1],
        "state.input/size": [KeyError, 5, {}],
        "state.input/size.names": [["width"], []],
        "state.input/size.knots": [[1], "x"],
        "state.output/grade.texts": [[["bad", "fine"]], [], 5],
        "recipe": [5, []],
        "state": [KeyError, []],
        "metadata": [KeyError],
    }
    return {
        f"{place}={getattr(value, '__name__', value)}": changed(place, value)
        for place, values in places.items()
        for value in values
    }


@pytest.mark.parametrize("change", odd_documents().values(), ids=odd_documents())
def test_documents_that_do_not_fit_are_refused(artifact, tmp_path, change) -> None:
    documents = change(copy.deepcopy(dict(artifact.documents)))
    with pytest.raises(ArtifactError, match=r"model\.sensorium|weights"):
        load_run(rewritten(tmp_path, artifact, documents=documents))


@pytest.mark.parametrize(
    "group",
    [
        {},
        {"golden": {}},
        {"golden": {"input/size": np.zeros((4, 3), "float32")}},
        {"golden": {"output/price": np.zeros(4, "float32")}},
    ],
    ids=["nothing", "empty", "inputs", "outputs"],
)
def test_arrays_that_do_not_fit_are_refused(artifact, tmp_path, group) -> None:
    arrays = {"state": artifact.arrays["state"], **group}
    with pytest.raises(ArtifactError, match="its parts do not fit together"):
        load_run(rewritten(tmp_path, artifact, arrays=arrays))


@pytest.mark.parametrize(
    "decoder",
    [
        keras.layers.Lambda(lambda x: x),
        keras.Sequential([keras.layers.Dense(2), Mine()]),
    ],
)
def test_a_decoder_outside_the_closed_registry_is_refused(
    artifact, tmp_path, decoder
) -> None:
    documents = copy.deepcopy(dict(artifact.documents))
    described = keras.saving.serialize_keras_object(decoder)
    described = json.loads(json.dumps(described))
    head = {"type": "reconstruction", "of": "size", "decoder": described}
    documents["recipe"]["outputs"].append(["again", head])
    with pytest.raises(ArtifactError, match=r"output `again`.*an artifact cannot hold"):
        load_run(rewritten(tmp_path, artifact, documents=documents))


@pytest.mark.parametrize("decoder", [keras.layers.Lambda(lambda x: x), Mine()])
def test_a_decoder_of_keras_is_refused_before_training(decoder) -> None:
    head = sm.heads.Reconstruction("size", decoder=decoder)
    with pytest.raises(
        RecipeError, match=r"outputs\.again\.decoder\.type: .*no decoder"
    ):
        recipe_of(outputs={"again": head})


# --- what is not there ---


def test_a_missing_run_is_said_with_the_nearest_name(saved) -> None:
    with pytest.raises(RunError) as caught:
        load_run(saved.folder.parent / "rum")
    text = f"{saved.folder.parent / 'rum'}: there is no such run. Did you mean `run`?"
    assert str(caught.value) == text
    with pytest.raises(RunError, match="there is no such run"):
        load_run(saved.folder / "no" / "where")


def test_an_unfinished_run_is_said_with_what_to_do(tmp_path) -> None:
    (tmp_path / RECIPE).write_text("data: table.csv")
    with pytest.raises(RunError) as caught:
        load_run(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: holds no finished run. "
        "Train it with `sensorium train RECIPE -o RUN`."
    )


def test_another_file_is_no_run(tmp_path) -> None:
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ArtifactError):
        load_run(tmp_path / "table.csv")


# --- the disk ---


def test_a_full_disk_leaves_the_older_run(saved, tmp_path, monkeypatch) -> None:
    path = tmp_path / ARTIFACT
    path.write_bytes((saved.folder / ARTIFACT).read_bytes())
    disk = FaultyDisk(10**6, no_space)
    monkeypatch.setattr(files, "disk", disk)
    newer = save_run(tmp_path, untrained(seed=1))
    monkeypatch.setattr(saved_module, "Predictor", lambda *parts: newer.predictor)
    calls, whole = disk.calls, path.read_bytes()
    first = calls.index("replace")
    for at in range(first):
        path.write_bytes((saved.folder / ARTIFACT).read_bytes())
        files.disk = FaultyDisk(at, no_space)
        with pytest.raises(RunError, match=os.strerror(errno.ENOSPC)):
            save_run(tmp_path, newer.trained)
        assert path.read_bytes() == (saved.folder / ARTIFACT).read_bytes() != whole
        assert {item.name for item in tmp_path.iterdir()} == {ARTIFACT, RECIPE}
