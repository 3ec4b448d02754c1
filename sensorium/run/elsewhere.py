"""Encoders from elsewhere in a run: as data in the artifact, as paths in the recipe.

An artifact is read without the files that its encoders came from. In it stand, in place
of a path, the description of the cut model or the arguments of one of our own encoders,
and the feature's arguments as they were when it was taught.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sensorium.errors import DataError, listing, sentence
from sensorium.features import Feature
from sensorium.nn.encoders import ELSEWHERE
from sensorium.nn.encoders.closed import check_closed, strangers
from sensorium.nn.encoders.wrapped import unwrapped
from sensorium.recipe.encoder_files import tokenizer_of, with_tokenizer
from sensorium.recipe.plain import plain
from sensorium.recipe.roles import ENCODER, FEATURE

Documents = Mapping[str, Any]


def closed_inputs(
    inputs: Documents, features: Mapping[str, Feature], encoders: Mapping[str, Any]
) -> dict[str, Any]:
    """The documents of inputs without any path.

    Args:
        inputs: The recipe's documents.
        features: The fitted feature of every input.
        encoders: The network's encoders.

    Raises:
        DataError: If an encoder has classes that an artifact cannot hold.
    """
    found = {name: with_tokenizer(document, "") for name, document in inputs.items()}
    for name, document in found.items():
        if _word(document) in ELSEWHERE:
            encoder = ENCODER.document(unwrapped(encoders[name]))
            feature = FEATURE.document(features[name])
            whole = plain({**feature, "encoder": encoder}, f"inputs.{name}")
            found[name] = with_tokenizer(whole, "")
    check_inputs_closed(found)
    return found


def check_inputs_closed(inputs: Documents) -> None:
    """Raises `DataError` if an input names a class outside the closed registry."""
    for name, document in inputs.items():
        check_closed(document, f"encoder `{name}`")


def check_parts_closed(document: Documents) -> None:
    """Raises `DataError` if a part names a class outside the closed registry.

    Such are descriptions of Keras objects, wherever they stand: in the decoder of a
    head, in an argument of a fusion.

    Args:
        document: The recipe's document, as an artifact holds it.
    """
    check_inputs_closed(document["inputs"])
    parts = {f"output `{name}`": head for name, head in document["outputs"].items()}
    parts |= {f"`{part}`": document.get(part) for part in ("fusion", "trunk")}
    for where, part in parts.items():
        found = strangers(part)
        if found:
            text = f"has classes that an artifact cannot hold: {listing(found)}"
            fix = "An artifact holds no code: use a kind of Sensorium's instead."
            raise DataError(sentence(where, text, fix=fix))


def moved_inputs(inputs: Documents, old: Path, new: Path) -> dict[str, Any]:
    """The documents of inputs with relative paths as they are seen from elsewhere.

    Args:
        inputs: The recipe's documents.
        old: The recipe's folder.
        new: The folder that it is written to.
    """
    found = dict(inputs)
    for name, document in inputs.items():
        tokenizer = tokenizer_of(document)
        if tokenizer:
            document = with_tokenizer(document, _moved(tokenizer, old, new))
            found[name] = document
        if _word(document) in ELSEWHERE:
            encoder = {
                key: _moved(value, old, new) if key in ("path", "weights") else value
                for key, value in document["encoder"].items()
            }
            found[name] = {**document, "encoder": encoder}
    return found


def _moved(path: Any, old: Path, new: Path) -> Any:
    # What is no file is a name, e.g. of `keras.applications`.
    if not isinstance(path, str) or not (old / path).exists():
        return path
    return path if Path(path).is_absolute() else os.path.relpath(old / path, new)


def _word(document: Any) -> str:
    encoder = document.get("encoder") if isinstance(document, Mapping) else None
    return str(encoder.get("type")) if isinstance(encoder, Mapping) else ""
