"""`reconstruction`: an input again, from the fused vector or an encoding."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

import keras
import numpy as np

from sensorium.errors import DataError, listing, sentence
from sensorium.nn.decoders import DECODERS, DEFAULT_DECODERS
from sensorium.nn.decoders.base import Decoder
from sensorium.nn.dense import dropout
from sensorium.nn.encoded import mode
from sensorium.nn.heads import RECONSTRUCTED
from sensorium.nn.heads.base import Head, numbers
from sensorium.nn.present import PresentMetric, Target
from sensorium.schema import Role
from sensorium.schema.types import DecoderArgument, Fraction, NonNegative

DECODER = Role("decoder", DECODERS, keras.saving.get_registered_object)


@keras.saving.register_keras_serializable("sensorium")
class Reconstruction(Head):
    """Makes an input's values again; the output has their shape, float32.

    The label is the input itself, so that no labels are given:

    - pictures `(height, width, channels)`: whole numbers 0-255 become [0, 1];
    - numbers: the columns with values, scaled as the feature gives them, without their
      flags; a missing number is not reconstructed;
    - signals: the channels of observed steps, without the flag of observed steps;
    - vectors, and arrays of a network without features: as they are, NaN is unknown.

    A row without the input has no label. The loss of a row is the mean over the entries
    that are there, that of a batch the mean over its rows. Absence is that in the data:
    inputs that modality dropout hides are to be reconstructed. Categories, texts, flags
    and times are refused: their encoded values are codes, or parts of a circle.

    With a late fusion each input has a decoder of its own, and what they give is joined
    by the fusion.

    Args:
        of: Name of the input.
        decoder: A decoder, its document or word, or a Keras model or layer, which is
            used as it is with the weights it has; the default one for the shape if
            left out. That of a picture ends in a sigmoid unless its document says
            otherwise.
        loss: `mse` (squared error), `mae` (absolute error) or `huber` (quadratic up to
            1, linear beyond).
        weight: Factor of this output's loss in the sum of all.
        reads: An input whose encoding alone the head sees; `None` is what the fusion
            made of all.
        dropout: Share of the units that are read set to zero in training.
        source: What the input is, from its feature: `kind`, e.g. `signal` (without it
            the input is an array that is taken as it is); `shape` of one row, as the
            network takes it (without it that of the network's input); for numbers
            `flag_columns`, the columns (from 0) that the flags belong to, in the order
            of the flags. Other keys are left out.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    target: ClassVar[Target] = "values"

    def __init__(
        self,
        of: str,
        *,
        decoder: DecoderArgument = None,
        loss: Literal["mse", "mae", "huber"] = "mse",
        weight: NonNegative = 1.0,
        reads: str | None = None,
        dropout: Fraction = 0.0,
        source: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.of = of
        self.decoder = _described(decoder)
        self.loss = loss
        self.weight = weight
        self.reads = reads
        self.dropout = dropout
        self.source = _facts(source or {}) or None

    def learn_shape(self, shape: Sequence[int]) -> None:
        """Takes the shape of one row of the input, where the constructor had none."""
        self.source = _facts({"shape": shape, **(self.source or {})})

    def value_shape(self) -> tuple[int, ...]:
        """The shape of one row of labels and outputs.

        Raises:
            DataError: If such an input cannot be reconstructed.
        """
        kind, facts = self._kind(), self.source or {}
        if kind is not None and kind not in RECONSTRUCTED:
            text = f"`{self.of}` is a {kind} input, which cannot be reconstructed"
            fix = f"These can: {listing(list(RECONSTRUCTED))}. Leave this output out."
            raise DataError(sentence(f"output `{self.name}`", text, fix=fix))
        if "shape" not in facts:
            text = f"`Reconstruction` needs the shape of `{self.of}` to be built"
            fix = "Give `source={'shape': ...}`; a network takes it from its input."
            raise DataError(sentence(f"output `{self.name}`", text, fix=fix))
        shape = tuple(facts["shape"])
        flags = 1 if kind == "signal" else len(self._flag_columns())
        if shape and shape[-1] > flags:
            return (*shape[:-1], shape[-1] - flags)
        text = f"`{self.of}` has nothing to reconstruct"
        raise DataError(sentence(f"output `{self.name}`", text, f"`shape` {shape}"))

    def width(self) -> int:
        """Number of entries of a value."""
        return math.prod(self.value_shape())

    def build(self, input_shape: Any) -> None:
        """Makes the layers for inputs of shape `(rows, width)`."""
        self.drop = dropout(self.dropout, "drop", self.dtype_policy)
        shape = (input_shape[0], input_shape[-1])
        count = 1 if self._joined is None else input_shape[1]
        self.decoders = self._made(count)
        for layer in self.decoders:
            if not layer.built:
                layer.build(shape)
            self._check_decoder(layer, shape)

    def call(
        self, inputs: Any, presence: Any = None, training: bool | None = None
    ) -> Any:
        """Returns the values, `(rows, ...)`.

        Args:
            inputs: Fused vectors, or one input's encoding, `(rows, width)`.
            presence: Which inputs are there, boolean `(rows, inputs)`; only late fusion
                needs it.
            training: Whether dropout works.
        """
        ops = keras.ops
        inputs = self.drop(inputs, training=training)
        if self._joined is None:
            return _decoded(self.decoders[0], inputs, training)
        parts = [
            ops.reshape(_decoded(layer, inputs[:, i], training), (-1, self.width()))
            for i, layer in enumerate(self.decoders)
        ]
        joined = self._joined(ops.stack(parts, axis=1), presence, self.target)
        return ops.reshape(joined, (-1, *self.value_shape()))

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Returns `(rows, ...)`."""
        return (input_shape[0], *self.value_shape())

    def label_from(self, values: Any, present: Any) -> Any:
        """The values to reconstruct, float32; NaN where there is nothing to.

        Args:
            values: The input as the network takes it.
            present: Booleans `(rows,)`, or `None` where every row is present.

        Raises:
            DataError: If the values are whole numbers, but no bytes of pictures.
        """
        ops = keras.ops
        labels, known = self._observed(ops.convert_to_tensor(values))
        if present is not None:
            here = ops.cast(ops.convert_to_tensor(present), "bool")
            here = ops.reshape(here, (-1, *[1] * (len(labels.shape) - 1)))
            known = ops.logical_and(known, here)
        return ops.where(known, labels, float("nan"))

    def absent(self, outputs: Any) -> Any:
        """Labels that say "absent" for every row of these outputs."""
        return keras.ops.full_like(keras.ops.cast(outputs, "float32"), float("nan"))

    def row_loss(self, labels: Any, outputs: Any) -> Any:
        """The mean loss over the last axis, for labels that are all there."""
        return keras.ops.mean(self._each(outputs - labels, keras.ops), axis=-1)

    def row_errors(self, labels: Any, outputs: Any) -> np.ndarray:
        """Each row's mean loss over the entries that are there, in float64.

        Args:
            labels: What `label_from` gave.
            outputs: The head's outputs.

        Returns:
            `(rows,)`; NaN where a row has no label.
        """
        truth, made = numbers(labels), numbers(outputs)
        known = ~np.isnan(truth)
        axes = tuple(range(1, truth.ndim))
        counts = known.sum(axis=axes)
        each = self._each(np.where(known, made - truth, 0.0), np).sum(axis=axes)
        return np.where(counts > 0, each / np.maximum(counts, 1), np.nan)

    def metric_objects(self) -> list[keras.metrics.Metric]:
        """The mean absolute error over the entries that are there."""
        return [PresentMetric(keras.metrics.MeanAbsoluteError(name="mae"), "values")]

    def decode(self, outputs: Any) -> dict[str, np.ndarray]:
        """Returns `value`, `(rows, ...)`, in float64."""
        return {"value": numbers(outputs)}

    def given_layers(self) -> dict[str, Any]:
        """The decoder, where it is a layer that the user made; by its name here."""
        given = isinstance(self.decoder, keras.layers.Layer)
        return {"decoder": self.decoder} if given else {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Makes an unbuilt head from what `get_config` returned."""
        decoder = config.get("decoder")
        if isinstance(decoder, dict) and "class_name" in decoder:
            decoder = keras.saving.deserialize_keras_object(decoder)
        return cls(**{**config, "decoder": decoder})

    def _kind(self) -> str | None:
        return (self.source or {}).get("kind")

    def _flag_columns(self) -> list[int]:
        return list((self.source or {}).get("flag_columns", ()))

    def _made(self, count: int) -> list[Any]:
        """The decoder, or with a late fusion one for each input."""
        if isinstance(self.decoder, keras.layers.Layer):
            if count == 1:
                return [self.decoder]
            text = "a late fusion needs a decoder for each input, not one with weights"
            where = f"output `{self.name}`"
            fix = "Name a decoder, or let each head read one input by `reads`."
            raise DataError(sentence(where, text, fix=fix))
        shape = self.value_shape()
        document = self.decoder or DEFAULT_DECODERS.get(len(shape), "dense")
        word = document if isinstance(document, str) else document["type"]
        given: dict[str, Any] = {"shape": shape, "dtype": self.dtype_policy}
        if self._kind() == "image" and "activation" in DECODER.parameters(word):
            given["activation"] = "sigmoid"  # pixels are in [0, 1]
        names = [f"decoder_{i}" if count > 1 else "decoder" for i in range(count)]
        return [DECODER.build(document, name=name, **given) for name in names]

    def _check_decoder(self, layer: Any, input_shape: Any) -> None:
        found = tuple(layer.compute_output_shape(input_shape))[1:]
        if found != self.value_shape():
            text = f"the decoder must give values of shape {self.value_shape()}"
            raise DataError(sentence(f"output `{self.name}`", text, found))

    def _observed(self, values: Any) -> tuple[Any, Any]:
        """Labels and which of their entries are there."""
        ops = keras.ops
        dtype = keras.backend.standardize_dtype(values.dtype)
        if not keras.backend.is_float_dtype(dtype):
            self._need_bytes(dtype)
            labels = ops.cast(values, "float32") / 255.0
            return labels, ops.ones_like(labels, dtype="bool")
        values = ops.cast(values, "float32")
        if self._kind() == "signal":
            labels = values[..., :-1]
            seen = values[..., -1:] > 0
            return labels, ops.logical_and(seen, ops.ones_like(labels, dtype="bool"))
        if self._flag_columns():
            return self._unflagged(values)
        return values, ops.ones_like(values, dtype="bool")

    def _unflagged(self, values: Any) -> tuple[Any, Any]:
        (width,), columns = self.value_shape(), self._flag_columns()
        places = np.zeros((len(columns), width), "float32")
        places[np.arange(len(columns)), columns] = 1.0
        missing = keras.ops.matmul(values[:, width:], places)
        return values[:, :width], missing < 0.5

    def _need_bytes(self, dtype: str) -> None:
        if dtype != "uint8":
            text = f"`{self.of}` cannot be reconstructed: its values are {dtype}"
            fix = "Only floats and the bytes of pictures (uint8) can be."
            raise DataError(sentence(f"output `{self.name}`", text, fix=fix))

    def _each(self, difference: Any, ops: Any) -> Any:
        """The loss of every entry, by `keras.ops` or NumPy."""
        if self.loss == "mse":
            return ops.square(difference)
        size = ops.abs(difference)
        if self.loss == "mae":
            return size
        return ops.where(size <= 1.0, 0.5 * ops.square(difference), size - 0.5)


def _described(decoder: Any) -> Any:
    """The document of a decoder without weights, so that heads made alike are equal."""
    if isinstance(decoder, Decoder) and not decoder.built:
        return DECODER.document(decoder)
    return decoder


def _facts(source: Mapping[str, Any]) -> dict[str, Any]:
    """What the head needs to know of an input, as plain data."""
    found: dict[str, Any] = {}
    if source.get("kind") is not None:
        found["kind"] = str(source["kind"])
    for name in ("shape", "flag_columns"):
        if source.get(name) is not None:
            found[name] = [int(item) for item in source[name]]
    return found


def _decoded(layer: Any, inputs: Any, training: bool | None) -> Any:
    takes_training = "training" in layer.call_signature_parameters
    kwargs = {"training": mode(layer, training)} if takes_training else {}
    return keras.ops.cast(layer(inputs, **kwargs), "float32")
