"""Steps of training in which several losses, or several inputs, are balanced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np

from sensorium.engine import Found, engine
from sensorium.errors import DataError, RecipeError, sentence
from sensorium.network.gradients import Gradients, shared_length
from sensorium.nn.balance import BALANCES
from sensorium.nn.balance.base import Balance, only_known
from sensorium.nn.balance.fixed import FixedBalance
from sensorium.nn.heads.base import Head
from sensorium.nn.initializers import seeded
from sensorium.nn.labels import complete_labels, complete_weights
from sensorium.nn.loss_metric import RecordedLoss
from sensorium.nn.moment import Moment
from sensorium.nn.parts import fresh
from sensorium.nn.present import labels_present
from sensorium.schema import Role


class BalancedModel(keras.Model):
    """A Keras model whose `train_step` asks a balance, where there is one.

    Without one every step is Keras's own. State of a balance goes through steps, files
    and checkpoints beside the weights, without being one of `weights`.
    """

    encoders: dict[str, Any]
    heads: dict[str, Head]
    seed: int
    output_losses: dict[str, Any]
    output_weights: dict[str, float]
    balance: Balance | None = None
    input_balance: Any = None
    _step: Step | None = None

    def compile(
        self, *, balance: Any = None, input_balance: Any = None, **kwargs: Any
    ) -> None:
        """Prepares training.

        Args:
            balance: Weighs the losses: a word, a document or a `Balance`; `None` and
                `fixed` leave it to the outputs' weights.
            input_balance: A `sensorium.nn.moment.Steering`, or `None`.
            **kwargs: `loss` and `loss_weights` for every output, and further arguments
                of `keras.Model.compile`.

        Raises:
            DataError: If there is one output only.
            RecipeError: If the balance's document is wrong.
        """
        super().compile(**kwargs)
        rule = chosen(balance, len(self.heads))
        if input_balance is not None and not input_balance.built:
            input_balance.begin(self)
        for number, part in enumerate((rule, input_balance)):
            if part is not None and not part.built:
                with seeded(self.seed, f"balance/{number}"):
                    part.build((len(self.heads),))
        # Keras allows no new parts in a built model, and these are none: they are not
        # weights of the network. It finds and saves them by their names all the same.
        hold = partial(object.__setattr__, self)
        hold("output_losses", dict(kwargs["loss"]))
        hold("output_weights", dict(kwargs["loss_weights"]))
        hold("balance", rule)
        hold("input_balance", input_balance)
        none = rule is None and input_balance is None
        step = None if none else Step(self, kwargs["loss"], kwargs["loss_weights"])
        hold("_step", step)

    def train_step(self, *arguments: Any) -> Any:
        """One step of training, as Keras calls it."""
        if self._step is None:
            return super().train_step(*arguments)
        return engine().train_step(self, self._step, *arguments)

    @property
    def non_trainable_variables(self) -> list[Any]:
        """Variables that no optimizer changes, with those of the balances."""
        found = list(super().non_trainable_variables)
        return [*found, *self.balance_variables]

    @property
    def balance_variables(self) -> list[Any]:
        """What the balances remember."""
        rules = [r for r in (self.balance, self.input_balance) if r is not None]
        return [variable for rule in rules for variable in rule.variables]

    @property
    def metrics(self) -> list[Any]:
        """All metrics, with the mean weight of each output."""
        means = [] if self._step is None else list(self._step.means.values())
        return [*super().metrics, *means]

    def get_metrics_result(self) -> dict[str, Any]:
        """The metrics by name; weights are told by steps of training alone."""
        found: dict[str, Any] = super().get_metrics_result()
        means = {} if self._step is None else self._step.means
        return {name: value for name, value in found.items() if name not in means}

    def reset_metrics(self) -> None:
        """Begins an epoch, for metrics and balances."""
        super().reset_metrics()
        for rule in (self.balance, self.input_balance):
            if rule is not None:
                rule.end_epoch()


class Step:
    """A step of training: a batch in, logs out; variables change in place.

    Args:
        model: The model.
        losses: Each output's loss.
        weights: Each output's weight.
    """

    def __init__(
        self,
        model: BalancedModel,
        losses: Mapping[str, Any],
        weights: Mapping[str, float],
    ) -> None:
        self.model = model
        self.losses = dict(losses)
        self.names = tuple(model.heads)
        self.weights = np.array([weights[name] for name in self.names], "float32")
        self.means = {
            f"{name}_weight": keras.metrics.Mean(name=f"{name}_weight")
            for name in self.names
        }

    def __call__(self, data: Any) -> dict[str, Any]:
        """Learns from one batch and returns the logs."""
        inputs, labels, shares = keras.utils.unpack_x_y_sample_weight(data)
        compute = partial(computed, self.model, self.losses, inputs, labels, shares)
        found = engine().differentiate(compute, self.model.trainable_variables)
        moment = self._moment(found, inputs)
        given = self._loss_weights(moment)
        gradients, weights = self._balanced(found, moment, given)
        balance = self.model.balance
        if balance is not None and balance.every:
            some = _one_in(balance.every, (inputs, labels, shares))
            before, seen = self._seen(*some)
            self._change(gradients, moment)
            after, still = self._seen(*some)
            balance.observe(before, after, keras.ops.logical_and(seen, still))
        else:
            self._change(gradients, moment)
        return self._logs(found, moment, weights)

    def _moment(self, found: Found, inputs: Any) -> Moment:
        losses = found.losses[: len(self.names)] * self._fixed()
        heads = self.model.heads
        outputs, labels, shares = (
            found.extra[n] for n in ("outputs", "labels", "shares")
        )
        known = [any_label(heads[name], found.extra, name) for name in self.names]
        ops = keras.ops
        seen = ops.logical_and(ops.stack(known), self._fixed() > 0)
        seen = ops.logical_and(seen, ops.isfinite(losses))
        return Moment(self.names, losses, seen, inputs, outputs, labels, shares)

    def _loss_weights(self, moment: Moment) -> Any:
        """Weights of the losses before the balance: the user's, and of the inputs."""
        steering = self.model.input_balance
        found = None if steering is None else steering.loss_weights(moment)
        return self._fixed() if found is None else self._fixed() * found

    def _fixed(self) -> Any:
        return keras.ops.convert_to_tensor(self.weights)

    def _balanced(self, found: Found, moment: Moment, given: Any) -> tuple[Any, Any]:
        """Gradients of all variables, and how much each loss counted."""
        model, count = self.model, len(self.names)
        losses = only_known(found.losses[:count] * given, moment.known)
        balance, steering = model.balance, model.input_balance
        mixes = balance is not None and balance.needs_gradients
        steers = steering is not None and steering.needs_gradients
        scale = model.optimizer.scale_loss(keras.ops.ones(()))
        if balance is not None and balance.measures:
            whose = balance.turn(moment.known)
            balance.measure(whose, shared_length(model, found, whose, scale))
        if mixes or steers:
            by_loss = Gradients(model, found, given, scale)
            gram = by_loss.gram_of_shared(moment.known) if mixes else None
            weights = self._weighed(losses, moment, gram)
            return by_loss.mixed(weights, moment if steers else None), given * weights
        weights = self._weighed(losses, moment)
        terms = keras.ops.ones((found.losses.shape[0] - count,))
        total = keras.ops.concatenate([given * weights, terms])
        return found.pull(total * scale), given * weights

    def _weighed(self, losses: Any, moment: Moment, gram: Any = None) -> Any:
        balance = self.model.balance
        if balance is None:
            return keras.ops.ones_like(losses)
        return balance.weigh(losses, moment.known, gram)

    def _change(self, gradients: Sequence[Any], moment: Moment) -> None:
        model = self.model
        steering = model.input_balance
        scales = {} if steering is None else steering.update_scales(moment)
        parts = variables_of(model)
        before = [
            (variable, keras.ops.copy(variable.value), scale)
            for part, scale in scales.items()
            for variable in parts[part]
        ]
        engine().apply(model.optimizer, gradients, model.trainable_variables)
        for variable, old, scale in before:
            share = keras.ops.cast(scale, variable.dtype)
            variable.assign(old + share * (variable.value - old))

    def _seen(self, inputs: Any, labels: Any, shares: Any) -> tuple[Any, Any]:
        """Losses of some rows without dropout, and which are known."""
        plain = {name: unrecorded(loss) for name, loss in self.losses.items()}
        losses, extra = computed(
            self.model, plain, inputs, labels, shares, training=False
        )
        ops, heads = keras.ops, self.model.heads
        found = ops.stack([ops.cast(x, "float32") for x in losses[: len(heads)]])
        known = ops.stack([any_label(heads[name], extra, name) for name in heads])
        known = ops.logical_and(known, self._fixed() > 0)
        return found, ops.logical_and(known, ops.isfinite(found))

    def _logs(self, found: Found, moment: Moment, weights: Any) -> dict[str, Any]:
        """What Keras's own step tells, and the weights; `loss` is by fixed weights."""
        ops, model, extra = keras.ops, self.model, found.extra
        count = len(self.names)
        total = ops.sum(found.losses[:count] * self._fixed())
        total = total + ops.sum(found.losses[count:])
        if not model._compile_loss.built:  # Keras does so in its own first step
            model._compile_loss.build(extra["labels"], extra["outputs"])
        rows = ops.shape(next(iter(moment.inputs.values())))[0]
        trackers = {metric.name: metric for metric in keras.Model.metrics.fget(model)}
        trackers["loss"].update_state(total, sample_weight=rows)
        for index, name in enumerate(self.names):
            if f"{name}_loss" in trackers:  # Keras has none where there is one output
                trackers[f"{name}_loss"].update_state(
                    found.losses[index], sample_weight=rows
                )
            known = ops.cast(moment.known[index], "float32")
            self.means[f"{name}_weight"].update_state(weights[index], known)
        logs = model.compute_metrics(
            moment.inputs, extra["labels"], extra["outputs"], extra["shares"]
        )
        means = {name: mean.result() for name, mean in self.means.items()}
        return {**logs, **means}


def chosen(given: Any, count: int) -> Balance | None:
    """The balance of a network with `count` outputs; `None` where weights are fixed.

    Args:
        given: A word, a document, a `Balance` or `None`.
        count: How many outputs there are.

    Raises:
        DataError: If there is nothing to balance.
        RecipeError: If the document is wrong.
    """
    if given is None:
        return None
    if not isinstance(given, Balance):
        role = Role("balance", BALANCES, keras.saving.get_registered_object)
        problems = role.check(given, "balance")
        if problems:
            raise RecipeError(problems)
        given = role.build(given)
    if isinstance(given, FixedBalance):
        return None
    if count < 2:
        text = "a balance needs two outputs or more"
        raise DataError(sentence("`balance`", text, f"{count} output"))
    found: Balance = fresh(given, "balance")
    return found


def computed(
    model: BalancedModel,
    losses: Mapping[str, Any],
    inputs: Any,
    labels: Any,
    shares: Any,
    training: bool = True,
) -> tuple[list[Any], dict[str, Any]]:
    """The outputs' losses, then the sum of `add_loss` terms if there are any.

    Args:
        model: The model.
        losses: Each output's loss.
        inputs: A batch.
        labels: Its labels.
        shares: Its sample weights, or `None`.
        training: Whether dropout works and statistics move.

    Returns:
        Losses, and `outputs`, complete `labels` and sample weights as `shares`.
    """
    outputs = model(inputs, training=training)
    complete = complete_labels(model.heads, labels, outputs, inputs)
    weights = complete_weights(model.heads, shares, complete)
    if weights is not None and not isinstance(weights, Mapping):
        weights = dict.fromkeys(model.heads, weights)
    found = [
        loss(complete[name], outputs[name], weights and weights[name])
        for name, loss in losses.items()
    ]
    terms = [keras.ops.sum(term) for term in model.losses]
    found += [sum(terms[1:], terms[0])] if terms else []
    return found, {"outputs": outputs, "labels": complete, "shares": weights}


def unrecorded(loss: Any) -> Any:
    """A loss that leaves no trace in the metrics."""
    return loss.loss if isinstance(loss, RecordedLoss) else loss


def _one_in(every: int, data: Any) -> Any:
    """The first rows of a batch: one in `every`, rounded up."""

    def first(array: Any) -> Any:
        return array[: -(-keras.ops.shape(array)[0] // every)]

    return keras.tree.map_structure(lambda a: None if a is None else first(a), data)


def variables_of(model: BalancedModel) -> dict[str, list[Any]]:
    """The variables that learn, by the name of an encoder or head."""
    parts = {**model.encoders, **model.heads}
    return {name: part.trainable_variables for name, part in parts.items()}


def any_label(head: Head, extra: Mapping[str, Any], name: str) -> Any:
    """Whether any row of a batch has a label that counts.

    Args:
        head: The output's head.
        extra: What `computed` gave beside the losses.
        name: The output.
    """
    ops = keras.ops
    present = labels_present(head.target, extra["labels"][name])
    present = ops.reshape(present, (-1,))
    if extra["shares"] is not None:
        shares = ops.reshape(extra["shares"][name], (-1,))
        present = ops.logical_and(present, shares > 0)
    return ops.any(present)
