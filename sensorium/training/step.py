"""What a stage comes down to: steps, each one call of `fit`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from sensorium.training.stage import Stage

Objective = Literal["labels", "alignment", "distillation", "members", "folds", "game"]


@dataclass(frozen=True)
class Parts:
    """The parts of a recipe's network, by the user's names.

    Args:
        inputs: The inputs; each one's encoder is a part of its name.
        outputs: The outputs; each one's head is a part of its name.
        trunk: Whether there is a part `trunk`.
        stacked: Whether the fusion learns its weights in a stage `stack`.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    trunk: bool = False
    stacked: bool = False

    @property
    def joining(self) -> tuple[str, ...]:
        """`fusion`, and `trunk` if there is one."""
        return ("fusion", "trunk") if self.trunk else ("fusion",)

    @property
    def every(self) -> tuple[str, ...]:
        """All parts, in the order in which data pass them."""
        return (*self.inputs, *self.joining, *self.outputs)

    def named(self, names: Sequence[str]) -> tuple[str, ...]:
        """The parts meant by names; `encoders` and `heads` stand for all of them.

        Args:
            names: Names of parts, known ones.
        """
        groups = {"encoders": self.inputs, "heads": self.outputs}
        meant = {part for name in names for part in groups.get(name, (name,))}
        return tuple(part for part in self.every if part in meant)


@dataclass(frozen=True)
class Step:
    """One call of `fit`: who learns what, from which rows, how fast.

    Args:
        name: What the history calls it.
        stage: For how long, how fast and by which optimizer.
        inputs: The inputs that are computed.
        learn: The parts that learn; all others are frozen.
        outputs: The recipe's outputs that are trained.
        heads: Disposable heads' documents by name, thrown away after the step.
        copied: Outputs of which each input gets a disposable copy, where the table
            has their labels.
        objective: `labels` (losses of the heads), `alignment` (inputs that occur
            together are recognised, CLIP), `distillation` (the heads' losses, and
            encodings stay near those from before the step), `members` (each input's
            part of a late fusion by its own loss), `folds` (how these are weighed) or
            `game` (an encoder tells real pictures from made ones).
        alpha: Weight of the distillation.
        units: Width that inputs are projected to for alignment.
        groups: How many groups of each encoder's layers learn, from the last one, and
            of how many; `None` is all.
        decay: What the learning rate is divided by from one group of layers to the one
            before it.
        folds: How many folds weights are learned from.
        game: Loss, noise and width of a game.
    """

    name: str
    stage: Stage
    inputs: tuple[str, ...]
    learn: tuple[str, ...]
    outputs: tuple[str, ...] = ()
    heads: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    copied: tuple[str, ...] = ()
    objective: Objective = "labels"
    alpha: float = 0.0
    units: int = 64
    groups: tuple[int, int] | None = None
    decay: float = 1.0
    folds: int = 0
    game: Mapping[str, Any] = field(default_factory=dict)

    @property
    def known(self) -> tuple[str, ...]:
        """The recipe's own parts; every other one is disposable."""
        return (*self.inputs, "fusion", "trunk", *self.outputs)

    @property
    def tables(self) -> tuple[str | None, ...]:
        """Names of the tables it learns from; `None` is the recipe's `data`."""
        table = self.stage.table
        named = (table,) if table is None or isinstance(table, str) else table
        return tuple(None if name == "data" else name for name in named)

    def rates(self, parts: Sequence[str]) -> dict[str, float]:
        """The peak learning rate of some of its parts, disposable heads too.

        Args:
            parts: Names of parts.
        """
        joining = ("fusion", "trunk")
        groups = {
            part: "encoders" if part in self.inputs else "heads"
            for part in parts
            if part not in joining
        }
        return self.stage.rates(parts, groups)
