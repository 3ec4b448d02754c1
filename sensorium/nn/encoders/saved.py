"""`saved`: in a recipe, an encoder from a file that Keras saved."""

from __future__ import annotations

from typing import Literal

from sensorium.schema import Declared


class Saved(Declared):
    """Names a model that `sensorium.encoders.load` cuts to an encoder.

    The model's layers and weights become part of the network, and of the artifact: the
    file is needed for training only.

    Args:
        path: A `.keras` file, seen from the recipe's folder; a name of
            `keras.applications`; or `hub:PRESET` or such a folder.
        at: The layer whose output is the encoding; found if left out.
        pool: What becomes of an output of more than two axes.
        batch_norm: Whether batch normalisation keeps its statistics (`frozen`).
        pixels: What numbers pixels were in when the model was taught: images come in
            whole numbers from 0 to 255 and are turned into these. Left out where the
            model scales them itself.
        weights: File of weights, where `path` is a name of `keras.applications`.
        trainable: Whether its weights learn.
    """

    def __init__(
        self,
        path: str,
        at: str | None = None,
        *,
        pool: Literal["auto", "average", "max", "flatten", "none"] = "auto",
        batch_norm: Literal["frozen", "learn"] = "frozen",
        pixels: Literal["0..1", "-1..1"] | None = None,
        weights: str | None = None,
        trainable: bool = True,
    ) -> None:
        self.path = path
        self.at = at
        self.pool = pool
        self.batch_norm = batch_norm
        self.pixels = pixels
        self.weights = weights
        self.trainable = trainable
