"""Where a model comes from: a file, memory, a name, a run."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from sensorium.errors import DataError, listing, near, sentence
from sensorium.nn.encoders.closed import strangers
from sensorium.run.saved import ARTIFACT, SavedRun, load_run

MAX_CONFIG = 64 * 2**20
_HDF5 = (".h5", ".hdf5", ".hdf")
_UNREADABLE = (
    AttributeError,
    ImportError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
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
    """

    model: Any
    where: str
    classifies: bool = False
    run: SavedRun | None = None


def read_source(
    source: Any,
    weights: str | Path | None = None,
    input_shape: Sequence[int | None] | None = None,
) -> Found:
    """Finds the model that `load` was given.

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
    if path.is_dir():
        return _folder(path)
    if path.suffix == ".sensorium" and path.is_file():
        run = load_run(path)
        return Found(run.network, str(path), run=run)
    if not path.is_file():
        raise DataError(_missing(path))
    return read_keras(path)


def read_keras(path: Path) -> Found:
    """Reads a `.keras` file; nothing in it can run.

    Raises:
        DataError: If it is no such file, holds code, or names unknown classes.
    """
    _refuse_others(path)
    document = read_config(path)
    # How it was compiled is not read: it is to be trained anew.
    unknown = strangers({**document, "compile_config": None}, own=True)
    if unknown:
        text = f"holds code or classes that are unknown here: {listing(unknown)}"
        fix = "Import the module that registers them with "
        fix += "`keras.saving.register_keras_serializable`; a `Lambda` must be "
        fix += "replaced by a layer of Keras."
        raise DataError(sentence(str(path), text, fix=fix))
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except _UNREADABLE as error:
        text = "the model cannot be made from the file"
        raise DataError(sentence(str(path), text, str(error))) from error
    compiled = json.dumps(document.get("compile_config") or {}).lower()
    return Found(model, str(path), "crossentropy" in compiled)


def read_config(path: Path) -> dict[str, Any]:
    """Reads the description inside a `.keras` file, without Keras's help.

    Raises:
        DataError: If the file is no zip, or holds no description.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("config.json").file_size > MAX_CONFIG:
                raise DataError(sentence(str(path), "its description is too large"))
            document = json.loads(archive.read("config.json"))
    except (zipfile.BadZipFile, KeyError, ValueError, RecursionError) as error:
        fix = "Save the model with `model.save('NAME.keras')`."
        raise DataError(sentence(str(path), "is no `.keras` file", fix=fix)) from error
    if not isinstance(document, dict):
        raise DataError(sentence(str(path), "is no `.keras` file"))
    return document


def _refuse_others(path: Path) -> None:
    name = path.name
    if name.endswith(".weights.h5"):
        text = "holds weights without the model that they belong to"
        fix = f"Build the model, `model.load_weights({name!r})`, then load the model."
        raise DataError(sentence(str(path), text, fix=fix))
    if path.suffix.lower() in _HDF5:
        new = f"{path.stem}.keras"
        text = "HDF5 files can hold code and are not read"
        fix = f"Convert it once: `keras.saving.load_model({name!r}).save({new!r})`."
        raise DataError(sentence(str(path), text, fix=fix))


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


def _missing(path: Path) -> str:
    parent = path.parent
    names = [item.name for item in parent.iterdir()] if parent.is_dir() else []
    return sentence(str(path), "there is no such file", fix=near(path.name, names))
