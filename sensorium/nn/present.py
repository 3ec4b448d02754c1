"""Losses and metrics over the labels that are there (absent ones weigh nothing)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

import keras

from sensorium.errors import DataError, near, sentence

Target = Literal["category", "number", "flags", "values", "box", "mask"]
"""What labels are: a class id, a number, 0/1 flags, an array of numbers of which some
may be unknown, the four numbers of a box, or a class id for every pixel."""

_BY_ENTRY = ("values", "mask")
"""Targets whose entries may be unknown one by one."""


def labels_present(target: Target, labels: Any) -> Any:
    """Whether each row has a label: boolean `(rows,)`.

    Args:
        target: `category`: absent is an id below 0; `number`: NaN; `flags`, `box`: a
            row with any NaN; `values`: a row of NaN only; `mask`: ids below 0 only.
        labels: `(rows,)`; `(rows, flags)` for flags, `(rows, 4)` for boxes,
            `(rows, ...)` for values, `(rows, height, width)` for masks.
    """
    ops = keras.ops
    if target == "category":
        return labels >= 0
    if target in _BY_ENTRY:
        axes = tuple(range(1, len(labels.shape)))
        return ops.any(known_entries(labels, target), axis=axes)
    missing = ops.isnan(ops.cast(labels, "float32"))
    by_row = target in ("flags", "box")
    return ops.logical_not(ops.any(missing, axis=-1) if by_row else missing)


def known_entries(labels: Any, target: Target = "values") -> Any:
    """Which entries of `values` or `mask` labels are there: boolean, of their shape."""
    if target == "mask":
        return labels >= 0
    return keras.ops.logical_not(keras.ops.isnan(keras.ops.cast(labels, "float32")))


def clean(target: Target, labels: Any, outputs: Any) -> tuple[Any, Any, Any]:
    """Returns labels and outputs with zeros where the label is absent, and presence.

    Of `values` and masks every unknown entry becomes zero; presence is by row all the
    same. Replacing both before the loss (and its result after it) keeps NaN out of
    values and gradients, whatever the loss does with absent rows.
    """
    ops = keras.ops
    if target in ("category", "number") and len(labels.shape) == 2:
        labels = ops.squeeze(labels, -1)
    present = labels_present(target, labels)
    known = known_entries(labels, target) if target in _BY_ENTRY else present
    dtype = "int32" if target in ("category", "mask") else "float32"
    shown = _like(known, labels)
    safe = ops.where(shown, labels, ops.zeros_like(labels))
    outputs = ops.cast(outputs, "float32")
    shown = _like(known, outputs)
    return (
        ops.cast(safe, dtype),
        ops.where(shown, outputs, ops.zeros_like(outputs)),
        present,
    )


def entries_mean(values: Any, known: Any) -> Any:
    """Each row's mean over its known entries, `(rows,)`; 0 where a row has none."""
    ops = keras.ops
    axes = tuple(range(1, len(values.shape)))
    counts = ops.sum(ops.cast(known, "float32"), axis=axes)
    total = ops.sum(ops.where(known, values, ops.zeros_like(values)), axis=axes)
    return total / ops.maximum(counts, 1.0)


def present_mean(values: Any, present: Any, weight: Any = None) -> Any:
    """`sum(w * values * present) / sum(w * present)`; 0 where nothing is present."""
    ops = keras.ops
    weights = ops.cast(present, "float32")
    if weight is not None:
        weights = weights * ops.reshape(ops.cast(weight, "float32"), (-1,))
        present = weights > 0  # a loss without a number weighs nothing either
    values = ops.where(present, values, ops.zeros_like(values))
    total = ops.sum(weights)
    known = total > 0
    mean = ops.sum(values * weights) / ops.where(known, total, ops.ones_like(total))
    return ops.where(known, mean, ops.zeros_like(mean))


def row_means(values: Any, outputs: Any, where: str) -> Any:
    """The loss of each row, `(rows,)`, from what a loss gave.

    Args:
        values: `(rows, ...)`; further axes are averaged.
        outputs: What the loss was computed from, with rows on the first axis.
        where: How the message calls the loss.

    Raises:
        DataError: If it does not have one value, or several, a row: absent labels
            could not be left out.
    """
    shape, rows = tuple(values.shape), outputs.shape[0]
    if not shape or (None not in (shape[0], rows) and shape[0] != rows):
        text = "a loss must give one value a row, to leave out rows without a label"
        fix = "Do not average over rows; that is done afterwards."
        raise DataError(sentence(where, text, f"shape {shape}", fix))
    axes = tuple(range(1, len(shape)))
    return keras.ops.mean(values, axis=axes) if axes else values


def loss_rows(loss: Any, target: Target) -> Callable[[Any, Any], Any]:
    """A loss of Keras or of the user's as a function that does not average over rows.

    Heads of classes and flags give logits: a name of Keras's stands for the loss of
    logits, an object must say `from_logits=True`.

    Args:
        loss: A name, an object or a function `(labels, outputs) -> values`.
        target: What the labels are.

    Raises:
        DataError: If Keras has no such loss, or it is one of probabilities, of labels
            in another form, or a sum over rows.
    """
    try:
        found = keras.losses.get(loss)
    except ValueError as error:
        text = f"Keras has no loss `{loss}`"
        fix = near(str(loss), [n for n in vars(keras.losses) if n[0].islower()])
        raise DataError(sentence("loss", text, fix=fix)) from error
    if isinstance(found, keras.losses.Loss):
        _refuse_unfit(found, target)
        return found.call
    if target in ("category", "flags") and found in _OF_LOGITS:
        return partial(found, from_logits=True)
    return found


_OF_LOGITS = (
    keras.losses.sparse_categorical_crossentropy,
    keras.losses.binary_crossentropy,
    keras.losses.binary_focal_crossentropy,
)


def _refuse_unfit(loss: keras.losses.Loss, target: Target) -> None:
    where = f"loss `{loss.name}`"
    if loss.reduction == "sum":
        text = "a loss is the mean over the labels that are there, not their sum"
        raise DataError(sentence(where, text, fix="Leave `reduction` out."))
    arguments = getattr(loss, "_fn_kwargs", {})
    if target in ("category", "flags") and arguments.get("from_logits") is False:
        text = "the outputs are logits, and this loss takes probabilities"
        raise DataError(sentence(where, text, fix="Say `from_logits=True`."))


@keras.saving.register_keras_serializable("sensorium")
class Present(keras.losses.Loss):
    """Any loss, as its mean over the labels that are there.

    The result is `sum(w * loss * present) / sum(w * present)` with the sample weights
    w; a batch without labels gives 0 with gradient 0. The loss is computed in float32.
    The loss of a row of `values` is the mean over its known entries.

    Args:
        loss: A Keras loss by name, object, or function `(labels, outputs) -> values`.
        target: What the labels are: `category` (absent: an id below 0), `number` (NaN),
            `flags` and `box` (a row with any NaN), `values` (NaN entry by entry) or
            `mask` (ids below 0, pixel by pixel).
        name: Name of the loss.
    """

    def __init__(self, loss: Any, target: Target, name: str | None = None) -> None:
        super().__init__(name=name or loss_name(loss), dtype="float32")
        self.loss = loss
        self.target: Target = target
        self._rows = loss_rows(loss, target)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Returns the mean over the rows with a label, a scalar."""
        values, present = self.rows(y_true, y_pred)
        return present_mean(values, present, sample_weight)

    def rows(self, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
        """Returns the loss of each row, and whether it has a label, both `(rows,)`.

        Args:
            y_true: Labels, some of them absent.
            y_pred: Outputs.
        """
        y_true = keras.ops.convert_to_tensor(y_true)
        y_pred = keras.ops.convert_to_tensor(y_pred)
        labels, outputs, present = clean(self.target, y_true, y_pred)
        if self.target in _BY_ENTRY:
            each = self._each_entry(labels, outputs)
            known = known_entries(y_true, self.target)
            return entries_mean(each, known), present
        return self.call(labels, outputs), present

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the loss of each row, `(rows,)`, for labels that are all there."""
        values = self._rows(*_columns(self.target, y_true, y_pred))
        return row_means(values, y_pred, f"loss `{self.name}`")

    def _each_entry(self, labels: Any, outputs: Any) -> Any:
        each = self._rows(*_columns(self.target, labels, outputs))
        if len(each.shape) != len(labels.shape):
            text = "a loss of values is a mean over the last axis alone"
            shapes = f"{tuple(each.shape)} for labels {(*labels.shape, 1)}"
            raise DataError(sentence(f"loss `{self.name}`", text, shapes))
        return each

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        loss = keras.saving.serialize_keras_object(self.loss)
        return {"loss": loss, "target": self.target, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Present:
        """Makes a loss from what `get_config` returned."""
        loss = keras.saving.deserialize_keras_object(config["loss"])
        return cls(**{**config, "loss": loss})


@keras.saving.register_keras_serializable("sensorium")
class PresentMetric(keras.metrics.Metric):
    """Any metric, over the labels that are there; NaN while there were none.

    Args:
        metric: A Keras metric by name, or an object.
        target: What the labels are, as in `Present`.
        name: Name of the metric; by default that of the metric inside.
    """

    def __init__(self, metric: Any, target: Target, name: str | None = None) -> None:
        inner = named_metric(metric, target)
        super().__init__(name=name or inner.name, dtype="float32")
        self.metric = inner
        self.target: Target = target
        self.count = self.add_variable((), initializer="zeros", name="count")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes in one batch."""
        y_true = keras.ops.convert_to_tensor(y_true)
        y_pred = keras.ops.convert_to_tensor(y_pred)
        labels, outputs, present = clean(self.target, y_true, y_pred)
        weights = keras.ops.cast(present, "float32")
        if sample_weight is not None:
            weights = weights * keras.ops.reshape(sample_weight, (-1,))
        labels, outputs = _columns(self.target, labels, outputs)
        if self.target in _BY_ENTRY:  # every entry counts for itself
            known = keras.ops.cast(known_entries(y_true, self.target), "float32")
            weights = keras.ops.reshape(known * _like(weights, known), (-1,))
            wide = outputs.shape[-1]  # 1, or classes of a mask
            labels = keras.ops.reshape(labels, (-1, 1))
            outputs = keras.ops.reshape(outputs, (-1, wide))
        self.count.assign_add(keras.ops.sum(weights))
        self.metric.update_state(labels, outputs, sample_weight=weights)

    def result(self) -> Any:
        """Returns the value over all batches since the last reset."""
        value = self.metric.result()
        if isinstance(value, dict):
            return value
        return keras.ops.where(self.count > 0, value, float("nan"))

    def reset_state(self) -> None:
        """Forgets all batches."""
        self.count.assign(0.0)
        self.metric.reset_state()

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        metric = keras.saving.serialize_keras_object(self.metric)
        return {"metric": metric, "target": self.target, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> PresentMetric:
        """Makes a metric from what `get_config` returned."""
        metric = keras.saving.deserialize_keras_object(config["metric"])
        return cls(**{**config, "metric": metric})


def present_metric(metric: Any, target: Target) -> PresentMetric:
    """A metric over the labels that are there; one that is already stays as it is."""
    if isinstance(metric, PresentMetric):
        return metric
    return PresentMetric(metric, target)


def named_metric(metric: Any, target: Target) -> Any:
    """A metric object; `accuracy` means what it should for the target."""
    if isinstance(metric, str) and metric in ("accuracy", "acc"):
        if target in ("category", "mask"):
            return keras.metrics.SparseCategoricalAccuracy(name="accuracy")
        if target == "flags":
            return keras.metrics.MeanMetricWrapper(flag_accuracy, name="accuracy")
    found = keras.metrics.get(metric)
    if not isinstance(found, keras.metrics.Metric):
        name = getattr(found, "__name__", "metric")
        found = keras.metrics.MeanMetricWrapper(found, name=name)
    if isinstance(metric, str):
        found.name = metric  # as Keras does: the user's word for it
    return found


@keras.saving.register_keras_serializable("sensorium")
def flag_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Share of right flags in each row, from logits: `(rows,)`."""
    ops = keras.ops
    right = ops.equal(y_pred > 0, y_true > 0.5)
    return ops.mean(ops.cast(right, "float32"), axis=-1)


def loss_name(loss: Any) -> str:
    """A short name for a loss given by name, object or function."""
    if isinstance(loss, Mapping):
        loss = loss.get("type", "loss")
    if isinstance(loss, str):
        return loss
    return str(getattr(loss, "name", None) or getattr(loss, "__name__", "loss"))


def _columns(target: Target, labels: Any, outputs: Any) -> tuple[Any, Any]:
    # Keras's losses average over the last axis: neither rows nor entries of values.
    if target == "values":
        return keras.ops.expand_dims(labels, -1), keras.ops.expand_dims(outputs, -1)
    if target == "number" and len(outputs.shape) == 1:
        return keras.ops.expand_dims(labels, -1), keras.ops.expand_dims(outputs, -1)
    return labels, outputs


def _like(present: Any, values: Any) -> Any:
    if len(present.shape) > 1:  # by entry
        extra = len(values.shape) - len(present.shape)
        return keras.ops.expand_dims(present, -1) if extra else present
    extra = len(values.shape) - 1
    return keras.ops.reshape(present, (-1, *[1] * extra))
