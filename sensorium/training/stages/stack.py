"""`stack`: late fusion's members learn apart, and the weights that join them."""

from __future__ import annotations

import dataclasses
from typing import Any

from sensorium.schema import Positive
from sensorium.training.stage import Stage
from sensorium.training.step import Parts, Step


class Stack(Stage):
    """Learns how far to trust each input, from answers for rows it never saw.

    Stacking (Wolpert 1992; with weights from 0, Breiman 1996), for `fusion: {type:
    late, mode: stacking}`. First the training rows are dealt to folds. For each fold,
    what does not stand in `freeze` learns on all other folds, from the weights at the
    beginning of the stage, and answers for the fold. The weights of every output are
    those that join these answers with the least loss of its head; our weights sum to 1
    over the inputs that are there. Then all learn once more, on all rows. So an encoder
    that knows its training rows by heart is trusted as far as it knows new ones.

    In each of these the members learn apart, each by its own loss on the rows that have
    its input. Rows of one group of the recipe's `split` stand in one fold; with `time`
    a fold is a stretch of time. It costs `folds` + 1 times one stage of training; with
    frozen encoders, whose encodings are kept, little. A part of a stage that was
    stopped among the folds begins anew.

    Args:
        epochs: As for `train`, in each fold and at the end.
        name: What the history calls the stage.
        folds: How many folds, from 2.
        **settings: As for `train`.
    """

    refuses = ("adversarial", "input_balance")

    def __init__(
        self,
        epochs: Positive | None = None,
        *,
        name: str = "stack",
        folds: Positive = 5,
        **settings: Any,
    ) -> None:
        super().__init__(epochs, name=name, **settings)
        self.folds = folds

    def steps(self, parts: Parts) -> list[Step]:
        """Two steps: the weights out of folds, and the members on all rows."""
        parts = self.chosen(parts)
        learn = self.learning(parts)
        members = Step(
            f"{self.name} (members)",
            self.plain(),
            parts.inputs,
            learn,
            parts.outputs,
            objective="members",
        )
        name = f"{self.name} ({self.folds} folds)"
        folds = dataclasses.replace(members, name=name, folds=self.folds)
        return [dataclasses.replace(folds, objective="folds"), members]
