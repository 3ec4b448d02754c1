"""The declaration of a stage: for how long, how fast and by which optimizer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, ClassVar, Literal

from sensorium.schema import (
    BalanceArgument,
    Declared,
    Fraction,
    InputBalanceArgument,
    NonNegative,
    Positive,
    PositiveFloat,
    parameters_of,
)
from sensorium.training.step import Parts, Step

RATE = 1e-3
"""Learning rate of parts for which a stage names none."""


class Stage(Declared):
    """One stage of training: encoders, fusion and heads learn together.

    Parts are called by the names of inputs and outputs, `fusion` and `trunk`;
    `encoders` and `heads` stand for all of them. Frozen parts do not change by a bit,
    batch normalisation included, and work as in prediction.

    The learning rate rises linearly over the first `warmup` of all steps and then
    falls by a half cosine to zero (`schedule="cosine"`) or stays (`"constant"`).
    Training stops when the loss on the validation rows has not improved for `patience`
    epochs, and the weights of the best epoch are kept; without validation rows the
    last weights are kept and `patience` has no effect. What is validated and kept are
    averages of the weights that fade over a twentieth of all steps, e.g. over two of 40
    epochs; they fit new rows better than the weights of one step (Polyak and Juditsky,
    1992; ours fade). `optimizer: {type: adam, use_ema: true, ema_momentum: 0.9}` sets
    how they fade, `use_ema: false` leaves them out; a Keras optimizer is taken as it
    is.

    Args:
        epochs: Most passes over the training rows, from 1; `None` is 40, and more (up
            to 200) where a table is so small that these are fewer than 1,600 steps.
        name: What the history calls the stage.
        table: Name of the table to learn from, or of several, whose batches come in
            turn (`mixing`); `None` or `data` is the recipe's `data`. Inputs and labels
            that a table lacks are absent.
        freeze: Parts that do not learn.
        outputs: The outputs that are trained; `None` is all. The heads of others do
            not learn.
        loss_weights: For some outputs another weight than the recipe's.
        batch_size: Rows a step; `None` chooses a power of two from 16 to 256, so that
            an epoch has at least about 40 steps.
        learning_rate: Peak learning rate, or one for each part by name, e.g.
            `{photo: 0.0001, heads: 0.01, others: 0.001}`; parts that are not named
            take that of their group, else that of `others` (0.001).
        optimizer: A Keras optimizer's name, a mapping with `type` and its arguments,
            or a Keras optimizer; or one for each part by name, as for `learning_rate`:
            `{encoders: adam, photo: {type: sgd, momentum: 0.9}, others: adam}`, where
            parts that are not named take adam. A `learning_rate` of its own, as every
            Keras object has one, replaces this stage's `learning_rate`, `warmup` and
            `schedule` for its parts.
        warmup: Share of all steps with a rising rate, in [0, 1).
        schedule: `cosine` or `constant`.
        patience: Epochs without improvement before training stops; `None` never stops
            early, but still keeps the best weights.
        monitor: Which validation loss says what epoch was best: `total`, the sum by
            the outputs' weights; an output, its own; `scaled`, the sum by weights of
            losses that are each divided by that of the first epoch; `each`, for shared
            parts `scaled`, and for every head its own, where the head of its best
            epoch is better with the shared parts that are kept. With `each`, training
            goes on while any output improves. Outputs without validation labels are
            left out; if none has any, the last weights are kept.
        mixing: Of several tables: `proportional` takes every row of each once an
            epoch; `equal` as many batches of each, `round_robin` the same one after
            the other in turn, until the largest has ended; smaller tables begin anew.
        balance: How the losses of several outputs are weighed in every step:
            `uncertainty`, `geometric`, `random`, `dwa`, `famo`, `even`, `gradnorm`,
            `pcgrad`, `cagrad`, `mgda`, or a mapping with `type` and its arguments;
            `None` and `fixed` leave it to the outputs' weights. Losses told, and those
            that epochs are compared by, are by the outputs' weights all the same. A
            step that trains one output has nothing to balance.
        input_balance: What keeps one input from leaving the others unlearned: `none`,
            `uniform` (a head for each input alone), `gradient_blending`, `ogm`,
            `mmpareto`, or a mapping with `type` and its arguments. `auto` is heads and
            hidden inputs where two or more encoders begin to learn, and `none`
            elsewhere. Heads are thrown away after the stage; `loss` is told without
            them.
        augment: Input -> how its training rows are changed at random, anew in every
            epoch: `{photo: {noise: 0.2, shift: 2}}`, with the settings of
            `sensorium.training.augmentation.Augment`: `noise`, `erase`, `shift`,
            `flip`, `coarse`.
        adversarial: Input -> how much its encoder learns to hide which of the stage's
            tables a row came from, e.g. `{photo: 1.0}`, so that it reads alike what
            was recorded in several ways (DANN; see `sensorium.nn.heads.domain`).
            Needs two tables that have the input.
    """

    # Settings that a kind of stage does not take, though this class has them.
    refuses: ClassVar[tuple[str, ...]] = ()

    def __init__(  # noqa: PLR0913  # every setting of a stage
        self,
        epochs: Positive | None = None,
        *,
        name: str = "main",
        table: str | Sequence[str] | None = None,
        freeze: Sequence[str] = (),
        outputs: Sequence[str] | None = None,
        loss_weights: Mapping[str, NonNegative] | None = None,
        batch_size: Positive | None = None,
        learning_rate: PositiveFloat | Mapping[str, PositiveFloat] = 1e-3,
        optimizer: Any = "adam",
        warmup: Fraction = 0.05,
        schedule: Literal["cosine", "constant"] = "cosine",
        patience: Positive | None = 8,
        monitor: str = "total",
        mixing: Literal["proportional", "equal", "round_robin"] = "proportional",
        balance: BalanceArgument = None,
        input_balance: InputBalanceArgument = "auto",
        augment: Mapping[str, Mapping[str, Any]] | None = None,
        adversarial: Mapping[str, NonNegative] | None = None,
    ) -> None:
        self.epochs = epochs
        self.name = name
        self.table = table
        self.freeze = freeze
        self.outputs = outputs
        self.loss_weights = loss_weights
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.optimizer = optimizer
        self.warmup = warmup
        self.schedule = schedule
        self.patience = patience
        self.monitor = monitor
        self.mixing = mixing
        self.balance = balance
        self.input_balance = input_balance
        self.augment = augment
        self.adversarial = adversarial

    def steps(self, parts: Parts) -> list[Step]:
        """What the stage does, one call of `fit` after the other.

        Args:
            parts: The network's parts.
        """
        parts = self.chosen(parts)
        learn = self.learning(parts)
        return [Step(self.name, self.plain(), parts.inputs, learn, parts.outputs)]

    def chosen(self, parts: Parts) -> Parts:
        """The parts without the outputs that the stage does not train."""
        if self.outputs is None:
            return parts
        kept = tuple(name for name in parts.outputs if name in self.outputs)
        return replace(parts, outputs=kept)

    def learning(self, parts: Parts) -> tuple[str, ...]:
        """All parts but those that `freeze` names."""
        frozen = parts.named(self.freeze)
        return tuple(part for part in parts.every if part not in frozen)

    def rates(
        self,
        parts: Sequence[str],
        groups: Mapping[str, str] = MappingProxyType({}),
    ) -> dict[str, float]:
        """The peak learning rate of some parts.

        Args:
            parts: Names of parts.
            groups: For some parts `encoders` or `heads`, which stands for all of them.
        """
        given = self.learning_rate
        if not isinstance(given, Mapping):
            return dict.fromkeys(parts, float(given))
        others = given.get("others", RATE)
        general = {part: given.get(groups.get(part, ""), others) for part in parts}
        return {part: float(given.get(part, general[part])) for part in parts}

    def most_epochs(self, steps: int) -> int:
        """Most passes over the training rows.

        Args:
            steps: Steps of one pass.
        """
        if self.epochs is not None:
            return self.epochs
        return int(min(200, max(40, -(-1600 // max(steps, 1)))))

    def plain(self, **changes: Any) -> Stage:
        """The settings that every kind of stage has, as a plain stage.

        Args:
            **changes: Arguments that differ.
        """
        return Stage(**{**_settings(self), **changes})

    def rows_a_step(self, num_rows: int) -> int:
        """The batch size for a table of `num_rows` training rows."""
        if self.batch_size is not None:
            return self.batch_size
        target = max(num_rows // 40, 1)
        return int(min(256, max(16, 1 << (target.bit_length() - 1))))


def _settings(stage: Stage) -> dict[str, Any]:
    return {name: getattr(stage, name) for name in parameters_of(Stage)}
