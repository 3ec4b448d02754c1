"""What every fusion does, and its promise about absent inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import keras
import numpy as np

from sensorium.errors import DataError, sentence
from sensorium.nn.dense import dense, dropout, layer_norm
from sensorium.nn.initializers import Normal, Uniform
from sensorium.nn.layer import DeclaredLayer
from sensorium.nn.perceptron import Perceptron

_NARROW = 8


class Fusion(DeclaredLayer):
    """Joins encoded inputs into one vector a row.

    `call(inputs, presence, training=None)` takes a list of tensors `(rows, width_i)`
    and a boolean tensor `(rows, inputs)`, and returns `(rows, units)`. Every fusion
    promises that where an input is absent its values do not count, whatever they are
    (NaN too), that no gradient reaches them, and that a row with nothing present is
    finite.

    Args:
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    units: int
    num_layers: int
    dropout: float
    takes_tokens: ClassVar[bool] = False
    """Whether inputs may be tokens, `(rows, tokens, width)`, if an encoder has them."""
    late: ClassVar[bool] = False
    """Whether every input is answered for alone and `combine` joins the answers."""
    input_names: tuple[str, ...] = ()
    """The inputs' names, which a network sets; empty where there is none."""
    output_names: tuple[str, ...] = ()
    """The outputs that are made of what is fused, which a network sets, too."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    # --- for users ---

    def compute_output_shape(
        self, inputs_shape: Any, presence_shape: Any = None, **kwargs: Any
    ) -> tuple[Any, ...]:
        """Returns `(rows, units)`."""
        return (inputs_shape[0][0], self.units)

    def combine(self, outputs: Any, presence: Any, target: str) -> Any:
        """Joins the inputs' answers, where `late` is true.

        Args:
            outputs: `(rows, inputs, width)`: logits, or scaled values.
            presence: Boolean `(rows, inputs)`.
            target: What the head predicts: `category`, `number`, `flags` or `values`.

        Returns:
            One answer a row, `(rows, width)`, of the same meaning.
        """
        raise NotImplementedError

    def joiner(self, output: str) -> Any:
        """What joins the inputs' answers for an output: `combine`, as a rule.

        Args:
            output: Its name.
        """
        return self.combine

    def weights_by_input(
        self, inputs: Any = None, presence: Any = None
    ) -> dict[str, float | np.ndarray]:
        """How much each input counts, where the fusion has a weight for it.

        Args:
            inputs: Encoded inputs as for `call`, where weights depend on the row.
            presence: Boolean `(rows, inputs)`; without it all are present.

        Returns:
            Input -> share of 1, or an array with the share in each unit; the mean over
            the rows given.

        Raises:
            DataError: If this fusion has no weights by input, or needs rows for them.
        """
        text = "this fusion has no weight for each input"
        fix = "Use `average`, `gated`, `experts`, `tokens`, `perceiver`, "
        fix += "`bottleneck`, `cross_attention`, or `late` with `mode: stacking`."
        raise DataError(sentence(self.where(), text, type(self).__name__, fix))

    # --- for the fusions themselves ---

    def where(self, index: int | None = None) -> str:
        """How messages call this layer, or one of its inputs."""
        layer = f"fusion `{self.name}`"
        names = self.names(0 if index is None else index + 1)
        return layer if index is None else f"{layer}, input `{names[index]}`"

    def names(self, count: int) -> tuple[str, ...]:
        """The inputs' names, or their numbers where there is no network."""
        return self.input_names or tuple(str(index) for index in range(count))

    def check_shapes(self, inputs_shape: Any) -> list[tuple[Any, ...]]:
        """Returns the shapes as tuples; raises `DataError` if one does not fit."""
        shapes = [tuple(shape) for shape in inputs_shape]
        if not shapes:
            raise DataError(sentence(self.where(), "expected at least one input", []))
        for index, shape in enumerate(shapes):
            fits = len(shape) == 2 or (self.takes_tokens and len(shape) == 3)
            if not fits or shape[-1] is None:
                wanted = "(rows, width)"
                if self.takes_tokens:
                    wanted += " or (rows, tokens, width)"
                text = f"expected {wanted} of known width"
                fix = "Pool it into one vector a row first."
                raise DataError(sentence(self.where(index), text, shape, fix))
        return shapes

    def parts(self, inputs: Sequence[Any], presence: Any) -> list[tuple[Any, Any]]:
        """Pairs of one input's values and its presence `(rows, 1)`.

        Where an input is absent its values are zeros, and no gradient passes.
        """
        ops = keras.ops
        presence = self.shown(inputs, presence)
        pairs = []
        for index, values in enumerate(inputs):
            here = presence[:, index : index + 1]
            like = ops.reshape(here, (-1, *[1] * (len(values.shape) - 1)))
            clean = ops.where(like, values, ops.zeros_like(values))
            pairs.append((ops.cast(clean, self.compute_dtype), here))
        return pairs

    def shown(self, inputs: Sequence[Any], presence: Any) -> Any:
        """Presence as booleans `(rows, inputs)`; raises `DataError` if not of them."""
        count = len(inputs)
        if presence is None:
            rows = keras.ops.shape(inputs[0])[0]
            return keras.ops.ones((rows, count), dtype="bool")
        presence = keras.ops.cast(presence, "bool")
        if len(presence.shape) != 2 or presence.shape[1] != count:
            text = f"expected the presence of {count} inputs, (rows, {count})"
            raise DataError(sentence(self.where(), text, tuple(presence.shape)))
        return presence

    def shares_of(self, by_row: Any) -> dict[str, float | np.ndarray]:
        """Weights by input from how much each counts in each row, `(rows, inputs)`."""
        total = np.asarray(keras.ops.convert_to_numpy(by_row), "float64").sum(axis=0)
        shares = total / total.sum() if total.sum() > 0 else total
        return dict(zip(self.names(len(shares)), map(float, shares), strict=True))

    def rows(self, inputs: Any) -> Any:
        """Returns the inputs; raises `DataError` if none are given."""
        if inputs is None:
            text = "how much each input counts depends on the row here"
            fix = "Give encoded rows: `weights_by_input(inputs, presence)`."
            raise DataError(sentence(self.where(), text, fix=fix))
        return inputs

    def make_norms(self, shapes: Sequence[Any]) -> list[Any]:
        """A built layer normalisation for each input; narrow ones stay as they are."""
        return [
            input_norm(f"norm_{index}", shape, self.dtype_policy)
            for index, shape in enumerate(shapes)
        ]

    def make_projections(
        self, shapes: Sequence[Any], units: int, activation: str | None = None
    ) -> None:
        """Makes what `projected` uses: norms, and dense layers to one width."""
        self.norms, self.projections = self.make_norms(shapes), []
        for index, shape in enumerate(shapes):
            name, policy = f"projection_{index}", self.dtype_policy
            layer = dense(units, activation, name=name, dtype=policy)
            layer.build(shape)
            self.projections.append(layer)

    def make_factors(self, shapes: Sequence[Any], units: int) -> None:
        """Makes what `projected` uses, for factors `1 + W norm(h) + b` of a product.

        The first W shrink with the number of inputs M: `W h` has variance 1 / M and the
        square of the product a mean below e, however many factors there are.
        """
        self.norms, self.projections = self.make_norms(shapes), []
        for index, shape in enumerate(shapes):
            name, policy = f"factor_{index}", self.dtype_policy
            layer = dense(units, name=name, dtype=policy)
            layer.kernel_initializer = Normal((shape[-1] * len(shapes)) ** -0.5)
            layer.build(shape)
            self.projections.append(layer)

    def projected(self, inputs: Sequence[Any], presence: Any) -> list[tuple[Any, Any]]:
        """Pairs of `W norm(h) + b`, `(rows, units)`, and presence `(rows, 1)`."""
        parts = self.parts(inputs, presence)
        layers = zip(parts, self.norms, self.projections, strict=True)
        return [(dense(norm(values)), here) for (values, here), norm, dense in layers]

    def make_hidden(self, units: int, width: int | None = None) -> None:
        """Makes `num_layers` hidden layers; with none there is dropout alone.

        Args:
            units: Width of the output.
            width: Width of what comes in; by default the same.
        """
        policy, layers, rate = self.dtype_policy, self.num_layers, self.dropout
        if layers == 0:
            self.hidden = dropout(rate, "drop", policy)
            return
        self.hidden = Perceptron(units, layers, rate, name="hidden", dtype=policy)
        self.hidden.build((None, width or units))

    def make_nothing(self, units: int) -> None:
        """Makes the learned vector that a row with nothing present gets."""
        self.nothing = self.add_weight(
            shape=(units,), initializer=Uniform(0.05), name="nothing"
        )

    def or_nothing(self, fused: Any, any_present: Any) -> Any:
        """`fused` where anything is present, `(rows, 1)`; else the learned vector."""
        ops = keras.ops
        return ops.where(any_present, fused, ops.cast(self.nothing, fused.dtype))

    def get_build_config(self) -> dict[str, Any] | None:
        """Returns the shapes and names that the weights were made for."""
        config = super().get_build_config()
        names = {"input_names": self.input_names, "output_names": self.output_names}
        return config and {**config, **{key: list(names[key]) for key in names}}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Makes the weights for what `get_build_config` returned."""
        config = dict(config)
        self.input_names = tuple(config.pop("input_names", ()))
        self.output_names = tuple(config.pop("output_names", ()))
        super().build_from_config(config)


def input_norm(name: str, shape: Any, policy: Any) -> Any:
    """A built layer normalisation, so that no encoder drowns the others.

    Inputs narrower than 8 pass as they are: normalising would take away most of what
    they say.

    Args:
        name: Name of the layer, part of its weights' paths.
        shape: Shape of the input.
        policy: Keras's dtype policy.
    """
    wide = shape[-1] >= _NARROW
    layer = layer_norm(name, policy) if wide else keras.layers.Identity(name=name)
    layer.build(shape)
    return layer


def any_of(pairs: Sequence[tuple[Any, Any]]) -> Any:
    """Whether any of the parts is present, `(rows, 1)`."""
    ops = keras.ops
    found = pairs[0][1]
    for _, here in pairs[1:]:
        found = ops.logical_or(found, here)
    return found


def present_mean_of(pairs: Any) -> Any:
    """Mean of the parts that are there, `(rows, width)`; zeros where none is."""
    ops = keras.ops
    shares = [ops.cast(here, values.dtype) for values, here in pairs]
    total = sum(
        values * share for (values, _), share in zip(pairs, shares, strict=True)
    )
    return total / ops.maximum(sum(shares), 1.0)


def masked_softmax(logits: Any, here: Any, axis: int = -1) -> Any:
    """Shares of 1 along an axis, of what is there; zeros elsewhere, and for nothing.

    Args:
        logits: In float32.
        here: Booleans of a shape that broadcasts to that of `logits`.
        axis: Along which the shares sum to 1.
    """
    ops = keras.ops
    here = ops.logical_and(here, ops.ones_like(logits, dtype="bool"))
    shares = ops.cast(here, "float32")
    if logits.shape[axis] == 1:  # Keras warns of a softmax over one
        return shares
    return shares * ops.softmax(ops.where(here, logits, -1e9), axis=axis)
