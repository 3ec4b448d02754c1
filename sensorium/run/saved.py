"""A run folder: what training leaves behind, and loading it again."""

from __future__ import annotations

import functools
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import polars as pl

from sensorium._version import __version__
from sensorium.data import Table, read
from sensorium.errors import ArtifactError, NotFittedError, RunError, near, sentence
from sensorium.features import Feature
from sensorium.network import Network
from sensorium.nn.joining import check_inputs
from sensorium.recipe import Recipe, build_network
from sensorium.run.artifact import (
    Artifact,
    check_weights,
    read_artifact,
    write_artifact,
)
from sensorium.run.elsewhere import (
    check_parts_closed,
    closed_inputs,
    moved_inputs,
)
from sensorium.run.files import write_text
from sensorium.run.predictor import OnError, Predictor
from sensorium.run.state import restore_parts, state_arrays, state_documents
from sensorium.schema import write_yaml

ARTIFACT = "model.sensorium"
_OF_TRAINING = ("data", "stages", "tables", "fit")
RECIPE = "recipe.yaml"
GOLDEN_ROWS = 4
TOLERANCE = 1e-3
"""Largest difference of a replayed output, relative to the largest output."""


# What parts can lead to that pass their checksums but were not written together.
_UNFIT = (
    AttributeError,
    LookupError,
    NotFittedError,
    TypeError,
    pl.exceptions.PolarsError,
    ValueError,
)


@dataclass(frozen=True)
class Trained:
    """Everything that a run keeps of a training.

    Args:
        recipe: The document.
        features: The fitted feature of every input.
        targets: The fitted feature of every output.
        network: The trained network.
        metadata: Plain data about the training: rows, history, versions.
        golden: A few encoded rows, keyed as the network takes them.
    """

    recipe: Recipe
    features: Mapping[str, Feature]
    targets: Mapping[str, Feature]
    network: Network
    metadata: Mapping[str, Any]
    golden: Mapping[str, np.ndarray]


class SavedRun:
    """A trained network with its features: predicts from raw rows.

    Args:
        folder: The run's folder.
        trained: What it holds.
    """

    def __init__(self, folder: Path, trained: Trained) -> None:
        self.folder = folder
        self.trained = trained
        self.recipe = trained.recipe
        self.features = trained.features
        self.targets = trained.targets
        self.metadata = trained.metadata

    @property
    def network(self) -> Network:
        """The trained `keras.Model`: dict in, dict out, by the user's names."""
        return self.trained.network

    @functools.cached_property
    def predictor(self) -> Predictor:
        """The one way from raw rows to predictions."""
        return Predictor(self.features, self.targets, self.network)

    def predict(self, rows: Any, on_error: OnError = "keep") -> pl.DataFrame:
        """Predicts raw rows: one row in, one row out, in order.

        Args:
            rows: A path, a table, a frame, a dict of arrays or a list of dicts.
            on_error: What becomes of a row that cannot be read: `keep` gives nulls and
                the reason in the column `error`; `absent` predicts it from its other
                inputs and gives the reason too; `refuse` raises.

        Returns:
            The predicted values under the outputs' names, probabilities of classes,
            numbers in the user's units, and `error`.

        Raises:
            RecipeError: If the rows lack columns of the inputs; all are named.
        """
        table = rows if isinstance(rows, Table) else read(rows, empty=True)
        return self.predictor.predict(table, on_error)


def save_run(folder: Path, trained: Trained) -> SavedRun:
    """Writes a training's artifact and recipe into a folder, atomically."""
    run = SavedRun(folder, trained)
    golden = {name: array[:GOLDEN_ROWS] for name, array in trained.golden.items()}
    outputs = run.predictor.outputs(golden)
    write_artifact(
        folder / ARTIFACT,
        _documents(trained),
        {
            "state": state_arrays(trained.features, trained.targets),
            "golden": _golden(golden, outputs),
        },
        trained.network.weights_by_name(),
    )
    write_text(folder / RECIPE, _seen_from(folder, trained.recipe))
    return run


def load_run(folder: str | Path) -> SavedRun:
    """Loads a run, verifies every byte of it and replays its golden rows.

    Args:
        folder: A run folder, or the artifact file itself.

    Raises:
        RunError: If there is no such run.
        ArtifactError: If the artifact is damaged, or answers differently.
    """
    path = _artifact_path(Path(folder))
    artifact = read_artifact(path)
    try:
        run = SavedRun(path.parent, _restore(artifact))
        _replay(run, artifact, path)
    except ArtifactError:
        raise
    except _UNFIT as error:
        text = sentence(str(path), "its parts do not fit together", str(error))
        raise ArtifactError(text, "document") from error
    return run


def versions() -> dict[str, str]:
    """Versions of what decides the numbers of a run."""
    return {
        "sensorium": __version__,
        "python": platform.python_version(),
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "numpy": np.__version__,
        "polars": pl.__version__,
    }


def _seen_from(folder: Path, recipe: Recipe) -> str:
    """The recipe as YAML, its relative paths as they are seen from the run's folder."""
    document = recipe.to_dict()
    document["inputs"] = moved_inputs(document["inputs"], recipe.folder, folder)
    data = document["data"]
    if isinstance(data, str):
        document["data"] = _moved(data, recipe.folder, folder)
    elif data is not None:
        moved = {k: _moved(path, recipe.folder, folder) for k, path in data.items()}
        document["data"] = moved
    return write_yaml(document)


def _moved(path: str, old: Path, new: Path) -> str:
    return path if Path(path).is_absolute() else os.path.relpath(old / path, new)


def _artifact_path(path: Path) -> Path:
    if path.is_dir() and (path / ARTIFACT).exists():
        return path / ARTIFACT
    if path.is_file():
        return path
    if path.is_dir():
        fix = "Train it with `sensorium train RECIPE -o RUN`."
        raise RunError(sentence(str(path), "holds no finished run", fix=fix))
    names = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    raise RunError(
        sentence(str(path), "there is no such run", fix=near(path.name, names))
    )


def _documents(trained: Trained) -> dict[str, Any]:
    document = trained.recipe.to_dict()
    document["inputs"] = closed_inputs(
        document["inputs"], trained.features, trained.network.encoders
    )
    # A document in an artifact has sorted keys: what has an order stands in a list.
    # The path of the data stays outside: an artifact holds no path.
    ordered = {k: list(document.pop(k).items()) for k in ("inputs", "outputs")}
    outputs = [(name, _without_loss(head)) for name, head in ordered["outputs"]]
    check_parts_closed({**document, "inputs": {}, "outputs": dict(outputs)})
    rest = {k: v for k, v in document.items() if k not in _OF_TRAINING}
    return {
        "recipe": {**rest, "inputs": ordered["inputs"], "outputs": outputs},
        "state": state_documents(trained.features, trained.targets),
        "metadata": dict(trained.metadata),
    }


_OF_LOSS = ("loss", "gamma", "label_smoothing", "sample_weight", "metrics")


def _without_loss(head: Mapping[str, Any]) -> dict[str, Any]:
    # Losses may name the user's own code; predicting needs none. What makes an input
    # again has only words, and predicts the loss of every row.
    left_out = _OF_LOSS if head.get("of") is None else ("metrics",)
    return {k: v for k, v in head.items() if k not in left_out}


def _golden(
    inputs: Mapping[str, np.ndarray], outputs: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    found = {f"input/{name}": array for name, array in inputs.items()}
    return found | {f"output/{name}": array for name, array in outputs.items()}


def _restore(artifact: Artifact) -> Trained:
    document: Any = artifact.documents["recipe"]
    ordered = {part: dict(document[part]) for part in ("inputs", "outputs")}
    check_parts_closed({**document, **ordered})
    recipe = Recipe.from_dict({**document, **ordered, "data": None})
    features, targets = restore_parts(
        recipe.features(),
        recipe.targets(),
        artifact.documents["state"],
        artifact.arrays["state"],
    )
    network = build_network(recipe, features, targets)
    expected = {
        name: (array.shape, array.dtype)
        for name, array in network.weights_by_name().items()
    }
    check_weights(artifact.weights, expected)
    network.load_weights_by_name(artifact.weights)
    metadata: Any = artifact.documents["metadata"]
    golden = artifact.arrays["golden"]
    inputs = {k[6:]: v for k, v in golden.items() if k.startswith("input/")}
    check_inputs(network.encoders, inputs)
    return Trained(recipe, features, targets, network, metadata, inputs)


def _replay(run: SavedRun, artifact: Artifact, path: Path) -> None:
    outputs = run.predictor.outputs(run.trained.golden)
    for name, found in outputs.items():
        saved = artifact.arrays["golden"][f"output/{name}"]
        limit = TOLERANCE * max(float(np.abs(saved).max(initial=0.0)), 1.0)
        difference = float(np.abs(found - saved).max(initial=0.0))
        if not difference <= limit:
            text = (
                f"output `{name}` of a golden row differs by {difference:.3g} "
                f"from what it was when the run was saved"
            )
            made = [f"{part} {v}" for part, v in run.metadata["versions"].items()]
            fix = f"It was saved with {', '.join(made)}; compare yours."
            raise ArtifactError(sentence(str(path), text, fix=fix), "golden")


__all__ = ["ARTIFACT", "SavedRun", "Trained", "load_run", "save_run"]
