"""A game of images as one file: descriptions, settings and weights; no code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from sensorium.errors import ArtifactError, DataError, listing, sentence
from sensorium.games.conditional import ConditionalGAN
from sensorium.games.gan import GAN
from sensorium.games.wasserstein import WGANGP
from sensorium.nn import encoders
from sensorium.nn.encoders.closed import check_closed, strangers
from sensorium.nn.weight_names import foreign_weights, renumbered
from sensorium.nn.weight_values import as_numpy, assign_all
from sensorium.run.artifact import (
    Artifact,
    check_weights,
    read_artifact,
    write_artifact,
)
from sensorium.run.files import PathLike

FILE = "game.sensorium"

_WORDS: dict[str, type[GAN]] = {
    "gan": GAN,
    "conditional_gan": ConditionalGAN,
    "wgan_gp": WGANGP,
}
_PARTS = ("generator", "discriminator")
_NEAR = 2  # of 255; backends round differently


def save(game: GAN, path: PathLike) -> str:
    """Writes a game to one file, atomically; optimizers are not kept.

    Args:
        game: The game.
        path: A name that ends in `.sensorium`, or a folder, which gets the file
            `game.sensorium`.

    Returns:
        The sha256 of the file.

    Raises:
        DataError: If the name is another, or a model has classes that an artifact
            cannot hold.
    """
    target = _file(path)
    words = [word for word, kind in _WORDS.items() if type(game) is kind]
    if not words:
        text = f"only {listing(sorted(_WORDS))} can be saved"
        fix = "Save the models of your own class with `generator.save(...)`."
        raise DataError(sentence(str(path), text, type(game).__name__, fix))
    described = {part: _description(game, part) for part in _PARTS}
    document = {"type": words[0], "settings": dict(game.settings), **described}
    target.parent.mkdir(parents=True, exist_ok=True)
    weights = {name: as_numpy(found) for name, found in _weights(game).items()}
    golden = {"image": game.sample(1, seed=0)[0]}
    return write_artifact(target, {"game": document}, {"golden": golden}, weights)


def load(path: PathLike) -> GAN:
    """Reads a game that was saved, after every byte of its file was verified.

    Args:
        path: The file, or the folder that was given to `save`.

    Raises:
        ArtifactError: If the file is not as `save` writes it, or makes other images
            here than it did when it was saved.
    """
    target = _file(path)
    artifact = read_artifact(target)
    document = artifact.documents.get("game")
    if not isinstance(document, Mapping) or document.get("type") not in _WORDS:
        raise _refused(target, "holds no game", "member")
    _know_encoders()
    unknown = strangers(document)
    if unknown:
        text = f"holds code or classes that are unknown here: {listing(unknown)}"
        raise _refused(target, text, "json")
    game = _made(document, target)
    _fill(game, artifact)
    _call_once(game.discriminator)
    golden = artifact.arrays.get("golden", {}).get("image")
    if golden is None or not _is_near(game.sample(1, seed=0)[0], golden):
        raise _refused(
            target, "makes other images here than where it was saved", "golden"
        )
    return game


def _know_encoders() -> None:
    """Registers our encoders with Keras: one may be the body of a discriminator."""
    for name in encoders.__all__:
        getattr(encoders, name)


def _file(path: PathLike) -> Path:
    target = Path(path)
    if target.suffix == ".sensorium":
        return target
    if target.suffix and not target.is_dir():
        text = "expected a name that ends in `.sensorium`, or a folder"
        raise DataError(sentence("game", text, str(path)))
    return target / FILE


def _description(game: GAN, part: str) -> Any:
    # Through JSON: the file holds what can be read from it again.
    plain = keras.saving.serialize_keras_object(getattr(game, part))
    document = json.loads(json.dumps(plain))
    check_closed(document, part)
    return document


def _weights(game: GAN) -> dict[str, Any]:
    found = {}
    for part in _PARTS:
        pairs = list(foreign_weights(getattr(game, part)))
        paths = renumbered(path for path, _ in pairs)
        for path, (_, variable) in zip(paths, pairs, strict=True):
            found[f"{part}/{path}"] = variable
    return found


def _made(document: Mapping[str, Any], path: Path) -> GAN:
    try:
        models = {
            part: keras.saving.deserialize_keras_object(_plain(document[part]))
            for part in _PARTS
        }
        settings = _plain(document["settings"])
        return _WORDS[document["type"]](**{**settings, **models})
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise _refused(path, f"the models cannot be made: {error}", "json") from error


def _fill(game: GAN, artifact: Artifact) -> None:
    variables = _weights(game)
    wanted = {
        name: (tuple(each.shape), as_numpy(each).dtype)
        for name, each in variables.items()
    }
    check_weights(artifact.weights, wanted)
    assign_all(variables, artifact.weights)


def _call_once(model: Any) -> None:
    """Builds layers that are built by their first call, as in encoders' wrappings."""
    blank = [keras.ops.zeros((1, *each.shape[1:]), each.dtype) for each in model.inputs]
    model(blank if len(blank) > 1 else blank[0], training=False)


def _is_near(image: np.ndarray, golden: np.ndarray) -> bool:
    if image.shape != golden.shape:
        return False
    return bool(np.abs(image.astype(int) - golden.astype(int)).max() <= _NEAR)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _refused(path: Path, text: str, reason: str) -> ArtifactError:
    return ArtifactError(sentence(str(path), text), reason)
