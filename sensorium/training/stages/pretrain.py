"""`pretrain`: encoders learn from labels of their own table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sensorium.schema import Positive
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
        heads: Disposable heads by name: a word, or a document as under `outputs`.
        **settings: As for `train`.
    """

    refuses = ("freeze", "outputs", "loss_weights", "input_balance")

    def __init__(
        self,
        inputs: Sequence[str],
        epochs: Positive | None = None,
        *,
        name: str = "pretrain",
        heads: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(epochs, name=name, **settings)
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
