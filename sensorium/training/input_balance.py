"""Unimodal heads while a stage is trained: their weights, what is told, dominance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from sensorium.errors import TrainingError, sentence
from sensorium.nn.input_balance import INPUT_BALANCES, GradientBlending, InputBalance
from sensorium.nn.unimodal import copies_of
from sensorium.schema import Role

INPUT_BALANCE = Role(
    "balance of inputs", INPUT_BALANCES, keras.saving.get_registered_object
)


def steering(given: Any, network: Any) -> InputBalance | None:
    """What steers the steps of a network that has unimodal heads, or `None`.

    Args:
        given: A stage's `input_balance`.
        network: The network that is trained.
    """
    if not copies_of(getattr(network, "heads", {})):
        return None
    rule: InputBalance = INPUT_BALANCE.build(given)
    return rule if rule.steers else None


def fused_outputs(network: Any) -> list[str]:
    """The outputs of a network without the copies that read one input alone.

    Args:
        network: The network that is trained.
    """
    heads = getattr(network, "heads", {})
    return [n for n in network.output_names if n not in heads or not heads[n].labels_of]


def check_rows(stage: Any, validation: Any) -> None:
    """Looks for the validation rows that a stage's `input_balance` needs.

    Args:
        stage: The stage.
        validation: Its validation batches, or `None`.

    Raises:
        TrainingError: If there are none.
    """
    needy = INPUT_BALANCE.word(INPUT_BALANCE.build(stage.input_balance))
    if validation is None and needy == "gradient_blending":
        raise _no_validation()


def loss_weights(given: Mapping[str, float], network: Any) -> dict[str, float]:
    """A stage's weights of losses for the outputs that there are, and their copies.

    Args:
        given: What the stage says.
        network: The network that is trained.
    """
    heads = getattr(network, "heads", {})
    first = {name: heads[name].labels_of or name for name in heads}
    return {name: given[output] for name, output in first.items() if output in given}


def watching_inputs(network: Any, epochs: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Callbacks for a network that has unimodal heads; none where it has not.

    They stand before the one that records epochs.

    Args:
        network: The network, compiled.
        epochs: The list that epochs are recorded in.
    """
    if not copies_of(getattr(network, "heads", {})):
        return []
    rule = network.input_balance
    blends = isinstance(rule, GradientBlending)
    return [FusedLosses(), *([Blending(epochs)] if blends else [])]


class FusedLosses(keras.callbacks.Callback):
    """Leaves the losses of unimodal heads out of `loss` and `val_loss`.

    Both are the sum of the outputs' losses, each times its weight, then: what is kept,
    stopped and compared by them is the fused network, with or without such heads.
    """

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Puts the sums there."""
        network = self.model
        weights = network.output_weights
        fused = [n for n, head in network.heads.items() if head.labels_of is None]
        for start in ("", "val_"):
            whole = (logs or {}).get(f"{start}loss")
            if whole is None or not np.isfinite(whole):
                continue
            losses = [(weights[n], logs.get(f"{start}{n}_loss", 0.0)) for n in fused]
            found = [weight * loss for weight, loss in losses if np.isfinite(loss)]
            logs[f"{start}loss"] = float(sum(found))


class Blending(keras.callbacks.Callback):
    """Sets the weights of `GradientBlending` where a window of epochs has ended.

    Args:
        epochs: The list that epochs are recorded in, after this callback; `None` where
            it keeps one itself, as with Keras's own `fit`.
    """

    def __init__(self, epochs: Sequence[Mapping[str, Any]] | None = None) -> None:
        super().__init__()
        self.epochs = epochs
        self.told: list[Mapping[str, Any]] = []

    def on_train_begin(self, logs: Any = None) -> None:
        """Takes the weights that epochs of an interrupted training left."""
        if self.epochs:
            self._learn(list(self.epochs))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Takes the epoch into account.

        Raises:
            TrainingError: If there are no validation rows.
        """
        if "val_loss" not in (logs or {}):
            raise _no_validation()
        if self.epochs is None:
            self.told.append(dict(logs))
            self._learn(self.told)
        else:
            self._learn([*self.epochs, dict(logs)])

    def _learn(self, epochs: Sequence[Mapping[str, Any]]) -> None:
        self.model.input_balance.learn_from(epochs, list(self.model.heads))


def _no_validation() -> TrainingError:
    text = "`gradient_blending` weighs losses by what they gain on rows that are not "
    fix = "Hold some out, e.g. `split: {valid: 0.1}`, or take another balance."
    text = f"{text}trained on, and there are none"
    return TrainingError(sentence("input_balance", text, fix=fix))
