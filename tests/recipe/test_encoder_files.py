from __future__ import annotations

import json
import zipfile

import pytest

from sensorium.recipe.encoder_files import encoder_problems, layer_paths, refit_problems


def layer(name, *inner) -> dict:
    config = {"name": name, **({"layers": list(inner)} if inner else {})}
    return {"class_name": "Functional" if inner else "Dense", "config": config}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A recipe's folder with a model and a run, written without Keras."""
    root = tmp_path_factory.mktemp("recipe")
    document = layer("model", layer("block", layer("conv"), layer("code")))
    with zipfile.ZipFile(root / "photo.keras", "w") as archive:
        archive.writestr("config.json", json.dumps(document))
    (root / "text.keras").write_text("no zip")
    (root / "old.h5").write_bytes(b"")
    (root / "run").mkdir()
    with zipfile.ZipFile(root / "run" / "model.sensorium", "w") as archive:
        recipe = {"inputs": [["image", {}], ["sound", {}]]}
        archive.writestr("recipe.json", json.dumps(recipe))
    return root


def messages(folder, **encoder) -> list[str]:
    documents = {"photo": {"type": "image", "encoder": encoder}, "size": "number"}
    return [str(problem) for problem in encoder_problems(documents, folder)]


@pytest.mark.parametrize(
    "encoder",
    [
        {"type": "saved", "path": "photo.keras"},
        {"type": "saved", "path": "photo.keras", "at": "code"},
        {"type": "saved", "path": "photo.keras", "at": "block/conv"},
        {"type": "saved", "path": "photo.keras", "at": "block"},
        {"type": "saved", "path": "photo.keras", "at": "output"},
        {"type": "saved", "path": "MobileNetV2"},
        {"type": "saved", "path": "hub:bert.tiny"},
        {"type": "run", "path": "run", "input": "sound"},
        {"type": "residual"},
    ],
)
def test_what_will_be_found_has_no_problem(folder, encoder) -> None:
    assert messages(folder, **encoder) == []


@pytest.mark.parametrize(
    ("encoder", "words"),
    [
        (
            {"type": "saved", "path": "foto.keras"},
            "no such file. Did you mean `photo.keras`?",
        ),
        ({"type": "saved", "path": "text.keras"}, "is no `.keras` file"),
        ({"type": "saved", "path": "old.h5"}, ".save('old.keras')`"),
        (
            {"type": "saved", "path": "photo.keras", "at": "cods"},
            "no layer `cods`. Did you mean `code`?",
        ),
        (
            {"type": "saved", "path": "photo.keras", "at": "xyz"},
            "Layers: `block`, `block/conv`, `block/code`.",
        ),
        ({"type": "run", "path": "runs"}, "there is no finished run"),
        (
            {"type": "run", "path": "run", "input": "imag"},
            "no input `imag`. Did you mean `image`?",
        ),
        ({"type": "run", "path": "run"}, "several inputs. Name one with `input`"),
    ],
)
def test_what_will_be_missed_is_said(folder, encoder, words) -> None:
    (message,) = messages(folder, **encoder)
    assert message.startswith("inputs.photo.encoder: ")
    assert words in message


def test_paths_of_layers_go_through_models() -> None:
    document = layer("model", layer("a", layer("b", layer("c"))), layer("d"))
    assert list(layer_paths(document)) == ["a", "a/b", "a/b/c", "d"]
    assert list(layer_paths([])) == []


@pytest.mark.parametrize(
    ("kind", "encoder", "fit", "problem"),
    [
        ("number", {"type": "run", "refit": True}, {}, None),
        ("number", {"type": "run", "refit": True}, {"x": "data"}, None),
        ("number", {"type": "run"}, {}, None),
        ("number", {"type": "saved"}, {"x": "data"}, None),
        ("number", {"type": "run"}, {"x": "data"}, "fit.x: the encoder of `x` brings"),
        ("text", {"type": "run", "refit": True}, {}, "inputs.x.encoder.refit: the voc"),
        ("flags", {"type": "run", "refit": True}, {}, "inputs.x.encoder.refit: the vo"),
    ],
)
def test_features_are_fitted_anew_only_if_that_is_said_and_sound(
    kind, encoder, fit, problem
) -> None:
    found = list(refit_problems({"x": {"type": kind, "encoder": encoder}}, fit))
    assert [str(item)[: len(problem or "")] for item in found] == [problem] * len(found)
    assert len(found) == (problem is not None)
