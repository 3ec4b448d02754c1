"""Pretrained backbones by KerasHub, from a preset or a folder, without TensorFlow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras

from sensorium.errors import DataError, MissingExtraError, sentence
from sensorium.features import Text
from sensorium.features.pretrained import FILE
from sensorium.nn.encoders.sentence import Masked, SentenceVector, TokenIds

PREFIX = "hub:"
_MASKS = ("padding_mask", "attention_mask")
_UNREADABLE = (
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


def is_hub(source: str) -> bool:
    """Whether a text names a preset, or the folder of a preset or checkpoint."""
    folder = Path(source)
    return source.startswith(PREFIX) or (
        folder.is_dir()
        and (folder / "config.json").is_file()
        and not (folder / "saved_model.pb").exists()
    )


def backbone(source: str, *, tokens: bool = False) -> tuple[Any, Text | None]:
    """Loads a backbone as a model of one input and one output.

    A text backbone takes ids as the feature that comes with it gives them: 0 is
    padding. In the folder of a sentence encoder (with `modules.json`) the published
    pooling is part of the model: the mean over the tokens, divided by its length.

    Args:
        source: `hub:PRESET`, which KerasHub may download, or a local folder: a preset's
            of KerasHub, or a checkpoint's of Hugging Face.
        tokens: Whether the sequence is wanted, where pooling is published too.

    Returns:
        The model, and for texts in a folder the unfitted feature.

    Raises:
        MissingExtraError: If KerasHub is not installed.
        DataError: If there is no such backbone, or it takes more than one input.
    """
    name = source.removeprefix(PREFIX)
    try:
        found = _hub().models.Backbone.from_preset(name)
    except _UNREADABLE as error:
        text = "KerasHub cannot load a backbone from this"
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(sentence(name, text, first)) from error
    folder = Path(name) if Path(name).is_dir() else None
    _as_published(found, folder)
    takes = {x.name for x in keras.tree.flatten(found.inputs)}
    if "token_ids" not in takes:
        return found, None
    if any(part.startswith("decoder") for part in takes):
        text = "a model that reads and writes texts has no single encoding"
        raise DataError(
            sentence(name, text, fix="Take one that only reads, e.g. BERT.")
        )
    return _reader(found, folder, takes, tokens), _feature(folder)


def _reader(found: Any, folder: Path | None, takes: set[str], tokens: bool) -> Any:
    ids = keras.Input((None,), dtype="int32", name="ids")
    own, mask = TokenIds(_pad_id(folder), name="token_ids")(ids)
    given = {"token_ids": own}
    given |= {name: mask for name in _MASKS if name in takes}
    if "segment_ids" in takes:
        given["segment_ids"] = keras.ops.zeros_like(own)
    outputs = found(given)
    if isinstance(outputs, dict):
        outputs = outputs["sequence_output"]
    steps = _modules(folder)
    if steps and not tokens:
        normalize = any(step.endswith("Normalize") for step in steps)
        result = SentenceVector(normalize, name="sentence")([outputs, mask])
    else:
        result = Masked(name="sequence")([outputs, mask])
    return keras.Model(ids, result, name=found.name)


def _as_published(found: Any, folder: Path | None) -> None:
    """Sets the exact GELU where a checkpoint of Hugging Face says so.

    KerasHub approximates it for every model of BERT's family, which moves sentence
    vectors by about 1e-3. The layers are copied later, with what is set here.
    """
    if _json(folder, "config.json").get("hidden_act") != "gelu":
        return
    for layer in found.layers:
        if (
            getattr(layer, "activation", None) is not None
            and layer.name != "pooled_dense"
        ):
            layer.activation = keras.activations.gelu


def _modules(folder: Path | None) -> list[str]:
    """The kinds of the published steps after the backbone, if they are a mean."""
    listed = _json(folder, "modules.json")
    steps = [str(step.get("type")) for step in listed] if listed else []
    if not any(step.endswith("Pooling") for step in steps):
        return []
    pooling = _json(folder, "1_Pooling/config.json")
    if not pooling.get("pooling_mode_mean_tokens"):
        text = "its published pooling is not the mean over the tokens"
        fix = "Say `pool`: average, max, or none for tokens."
        raise DataError(sentence(str(folder), text, fix=fix))
    return steps


def _feature(folder: Path | None) -> Text | None:
    if folder is None or not (folder / FILE).is_file():
        return None
    settings = _json(folder, "sentence_bert_config.json")
    longest = settings.get("max_seq_length") if settings else None
    return Text(tokens={"tokenizer": str(folder)}, max_length=int(longest or 256))


def _pad_id(folder: Path | None) -> int:
    return int(_json(folder, "config.json").get("pad_token_id") or 0)


def _json(folder: Path | None, name: str) -> Any:
    path = folder / name if folder is not None else None
    if path is None or not path.is_file():
        return {}
    return json.loads(path.read_text(encoding="utf-8"))


def _hub() -> Any:
    try:
        import keras_hub
    except ImportError as error:
        text = "backbones of KerasHub need the package keras-hub"
        fix = 'Install it with `pip install "sensorium[hub]"`; docs/encoders.md tells '
        fix += "how to do without TensorFlow."
        raise MissingExtraError(sentence("", f"{text} ({error})", fix=fix)) from error
    return keras_hub
