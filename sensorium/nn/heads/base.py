"""What every head does: an output, its loss over the labels there, its metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import keras
import numpy as np

from sensorium.errors import DataError, Problem, RecipeError, sentence
from sensorium.nn.dense import dense, dropout, members
from sensorium.nn.heads.given_loss import GivenLoss, given_loss
from sensorium.nn.heads.loss_words import GAMMA, loss_problems
from sensorium.nn.layer import DeclaredLayer
from sensorium.nn.present import Present, PresentMetric, Target, loss_name

_COPIED = ("labels_of", "passes")


class Head(DeclaredLayer):
    """Turns fused vectors `(rows, width)` into one output.

    The output is computed in float32 under every precision policy. A subclass has a
    constructor of its own with `loss`, `weight`, `dropout` and `reads`, and tells the
    width of its output.

    Args:
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    target: ClassVar[Target]
    """What the labels are, see `sensorium.nn.present`."""

    loss: Any
    weight: float
    dropout: float
    reads: str | None
    """The input whose encoding alone it sees; `None` is the fused vector."""
    own_losses: ClassVar[tuple[str, ...]] = ()
    """Words of losses that the head computes itself; empty where it takes no other."""
    of: str | None = None
    """The input that its labels are made of; `None` where labels are given."""
    labels_of: str | None = None
    """The output whose labels it learns, where the input that it reads is present."""
    passes: float = 1.0
    """What its gradient is multiplied by where it goes on to what the head reads."""
    image: str | None = None
    """The image input that it belongs to, where it was named."""
    looks_at_maps: bool = False
    """Whether it is given the maps of an image's encoder, too: `scales` of `call`."""
    _scales: Sequence[tuple[Any, ...]] = ()
    _joined: Any = None
    _found_loss: GivenLoss | None = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def width(self) -> int:
        """Width of the layer's output."""
        raise NotImplementedError

    def join_members(self, combine: Any) -> None:
        """Makes the head answer for every input alone: late fusion.

        It takes `(rows, inputs, width)` then, and has weights for each input.

        Args:
            combine: A late fusion's `combine`.
        """
        self._joined = combine

    def build(self, input_shape: Any) -> None:
        """Makes the layer for inputs of shape `(rows, width)`."""
        self.drop = dropout(self.dropout, "drop", self.dtype_policy)
        self.output_layer = (
            dense(self.width(), name="output", dtype="float32")
            if self._joined is None
            else members(input_shape[1], self.width(), name="output")
        )
        self.output_layer.build(input_shape)

    def linear(
        self, inputs: Any, presence: Any = None, training: bool | None = None
    ) -> Any:
        """The output before what the subclass makes of it: `(rows, width)`, float32."""
        if self.passes != 1.0:
            held = keras.ops.stop_gradient((1.0 - self.passes) * inputs)
            inputs = held + self.passes * inputs
        inputs = self.drop(inputs, training=training)
        outputs = self.output_layer(keras.ops.cast(inputs, "float32"))
        if self._joined is None:
            return outputs
        return self._joined(outputs, presence, self.target)

    def call(
        self, inputs: Any, presence: Any = None, training: bool | None = None
    ) -> Any:
        """Returns logits, `(rows, width)`.

        Args:
            inputs: Fused vectors, or one input's encoding, `(rows, width)`.
            presence: Which inputs are there, boolean `(rows, inputs)`; only late fusion
                needs it.
            training: Whether dropout works.
        """
        return self.linear(inputs, presence, training)

    def learn_shape(self, shape: Any) -> None:
        """Takes the shape of one row of the input `of`, before `build`."""
        raise NotImplementedError

    def learn_scales(self, shapes: Sequence[tuple[Any, ...]]) -> None:
        """Takes the shapes of the maps of the image's encoder, before `build`.

        Args:
            shapes: `(rows, height, width, channels)` each, the finest first.
        """
        self._scales = [tuple(shape) for shape in shapes]

    def need_vector(self) -> None:
        """Raises `DataError` where a late fusion has nothing to look for."""
        if self._joined is None:
            return
        text = "a late fusion has no vector of all inputs that could say what to "
        text += "look for in the picture"
        fix = "Choose another fusion, or let the head read one input by `reads`."
        raise DataError(sentence(f"output `{self.name}`", text, fix=fix))

    def label_from(self, values: Any, present: Any) -> Any:
        """Labels made of the input `of`: absent (NaN) where the input is.

        Args:
            values: The input as the network takes it.
            present: Booleans `(rows,)`, or `None` where every row is present.
        """
        raise NotImplementedError

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Returns `(rows, width)`."""
        return (input_shape[0], self.width())

    def row_loss(self, labels: Any, outputs: Any) -> Any:
        """The loss of each row, `(rows,)`, for labels that are all there."""
        raise NotImplementedError

    def given_loss(self) -> GivenLoss | None:
        """The loss that the user gave; `None` for a word of the head's own.

        It is looked for when it is needed: predicting needs no loss.

        Raises:
            DataError: If there is no such loss, or it does not fit the head.
        """
        if isinstance(self.loss, str) and self.loss in self.own_losses:
            return None
        if self._found_loss is None:
            where = f"output `{self.name}`"
            self._found_loss = given_loss(self.loss, self.target, where)
        return self._found_loss

    def check_loss(self) -> None:
        """Raises `RecipeError` where arguments of the loss do not go together."""
        given = {"loss": self.loss}
        for name in ("gamma", "label_smoothing"):
            given[name] = getattr(self, name, None)
        problems = list(loss_problems(self.target, given))
        if problems:
            kind = type(self).__name__
            raise RecipeError(
                Problem(f"{kind}.{path}", text) for path, text in problems
            )

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments, and what makes it a copy of another."""
        if self.labels_of is None:
            return super().get_config()
        copied = {"labels_of": self.labels_of, "passes": self.passes}
        return {**super().get_config(), **copied}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Makes an unbuilt head from what `get_config` returned."""
        copied = {name: config[name] for name in _COPIED if name in config}
        config = {name: config[name] for name in config if name not in _COPIED}
        loss = config.get("loss")
        if isinstance(loss, dict) and "class_name" in loss:
            loss = keras.saving.deserialize_keras_object(loss)
            config = {**config, "loss": loss}
        head = cls(**config)
        for name, value in copied.items():
            setattr(head, name, value)
        return head

    def loss_function(self) -> keras.losses.Loss:
        """The loss for `compile`: a mean over the labels that are there."""
        if self.own_losses:
            self.given_loss()  # a mistake shows before training begins
        return Present(self.row_loss, self.target, name=loss_name(self.loss))

    def metric_objects(self) -> list[keras.metrics.Metric]:
        """New metrics for `compile`, over the labels that are there."""
        return [PresentMetric("accuracy", self.target)]

    def absent(self, outputs: Any) -> Any:
        """Labels that say "absent" for every row of these outputs."""
        ops = keras.ops
        if self.target in ("flags", "box"):
            return ops.full_like(ops.cast(outputs, "float32"), float("nan"))
        flat = ops.cast(outputs, "float32")
        flat = flat if len(flat.shape) == 1 else flat[:, 0]
        value = -1.0 if self.target == "category" else float("nan")
        return ops.full_like(flat, value)

    def decode(self, outputs: Any) -> dict[str, np.ndarray]:
        """Turns the outputs of some rows into named arrays, in float64."""
        raise NotImplementedError

    def need(self, argument: str) -> Any:
        """Returns an argument that the data give; raises `DataError` if nobody did."""
        value = getattr(self, argument)
        if value is None:
            text = f"`{type(self).__name__}` needs `{argument}` to be built"
            fix = f"Give `{argument}=`; a recipe takes it from the fitted target."
            raise DataError(sentence(f"output `{self.name}`", text, fix=fix))
        return value


def focus(missed: Any, gamma: float | None) -> Any:
    """The focal loss's factor, `missed ** gamma`.

    Args:
        missed: One less the probability of what is right.
        gamma: Its exponent, from 0; `None` is 2.
    """
    # At exactly 0 the gradient of a power below 1 is infinite.
    missed = keras.ops.maximum(missed, 1e-7)
    return keras.ops.power(missed, GAMMA if gamma is None else gamma)


def numbers(outputs: Any) -> np.ndarray:
    """A network's outputs as a float64 NumPy array."""
    return np.asarray(keras.ops.convert_to_numpy(outputs), dtype=np.float64)
