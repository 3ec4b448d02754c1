"""`loaded`: a model from elsewhere, cut to an encoder, as plain data and weights."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any, Literal

import keras
import numpy as np

from sensorium.errors import DataError, sentence
from sensorium.nn.encoders.needs import Needs, needs_of
from sensorium.nn.encoders.pooled import Pool, said
from sensorium.nn.encoders.wrapped import Wrapped
from sensorium.nn.layer import DeclaredLayer


@keras.saving.register_keras_serializable("sensorium")
class Loaded(Wrapped):
    """What `sensorium.encoders.load` returns; documents do not name it by hand.

    It is a description, Keras's own, of the cut model, so that it is made again without
    the file it came from; its weights are the network's.

    Args:
        model: Keras's description of the cut model.
        at: The layer where the model was cut.
        because: Which layer was taken, and why.
        pool: What becomes of an output of more than two axes: see `Wrapped`.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    def __init__(
        self,
        model: Mapping[str, Any],
        *,
        at: str = "",
        because: str = "",
        pool: Literal["auto", "average", "max", "flatten", "none"] = "auto",
        **kwargs: Any,
    ) -> None:
        super().__init__(None, pool=pool, **kwargs)
        self.model = model
        self.at = at
        self.because = because
        self.feature: Any = None

    @classmethod
    def of(
        cls, model: Any, at: str, because: str, pool: Pool, name: str | None = None
    ) -> Loaded:
        """Makes a built encoder of a cut model, whose weights it takes over.

        Args:
            model: A Keras model with one input and one output.
            at: The layer where it was cut.
            because: Which layer was taken, and why.
            pool: What becomes of an output of more than two axes.
            name: Name of the encoder.
        """
        document = json.loads(json.dumps(keras.saving.serialize_keras_object(model)))
        encoder = cls(document, at=at, because=because, pool=pool, name=name)
        encoder.layer = model
        encoder.build(tuple(keras.tree.flatten(model.inputs)[0].shape))
        encoder.built = True
        return encoder

    def build(self, input_shape: Any) -> None:
        """Makes the model inside, for inputs of the shape that it was made for.

        Raises:
            DataError: If the input has another shape; names both.
        """
        if self.layer is None:
            self.layer = keras.saving.deserialize_keras_object(_plain(self.model))
        self.needs.check_shape(input_shape, self._where())
        super().build(input_shape)

    def check_layer(self) -> None:
        """Nothing: where the model was cut was said when it was loaded."""

    @functools.cached_property
    def needs(self) -> Needs:
        """What it takes: shape and type of a row, and the range where it is known."""
        if self.layer is None:
            raise DataError(sentence(self._where(), "was not built yet"))
        return needs_of(self.layer)

    def check_values(self, values: np.ndarray) -> None:
        """Warns (`ValuesWarning`) if rows are far from what the model was taught with.

        Args:
            values: Some rows, without absent ones.
        """
        self.needs.warn(values, self._where())

    def describe(self) -> str:
        """Says in words what it takes, what it gives, and why this layer."""
        shape = self._inner_shape((None, *self.needs.shape))
        return f"takes {self.needs}; gives {said(shape, self.pool)}. {self.because}"

    def __repr__(self) -> str:
        given = "" if self.layer is None else f": {self.describe()}"
        return f"<Loaded {self.name!r} at {self.at!r}{given}>"

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments, all of them plain data."""
        return DeclaredLayer.get_config(self)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loaded:
        """Makes an unbuilt encoder from what `get_config` returned."""
        return cls(**config)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
