"""`load` and `split`: a model from elsewhere as an encoder, or as its two halves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import keras

from sensorium.encoders.files import Found, read_source
from sensorium.errors import DataError, listing, near, sentence
from sensorium.network import Network
from sensorium.nn.encoders.base import Encoder
from sensorium.nn.encoders.bottleneck import bottleneck, choose, crossing, values_of
from sensorium.nn.encoders.loaded import Loaded
from sensorium.nn.encoders.pooled import Pool
from sensorium.nn.encoders.tapping import Tapped
from sensorium.nn.encoders.wrapped import unwrapped


def load(
    path_or_model: Any,
    at: str | None = None,
    *,
    name: str | None = None,
    pool: Literal["auto", "average", "max", "flatten", "none"] = "auto",
    batch_norm: Literal["frozen", "learn"] = "frozen",
    pixels: Literal["0..1", "-1..1"] | None = None,
    weights: str | Path | None = None,
    input_shape: Sequence[int | None] | None = None,
) -> Any:
    """Makes an encoder of a model from anywhere, for `join` or a recipe.

    What comes back is a copy of its own: two loads of one file share nothing, and a
    model in memory stays as it was. It says what it took and why in `.at` and
    `.because`, and what it needs of its input in `.needs`; printing it shows both.

    Args:
        path_or_model: One of

            - a `.keras` file (HDF5 files, pickles and files with code are refused);
            - a Keras model, or a layer that was built;
            - a model of `keras.applications` by name, `MobileNetV2` or
              `applications/MobileNetV2`, with what it does to pixels inside, so that
              it takes raw ones, 0 to 255; nothing is downloaded;
            - the folder of a Sensorium run;
            - `hub:PRESET`, or the folder of a KerasHub preset or of a Hugging Face
              checkpoint (needs the `hub` extra).
        at: The layer whose output is the encoding, by its name or, inside models in the
            model, by its path (`block/conv2`); `output` is the output whatever it is.
            Of a run, the name of the input. If left out: of an autoencoder, whose
            output has its input's shape, the narrowest layer; of a classifier what
            feeds its last layer; otherwise the output.
        name: Name of the encoder; the model's if left out.
        pool: What becomes of an output with more than two axes: one vector by
            `average`, `max` or `flatten`, or `none`: tokens for a fusion that takes
            them. `auto` lays a bottleneck flat, and otherwise averages for a fusion of
            vectors and gives tokens to a fusion of tokens.
        batch_norm: `frozen` keeps batch normalisation in inference mode even while
            other weights learn; `learn` lets its statistics move with the rows.
        pixels: What numbers pixels were in when the model was taught: the encoder then
            takes whole numbers from 0 to 255 and turns them into these.
        weights: File of the weights of a model of `keras.applications`; if left out
            they are drawn at random.
        input_shape: Shape of one row, for a model that does not know it.

    Raises:
        DataError: If the model cannot be used, or `at` is not clear; says what to do.
    """
    found = read_source(path_or_model, weights, input_shape, tokens=pool != "auto")
    if isinstance(found.model, Encoder):
        return found.model
    if isinstance(found.model, Network) or found.run is not None:
        return _of_network(found, at)
    tapped = Tapped(
        found.model, batch_norm=batch_norm, where=found.where, input_shape=input_shape
    )
    choice = choose(tapped, at, classifies=found.classifies)
    start = tapped.one_input(choice.tensor)
    _refuse_texts(start, found.where)
    model = tapped.between(start, choice.tensor, name or tapped.name)
    if pixels is not None:
        model = _from_pixels(model, pixels)
    flat: Pool = "flatten" if choice.is_code and pool == "auto" else pool
    encoder = Loaded.of(model, choice.at, choice.because, flat, name or tapped.name)
    encoder.feature = found.feature
    return encoder


def split(path_or_model: Any, at: str | None = None) -> tuple[Any, Any]:
    """Takes an autoencoder apart into an encoder and a decoder.

    Both are copies; `decoder(encoder(x))` is what the model gives. A code of more than
    one axis is laid flat by the encoder and folded again by the decoder. The encoder of
    a variational one gives the mean of the code that the model draws.

    Args:
        path_or_model: As in `load`.
        at: The layer whose output is the code; the narrowest one if left out.

    Returns:
        The encoder, and the decoder as a Keras model.

    Raises:
        DataError: If connections go past the code, or there is nothing after it.
    """
    found = read_source(path_or_model)
    if isinstance(found.model, Encoder) or found.run is not None:
        text = "this is an encoder already, without a decoder"
        raise DataError(sentence(found.where, text))
    first, second = (Tapped(found.model, where=found.where) for _ in range(2))
    choice = bottleneck(first) if at is None else choose(first, at)
    output = first.result()
    start = first.one_input(output)
    steps = first.relevant(start, output)
    code = choice.tensor if choice.drawn is None else choice.drawn
    past = crossing(steps, start, code)
    if past:
        lines = listing([f"`{one}` to `{two}`" for one, two in past])
        text = f"connections go past `{choice.at}`: {lines}"
        fix = "A decoder has the code alone: name another layer with `at=`."
        raise DataError(sentence(found.where, text, fix=fix))
    if choice.tensor is output:
        text = f"`{choice.at}` is the output: nothing comes after it"
        raise DataError(sentence(found.where, text, fix="Name a layer with `at=`."))
    encoder = Loaded.of(
        first.between(start, choice.tensor, f"{first.name}_encoder"),
        choice.at,
        choice.because,
        "flatten",
        first.name,
    )
    return encoder, _decoder(second, _same(first, second, code))


def _from_pixels(model: Any, pixels: str) -> Any:
    """The model with a scaling of whole numbers from 0 to 255 before it."""
    factor, summand = {"0..1": (1 / 255, 0.0), "-1..1": (2 / 255, -1.0)}[pixels]
    given = keras.Input(model.inputs[0].shape[1:], name="pixels")
    scaled = keras.layers.Rescaling(factor, summand, name="scaled")(given)
    whole = Tapped(keras.Model(given, model(scaled), name=model.name))
    return whole.between(whole.inputs[0], whole.result(), model.name)


def _same(first: Tapped, second: Tapped, tensor: Any) -> Any:
    """The tensor of a second copy that stands where a tensor of the first does."""
    for one, two in zip(first.steps, second.steps, strict=True):
        for mine, other in zip(one.outputs, two.outputs, strict=True):
            if mine is tensor:
                return other
    raise DataError(sentence(first.where, "the input itself cannot be the code"))


def _decoder(tapped: Tapped, code: Any) -> Any:
    name = f"{tapped.name}_decoder"
    after = tapped.between(code, tapped.result())
    given = keras.Input((values_of(code),), name="code")
    folded = given
    if len(code.shape) > 2:
        folded = keras.layers.Reshape(tuple(code.shape[1:]), name="folded")(given)
    whole = Tapped(keras.Model(given, after(folded), name=name), where=tapped.where)
    return whole.between(whole.inputs[0], whole.result(), name)


def _of_network(found: Found, at: str | None) -> Any:
    """The encoder of one input of a network, with the feature that it was taught by."""
    network: Network = found.model
    names = list(network.encoders)
    if at is None and len(names) == 1:
        at = names[0]
    if at not in network.encoders:
        known = listing([f"`{name}`" for name in names], 12)
        text = f"there is no input `{at}`" if at else "has several inputs"
        fix = near(at or "", names) or f"Name one with `at=`: {known}."
        raise DataError(sentence(found.where, text, fix=fix))
    encoder = unwrapped(network.encoders[at])
    encoder.feature = found.run.features[at] if found.run is not None else None
    return encoder


def _refuse_texts(tensor: Any, where: str) -> None:
    if str(tensor.dtype) == "string":
        text = "takes texts, which only TensorFlow can compute with"
        fix = "Cut the model after its text layer, and let a `text` feature do that."
        raise DataError(sentence(where, text, fix=fix))


__all__ = ["load", "split"]
