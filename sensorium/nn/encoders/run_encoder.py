"""`run`: in a recipe, the encoder of an input of an earlier run."""

from __future__ import annotations

from sensorium.schema import Declared


class RunEncoder(Declared):
    """Names an encoder that an earlier run has taught.

    It brings its weights, and its feature as it was fitted there: sizes, statistics and
    vocabulary are those that it was taught with.

    Args:
        path: Folder of the run, seen from the recipe's folder.
        input: Name of the input there; may be left out where there is only one.
        trainable: Whether its weights learn.
    """

    def __init__(
        self, path: str, input: str | None = None, *, trainable: bool = True
    ) -> None:
        self.path = path
        self.input = input
        self.trainable = trainable
