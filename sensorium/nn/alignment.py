"""`Alignment`: encoders of inputs that occur together, taught without labels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import keras

from sensorium.errors import DataError, Problem, RecipeError, listing, sentence
from sensorium.nn.contrast import (
    contrastive_loss,
    enough_rows,
    retrieval_accuracy,
    unit_vectors,
)
from sensorium.nn.encoded import Encoded, mode, shown
from sensorium.nn.encoders.base import Encoder
from sensorium.nn.encoders.wrapped import Wrapped
from sensorium.nn.initializers import Constant, Glorot, seeded
from sensorium.nn.joining import PRESENT, check_inputs
from sensorium.nn.parts import register_all, saved

ROWS = "rows"
"""The label that says which rows count: NaN (as in padding) for those that do not."""

_LARGEST = math.log(100.0)


@keras.saving.register_keras_serializable("sensorium")
class AtMost(keras.constraints.Constraint):
    """Keeps a weight from growing over a value.

    Args:
        value: The value.
    """

    def __init__(self, value: float) -> None:
        self.value = value

    def __call__(self, w: Any) -> Any:
        """Returns the weight, at most the value."""
        return keras.ops.minimum(w, self.value)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's argument."""
        return {"value": self.value}


@keras.saving.register_keras_serializable("sensorium")
class Retrieval(keras.metrics.Mean):
    """A mean over the rows that count; NaN while there were none."""

    def result(self) -> Any:
        """Returns the mean since the last reset."""
        return keras.ops.where(self.count > 0, super().result(), float("nan"))


@keras.saving.register_keras_serializable("sensorium")
class Alignment(keras.Model):
    """Teaches encoders to place what belongs together in one place.

    CLIP (Radford et al. 2021, arXiv 2103.00020, section 2.3): each encoding is
    projected linearly, without bias, to a common width and brought to length 1; the
    loss is the symmetric cross-entropy of finding each row's partner in the batch (see
    `contrastive_loss`), with a learned temperature that starts at 0.07 and whose
    inverse stays at or below 100 (section 2.5). Of more than two inputs every pair is
    compared, and weighed by its rows. Different from the paper: inputs may be absent,
    and projections start by Glorot's distribution.

    Inputs and presence are given as to a `Network`. A row that lacks one of a pair's
    inputs does not count for the pair, neither as an anchor nor as a negative, and no
    gradient reaches an encoder from a row where its input is absent. There are no
    labels but `rows`, `(rows,)`: NaN leaves a row out, as padding is; without it all
    count. Two rows that show the same thing are taken for different ones.

    The encoders are used as they are, so it is they that learn. The projections and the
    temperature are thrown away with this model.

    Args:
        encoders: An encoder, or any Keras layer, for each of two or more inputs.
        units: Common width.
        seed: Decides the projections, and the encoders that have no weights yet.
        **kwargs: Keras's own, e.g. `name`.

    Raises:
        RecipeError: If there are fewer than two encoders, or a name has a `/`.
    """

    def __init__(
        self,
        encoders: Mapping[str, Any],
        units: int = 64,
        *,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(autocast=False, **kwargs)
        _check(encoders, units)
        self.encoders = {name: _used(part, name) for name, part in encoders.items()}
        self.units = units
        self.seed = seed
        self.projections = {name: self._projection(name) for name in encoders}
        self.retrieval = Retrieval(name="retrieval_accuracy")

    def _projection(self, name: str) -> Any:
        with seeded(self.seed, f"{name}/projection"):
            return keras.layers.Dense(
                self.units,
                use_bias=False,
                kernel_initializer=Glorot(),
                dtype="float32",
                name=f"{name}_projection",
            )

    # --- computing ---

    def build(self, input_shape: Mapping[str, Sequence[int | None]]) -> None:
        """Makes all weights for these shapes, with rows on the first axis."""
        shapes = {name: tuple(input_shape[name]) for name in self.encoders}
        for name, encoder in self.encoders.items():
            if not encoder.built:
                with seeded(self.seed, name):
                    encoder.build(shapes[name])
            encoded = encoder.compute_output_shape(shapes[name])
            self.projections[name].build(encoded)
        self.log_scale = self.add_weight(
            name="log_scale",
            shape=(),
            dtype="float32",
            initializer=Constant(math.log(1 / 0.07)),
            constraint=AtMost(_LARGEST),
        )
        self._shapes = shapes

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Checks the names, then computes as every Keras model does."""
        check_inputs(self.encoders, inputs)
        return super().__call__(inputs, *args, **kwargs)

    def call(
        self, inputs: Mapping[str, Any], training: bool | None = None
    ) -> dict[str, Any]:
        """Returns for each input its vectors `(rows, units)` of length 1, and presence.

        Where an input is absent its vector is zeros.
        """
        outputs: dict[str, Any] = {}
        for name, encoder in self.encoders.items():
            values, present = shown(inputs[name], inputs.get(name + PRESENT))
            encoded = Encoded(
                encoder(values, training=mode(encoder, training)), present
            )
            outputs[name] = unit_vectors(self.projections[name](encoded.vector()))
            outputs[name + PRESENT] = keras.ops.cast(present, "float32")
        return outputs

    def build_from(self, shapes: Mapping[str, tuple[Sequence[int], Any]]) -> Alignment:
        """Makes all weights without data.

        Args:
            shapes: For each input the shape of one row's value, and its dtype.
        """
        check_inputs(self.encoders, shapes)
        self.build({name: (None, *shape) for name, (shape, _) in shapes.items()})
        self.built = True
        return self

    @property
    def temperature(self) -> float:
        """What similarities are divided by, as learned so far."""
        return math.exp(-float(keras.ops.convert_to_numpy(self.log_scale.value)))

    # --- training ---

    def compile(self, optimizer: Any = "adam", **kwargs: Any) -> None:
        """Prepares training; the loss and the metric are this model's own.

        Args:
            optimizer: A Keras optimizer or its name.
            **kwargs: Further arguments of `keras.Model.compile`.
        """
        super().compile(optimizer=optimizer, **kwargs)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The mean of the pairs' losses, each weighed by its rows."""
        _refuse_weights(sample_weight)
        scale = keras.ops.exp(self.log_scale)
        return self._mean(
            y, y_pred, lambda a, b, rows: contrastive_loss(a, b, rows, scale)
        )[0]

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> Any:
        """Takes a batch into `retrieval_accuracy`, and returns the metrics."""
        accuracy, count = self._mean(y, y_pred, retrieval_accuracy)
        self.retrieval.update_state(accuracy, sample_weight=count)
        return self.get_metrics_result()

    def _mean(
        self, labels: Any, outputs: Mapping[str, Any], measure: Any
    ) -> tuple[Any, Any]:
        """The mean over all pairs of inputs, by their rows, and the sum of these."""
        ops = keras.ops
        total: Any = 0.0
        rows_of_all: Any = 0.0
        for first, second in combinations(self.encoders, 2):
            rows = _counted(labels, outputs, (first, second))
            count = enough_rows(rows)
            total += count * measure(outputs[first], outputs[second], rows)
            rows_of_all += count
        return total / ops.maximum(rows_of_all, 1.0), rows_of_all

    # --- saving ---

    def get_config(self) -> dict[str, Any]:
        """Returns what `from_config` needs to make an equal, unbuilt model."""
        return {
            "name": self.name,
            "encoders": {name: saved(part) for name, part in self.encoders.items()},
            "units": self.units,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Alignment:
        """Makes an unbuilt model from what `get_config` returned."""
        register_all()
        encoders = keras.saving.deserialize_keras_object(config["encoders"])
        return cls(**{**config, "encoders": encoders})

    def get_build_config(self) -> dict[str, Any]:
        """Returns the shapes that the weights were made for."""
        return {"shapes": {name: list(shape) for name, shape in self._shapes.items()}}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Makes the weights for the shapes that `get_build_config` returned."""
        self.build(config["shapes"])


def _check(encoders: Mapping[Any, Any], units: int) -> None:
    problems = []
    if len(encoders) < 2:
        text = "alignment needs two inputs or more, that occur together"
        received = listing([f"`{name}`" for name in encoders]) or "none"
        problems.append(Problem("encoders", f"{text}. Received: {received}."))
    problems += [
        Problem(str(name), "a name is a text without `/`, which separates a path.")
        for name in encoders
        if not isinstance(name, str) or not name or "/" in name
    ]
    if units < 1:
        problems.append(Problem("units", f"must be at least 1. Received: {units!r}."))
    if problems:
        raise RecipeError(problems)


def _used(layer: Any, name: str) -> Encoder:
    return layer if isinstance(layer, Encoder) else Wrapped(layer, name=name)


def _refuse_weights(weights: Any) -> None:
    if weights is not None:
        fix = f"Leave rows out by NaN in the label `{ROWS}`."
        raise DataError(sentence("sample_weight", "alignment takes none", fix=fix))


def _counted(labels: Any, outputs: Mapping[str, Any], pair: tuple[str, str]) -> Any:
    """Rows that have both inputs and are not left out by the label."""
    ops = keras.ops
    first, second = (outputs[name + PRESENT] > 0.5 for name in pair)
    both = ops.logical_and(first, second)
    rows = labels.get(ROWS) if isinstance(labels, Mapping) else labels
    if rows is None:
        return both
    given = ops.reshape(ops.cast(rows, "float32"), (-1,))
    return ops.logical_and(both, ops.logical_not(ops.isnan(given)))
