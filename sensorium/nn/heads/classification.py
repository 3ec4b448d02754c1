"""`classification`: one of two or more classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import keras
import numpy as np

from sensorium.errors import DataError, listing, near, sentence
from sensorium.nn.heads.base import focus, numbers
from sensorium.nn.heads.given_loss import described
from sensorium.nn.heads.labelled import LabelledHead
from sensorium.nn.initializers import Constant
from sensorium.nn.present import Target
from sensorium.schema.types import Fraction, LossArgument, NonNegative, Positive


@keras.saving.register_keras_serializable("sensorium")
class Classification(LabelledHead):
    """Predicts a class; the output is one logit for each, also for two classes.

    Labels are class ids from 0, `(rows,)`; -1 (any id below 0) is an absent label. The
    loss is the cross-entropy `logsumexp(z) - z_label`. With label smoothing s, the
    share s of a label is spread evenly over all classes.

    `loss="focal"` multiplies what a class adds by `(1 - p) ** gamma`, with p its
    probability, so that rows that are easy by now weigh little (Lin et al. 2017, arXiv
    1708.02002, section 3.2, with a softmax; their alpha is `class_weight` here).

    A loss of your own gets class ids `(rows,)` and logits `(rows, classes)` and gives
    one value a row. A loss that is named is looked for when training begins.

    A class weight multiplies the loss of its rows; the mean is still taken over the
    number of labels. `balanced` weights are `labels / (classes * labels of the class)`,
    so that their mean over the training rows is 1. `balanced` and a mapping by class
    names wait for `adapt`, until then all weights are 1.

    Args:
        num_classes: Number of classes.
        loss: `crossentropy`, `focal`, or one of your own: a function, a Keras loss of
            logits, its registered name, or a mapping with `type` and arguments.
        gamma: Of the focal loss, from 0 (the cross-entropy); `None` is 2.
        label_smoothing: Share of each label that is spread over all classes.
        class_weight: `balanced`, a weight for each class name, or a list by class id.
        **settings: Those of `LabelledHead`: `weight`, `dropout`, `column`,
            `sample_weight` and `reads`; and Keras's `name`, `dtype` and `trainable`.
    """

    target: ClassVar[Target] = "category"
    own_losses: ClassVar[tuple[str, ...]] = ("crossentropy", "focal")

    def __init__(
        self,
        num_classes: Positive | None = None,
        *,
        loss: Literal["crossentropy", "focal"] | LossArgument = "crossentropy",
        gamma: NonNegative | None = None,
        label_smoothing: Fraction = 0.0,
        class_weight: Literal["balanced"]
        | Mapping[str, NonNegative]
        | Sequence[NonNegative]
        | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.num_classes = num_classes
        self.loss = described(loss, self.target)
        self.gamma = gamma
        self.label_smoothing = label_smoothing
        self.class_weight = class_weight
        self.check_loss()

    def width(self) -> int:
        """Number of classes."""
        return int(self.need("num_classes"))

    def build(self, input_shape: Any) -> None:
        """Makes the layer for inputs of shape `(rows, width)`."""
        super().build(input_shape)
        if self.class_weight is None:
            return
        self.class_weights = self.add_weight(
            shape=(self.width(),),
            initializer=Constant(1.0),
            trainable=False,
            dtype="float32",
            name="class_weights",
        )
        if not isinstance(self.class_weight, (str, Mapping)):
            self.class_weights.assign(self._listed(self.class_weight))

    def adapt(self, counts: Sequence[int], classes: Sequence[object] = ()) -> None:
        """Takes class counts of the training rows, to set the class weights.

        Args:
            counts: Number of labels of each class, by id.
            classes: The classes by id; needed where `class_weight` names them.

        Raises:
            DataError: If a named class does not exist.
        """
        if self.class_weight is None:
            return
        if self.class_weight == "balanced":
            amounts = np.maximum(np.asarray(counts, np.float64), 1.0)
            weights = amounts.sum() / (len(amounts) * amounts)
        elif isinstance(self.class_weight, Mapping):
            weights = self._named([str(item) for item in classes])
        else:
            weights = self._listed(self.class_weight)
        self.class_weights.assign(np.asarray(weights, "float32"))

    def row_loss(self, labels: Any, outputs: Any) -> Any:
        """The loss of each row, `(rows,)`, times its class's weight."""
        ops = keras.ops
        given = self.given_loss()
        hot = ops.one_hot(labels, self.width(), dtype="float32")
        loss = given(labels, outputs) if given else self._entropy(hot, outputs)
        if self.class_weight is None:
            return loss
        return loss * ops.sum(hot * self.class_weights, axis=-1)

    def _entropy(self, hot: Any, outputs: Any) -> Any:
        ops = keras.ops
        logs = ops.log_softmax(outputs, axis=-1)
        share = self.label_smoothing
        goal = hot * (1.0 - share) + share / self.width()
        if self.loss == "focal":
            goal = goal * focus(1.0 - ops.exp(logs), self.gamma)
        return -ops.sum(goal * logs, axis=-1)

    def decode(self, outputs: Any) -> dict[str, np.ndarray]:
        """Returns `id`, `(rows,)`, and `probability`, `(rows, classes)`, in float64."""
        logits = numbers(outputs)
        powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
        probability = powers / powers.sum(axis=-1, keepdims=True)
        return {"id": logits.argmax(axis=-1), "probability": probability}

    def _listed(self, weights: Sequence[float]) -> Sequence[float]:
        if len(weights) != self.width():
            text = f"`class_weight` needs {self.width()} entries, one for each class"
            raise DataError(sentence(f"output `{self.name}`", text, list(weights)))
        return weights

    def _named(self, classes: list[str]) -> list[float]:
        given = dict(self.class_weight)  # type: ignore[arg-type]  # a mapping
        for name in given:
            if name not in classes:
                text = f"`class_weight` names the class `{name}`, which does not exist"
                fix = near(name, classes) or f"Known: {listing(classes, 12)}."
                raise DataError(sentence(f"output `{self.name}`", text, fix=fix))
        return [float(given.get(name, 1.0)) for name in classes]
