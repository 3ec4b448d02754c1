"""WGAN-GP: a critic whose slope is kept near 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from sensorium.errors import DataError, sentence
from sensorium.games.checks import check_rows_apart
from sensorium.games.gan import GAN
from sensorium.games.losses import gradient_penalty


class WGANGP(GAN):
    """A GAN whose critic measures how far made images are from real ones.

    Slower than `GAN`, and less likely to collapse. Minus `discriminator_loss` is about
    the distance between both kinds of images. There is no accuracy: a critic gives no
    probabilities, and may always win. Source: Gulrajani et al. 2017, algorithm 1. Our
    difference: the critic's steps of a round see the same real images, each with other
    noise.

    Args:
        shape: Height, width (each at least 8) and channels of an image.
        steps: The critic's steps in each round.
        penalty: Weight of the penalty on its slope.
        **settings: As for `GAN`, without `loss`; a discriminator of your own must not
            normalise over batches. Where no optimizers are given, Adam with
            `learning_rate=0.0002, beta_1=0.0, beta_2=0.9`.
    """

    losses_known = ("wasserstein",)

    def __init__(
        self,
        shape: Sequence[int],
        *,
        steps: int = 5,
        penalty: float = 10.0,
        **settings: Any,
    ) -> None:
        if not penalty > 0:
            raise DataError(sentence("`penalty`", "must be above 0", penalty))
        if settings.get("discriminator") is not None:
            check_rows_apart(settings["discriminator"])
        # The players are made of it, before Keras lets attributes be set.
        object.__setattr__(self, "steps", steps)
        super().__init__(shape, **{"loss": "wasserstein", **settings})
        self.penalty = float(penalty)
        self.settings = {**self.settings, "steps": steps, "penalty": self.penalty}

    def _optimizer(self) -> Any:
        return keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.9)

    def _penalty(self, real: Any, made: Any, beside: list[Any]) -> Any:
        at = self.uniform((ops.shape(real)[0], 1, 1, 1))

        def score(images: Any) -> Any:
            return self._scores(images, beside)

        return self.penalty * gradient_penalty(score, real, made, at)
