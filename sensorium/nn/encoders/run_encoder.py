"""`run`: in a recipe, the encoder of an input of an earlier run."""

from __future__ import annotations

from sensorium.schema import Declared


class RunEncoder(Declared):
    """Names an encoder that an earlier run has taught.

    It brings its weights, and its feature as it was fitted there: sizes, statistics and
    vocabulary are those that it was taught with. `refit` fits the feature anew where
    the new rows are on another scale, e.g. in another unit: the encoder then sees what
    is usual here as it saw what was usual there.

    Args:
        path: Folder of the run, seen from the recipe's folder.
        input: Name of the input there; may be left out where there is only one.
        trainable: Whether its weights learn.
        refit: Whether the feature is fitted anew, with the settings that it has there,
            on this recipe's training rows (`fit` says of which table). Refused where a
            vocabulary is fitted: weights are bound to its words.
    """

    def __init__(
        self,
        path: str,
        input: str | None = None,
        *,
        trainable: bool = True,
        refit: bool = False,
    ) -> None:
        self.path = path
        self.input = input
        self.trainable = trainable
        self.refit = refit
