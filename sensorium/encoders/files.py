"""Where a model comes from: a file, memory, a name, a run."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from sensorium.encoders.applications import application, is_application, strictly
from sensorium.encoders.hub import backbone, is_hub
from sensorium.errors import DataError, listing, sentence
from sensorium.features import Feature
from sensorium.nn.encoders.closed import strangers
from sensorium.recipe.encoder_files import find_file, read_config
from sensorium.run.saved import ARTIFACT, SavedRun, load_run

_UNREADABLE = (
    AttributeError,
    ImportError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    UserWarning,
    ValueError,
    zipfile.BadZipFile,
)


@dataclass(frozen=True, eq=False)
class Found:
    """A model and what is known of it.

    Args:
        model: The Keras model or layer.
        where: How messages call it.
        classifies: Whether it was compiled with a loss for classes.
        run: The run that it belongs to.
        feature: The feature that reads what the model takes, not fitted.
    """

    model: Any
    where: str
    classifies: bool = False
    run: SavedRun | None = None
    feature: Feature | None = None


def read_source(
    source: Any,
    weights: str | Path | None = None,
    input_shape: Sequence[int | None] | None = None,
    *,
    tokens: bool = False,
) -> Found:
    """Finds the model that `load` was given.

    Args:
        source: What it was given.
        weights: A file of weights, for a name of `keras.applications`.
        input_shape: Shape of one row, for such a name.
        tokens: Whether the sequence is wanted of a model with published pooling.

    Raises:
        DataError: If there is no such model, or it is of a kind that is refused.
    """
    if isinstance(source, keras.layers.Layer):
        loss = str(getattr(source, "loss", "")).lower()
        return Found(source, f"model `{source.name}`", "crossentropy" in loss)
    if not isinstance(source, (str, Path)):
        text = "expected a path, a name, or a Keras model or layer"
        raise DataError(sentence("", text, source))
    path = Path(source)
    if is_hub(str(source)):
        model, feature = backbone(str(source), tokens=tokens)
        return Found(model, str(source), feature=feature)
    if not path.exists() and is_application(str(source)):
        model = application(str(source), weights, input_shape)
        return Found(model, f"application `{source}`")
    if path.is_dir():
        return _folder(path)
    if path.suffix == ".sensorium" and path.is_file():
        run = load_run(path)
        return Found(run.network, str(path), run=run)
    return read_keras(path)


def read_keras(path: Path) -> Found:
    """Reads a `.keras` file; nothing in it can run.

    Raises:
        DataError: If it is no such file, holds code, or names unknown classes.
    """
    document = read_config(find_file(path))
    # How it was compiled is not read: it is to be trained anew.
    unknown = strangers({**document, "compile_config": None}, own=True)
    if unknown:
        text = f"holds code or classes that are unknown here: {listing(unknown)}"
        fix = "Import the module that registers them with "
        fix += "`keras.saving.register_keras_serializable`; a `Lambda` must be "
        fix += "replaced by a layer of Keras."
        raise DataError(sentence(str(path), text, fix=fix))
    try:
        with strictly():
            model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except _UNREADABLE as error:
        text = "the model cannot be made from the file"
        raise DataError(sentence(str(path), text, str(error))) from error
    compiled = json.dumps(document.get("compile_config") or {}).lower()
    return Found(model, str(path), "crossentropy" in compiled)


def _folder(path: Path) -> Found:
    if (path / ARTIFACT).is_file():
        run = load_run(path)
        return Found(run.network, str(path), run=run)
    if (path / "saved_model.pb").is_file():
        text = "TensorFlow's folders cannot be taken apart"
        fix = "Save the model with `model.save('NAME.keras')` where it was made."
        raise DataError(sentence(str(path), text, fix=fix))
    names = [f"`{item.name}`" for item in sorted(path.glob("*.keras"))]
    fix = f"Did you mean a file in it? {listing(names)}." if names else ""
    raise DataError(sentence(str(path), "this folder holds no model", fix=fix))
