"""`pretrain`: encoders learn from labels of their own table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sensorium.schema import Fraction, Positive, PositiveFloat
from sensorium.training.stage import Stage
from sensorium.training.step import Parts, Step


class Pretrain(Stage):
    """Teaches encoders by disposable heads that are thrown away afterwards.

    Each input is taught alone: every head stands once for every input, and sees this
    input's encoding. Without `heads`, copies of the recipe's outputs serve, those whose
    labels the table has. Fusion, trunk and the recipe's own heads are not touched.

    Args:
        inputs: The inputs whose encoders learn.
        epochs: As for `train`.
        name: What the history calls the stage.
        table: The table, or tables, to learn from; `None` is the recipe's `data`.
        heads: Disposable heads by name: a word, or a document as under `outputs`.
        batch_size: As for `train`.
        learning_rate: As for `train`.
        optimizer: As for `train`.
        warmup: As for `train`.
        schedule: As for `train`.
        patience: As for `train`.
        mixing: As for `train`.
        augment: As for `train`.
    """

    def __init__(  # noqa: PLR0913  # every setting of a stage
        self,
        inputs: Sequence[str],
        epochs: Positive | None = None,
        *,
        name: str = "pretrain",
        table: str | Sequence[str] | None = None,
        heads: Mapping[str, Any] | None = None,
        batch_size: Positive | None = None,
        learning_rate: PositiveFloat | Mapping[str, PositiveFloat] = 1e-3,
        optimizer: Any = "adam",
        warmup: Fraction = 0.05,
        schedule: Literal["cosine", "constant"] = "cosine",
        patience: Positive | None = 8,
        mixing: Literal["proportional", "equal", "round_robin"] = "proportional",
        augment: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        super().__init__(
            epochs,
            name=name,
            table=table,
            batch_size=batch_size,
            learning_rate=learning_rate,
            optimizer=optimizer,
            warmup=warmup,
            schedule=schedule,
            patience=patience,
            mixing=mixing,
            augment=augment,
        )
        self.inputs = inputs
        self.heads = heads

    def steps(self, parts: Parts) -> list[Step]:
        """One step: the encoders and their heads learn."""
        inputs = tuple(name for name in parts.inputs if name in self.inputs)
        heads = self.heads if self.heads is not None else {}
        copied = parts.outputs if self.heads is None else ()
        return [
            Step(
                self.name,
                self.plain(),
                inputs,
                inputs,
                heads=_each(heads, inputs),
                copied=copied,
            )
        ]


def _each(heads: Mapping[str, Any], inputs: Sequence[str]) -> dict[str, Any]:
    """Every head once for every input, under a name of its own."""
    found = {}
    for input_name in inputs:
        for name, document in heads.items():
            given = {"type": document} if isinstance(document, str) else document
            own = name if len(inputs) == 1 else f"{name}_{input_name}"
            found[own] = {"column": name, **given, "reads": input_name}
    return found
