"""Generative adversarial networks of images, as games of two players."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import keras
import numpy as np
from keras import ops

from sensorium.errors import DataError, near, sentence
from sensorium.games.checks import check_discriminator, check_generator, check_shape
from sensorium.games.game import Game
from sensorium.games.images import as_bytes, as_numbers, checked, grid, save_png
from sensorium.games.losses import RULES, accuracy
from sensorium.games.networks import build_discriminator, build_generator
from sensorium.games.player import Player
from sensorium.games.watching import IMAGES, Watcher
from sensorium.run.files import PathLike

BLOCK = 64
"""Images that are made at a time, always as many: see `GAN.sample`."""

RATE = 2e-4


class GAN(Game):
    """Learns to make images like those it was shown.

    The generator makes images of noise; the discriminator learns to tell them from
    real ones, the generator to be taken for real. `history` has their losses;
    `discriminator_accuracy`, the share of images that it takes for what they are (0.5:
    it can only guess); `generator_fooled`, the share of made images that pass for
    real; `diversity` (see `Watcher`); and `warnings`, in words.

    Own models: a generator takes noise `(rows, noise)` and gives images in [-1, 1]; a
    discriminator takes these and gives scores `(rows, 1)` without an activation.

    Args:
        shape: Height, width (each at least 8) and channels of an image.
        loss: `non_saturating` (Goodfellow et al. 2014), `least_squares` (Mao et al.
            2017) or `hinge` (Lim and Ye 2017).
        noise: Numbers that an image is made of.
        generator: A Keras model of your own, or `None`.
        discriminator: The same.
        width: Channels of the narrowest layers of the models that are made here.
        optimizers: An optimizer for each, `generator` and `discriminator`; where there
            is none, Adam with `learning_rate=0.0002, beta_1=0.5`, as Radford et al.
        seed: Decides first weights, noise and order of images.
    """

    conditional = False
    steps = 1
    losses_known: tuple[str, ...] = ("non_saturating", "least_squares", "hinge")

    def __init__(
        self,
        shape: Sequence[int],
        *,
        loss: Literal["non_saturating", "least_squares", "hinge"] = "non_saturating",
        noise: int = 64,
        generator: Any = None,
        discriminator: Any = None,
        width: int = 32,
        optimizers: Any = None,
        seed: int = 0,
    ) -> None:
        check_shape(shape)
        if loss not in self.losses_known:
            text = f"expected one of {', '.join(self.losses_known)}"
            raise DataError(
                sentence("`loss`", text, loss, near(str(loss), self.losses_known))
            )
        classes = self.num_classes
        if generator is None:
            generator = build_generator(shape, noise, classes, width, seed)
        if discriminator is None:
            discriminator = build_discriminator(shape, classes, width, seed)
        check_generator(generator, noise, shape, self.conditional)
        check_discriminator(discriminator, shape, self.conditional)
        players = self._two(generator, discriminator, dict(optimizers or {}), loss)
        super().__init__(players, seed=seed)
        self.settings: dict[str, Any] = {
            "shape": [int(side) for side in shape],
            "loss": loss,
            "noise": noise,
            "width": width,
            "seed": seed,
        }
        self.shape, self.loss_word, self.noise_size = tuple(shape), loss, noise
        self.generator, self.discriminator = generator, discriminator

    @property
    def num_classes(self) -> int | None:
        """How many classes there are; `None` where images have no labels."""
        return None

    def _two(
        self, generator: Any, discriminator: Any, optimizers: dict[str, Any], loss: str
    ) -> list[Player]:
        unknown = sorted(set(optimizers) - {"generator", "discriminator"})
        if unknown:
            text = "expected `generator` and `discriminator`"
            raise DataError(sentence("`optimizers`", text, unknown[0]))
        judged = RULES[loss].threshold is not None
        return [
            Player(
                "discriminator",
                discriminator,
                self._discriminator_loss,
                optimizers.get("discriminator", self._optimizer()),
                steps=self.steps,
                scores=("accuracy",) if judged else (),
            ),
            Player(
                "generator",
                generator,
                self._generator_loss,
                optimizers.get("generator", self._optimizer()),
                scores=("fooled",) if judged else (),
            ),
        ]

    def _optimizer(self) -> Any:
        return keras.optimizers.Adam(RATE, beta_1=0.5)

    # --- what the players lose ---

    def _taken_apart(self, batch: Any) -> tuple[Any, list[Any]]:
        """The real images of a batch, and what is known of them beside."""
        return as_numbers(batch), []

    def _made(self, like: Any, beside: list[Any]) -> Any:
        noise = self.noise((ops.shape(like)[0], self.noise_size))
        return self.generator(_with(noise, beside), training=True)

    def _scores(self, images: Any, beside: list[Any]) -> Any:
        return self.discriminator(_with(images, beside), training=True)

    def _discriminator_loss(self, batch: Any, game: Any) -> Any:
        real, beside = self._taken_apart(batch)
        made = ops.stop_gradient(self._made(real, beside))
        rule = RULES[self.loss_word]
        scores = self._scores(real, beside), self._scores(made, beside)
        loss = rule.discriminator(*scores) + self._penalty(real, made, beside)
        told = {} if rule.threshold is None else {"accuracy": accuracy(rule, *scores)}
        return loss, told

    def _penalty(self, real: Any, made: Any, beside: list[Any]) -> Any:
        return 0.0

    def _generator_loss(self, batch: Any, game: Any) -> Any:
        real, beside = self._taken_apart(batch)
        scores = self._scores(self._made(real, beside), beside)
        rule = RULES[self.loss_word]
        if rule.threshold is None:
            return rule.generator(scores), {}
        fooled = ops.mean(ops.cast(scores > rule.threshold, "float32"))
        return rule.generator(scores), {"fooled": fooled}

    # --- use ---

    def fit(  # type: ignore[override]  # images in place of Keras's x and y
        self,
        images: Any,
        *,
        epochs: int = 10,
        batch_size: int = 64,
        callbacks: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Learns from real images.

        Args:
            images: Bytes `(rows, height, width)` or `(rows, height, width, channels)`.
            epochs: Passes over the images.
            batch_size: Images a round.
            callbacks: Keras callbacks.
            **kwargs: As `Game.fit`.

        Raises:
            DataError: If they are not of type uint8 or not of the game's shape.
        """
        real = checked(images, self.shape)
        return self._played(
            real,
            None,
            epochs=epochs,
            batch_size=batch_size,
            callbacks=callbacks,
            **kwargs,
        )

    def _played(
        self, real: np.ndarray, labels: Any, callbacks: Any = None, **kwargs: Any
    ) -> keras.callbacks.History:
        rows = kwargs.get("rows")
        seen = real if rows is None else real[rows[:IMAGES]]
        watcher = Watcher(seen, self.sample)
        every = [watcher, *(callbacks or ())]
        history = super().fit(real, labels, callbacks=every, **kwargs)
        history.history["warnings"] = watcher.told
        return history

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """Makes images, bytes `(n, height, width, channels)`; the same for a seed.

        The first images of a seed do not depend on how many are made.

        Args:
            n: How many.
            seed: Decides the noise.
        """
        return self._sampled(n, seed, [])

    def _sampled(self, n: int, seed: int, beside: list[np.ndarray]) -> np.ndarray:
        if n < 1:
            raise DataError(sentence("sample", "expected at least one image", n))
        draw = np.random.default_rng(seed)
        images = []
        for start in range(0, n, BLOCK):
            noise = draw.standard_normal((BLOCK, self.noise_size), "float32")
            block = [_filled(each[start : start + BLOCK]) for each in beside]
            images.append(self._generated(noise, block))
        return as_bytes(np.concatenate(images)[:n])

    def _generated(self, noise: np.ndarray, beside: list[np.ndarray]) -> np.ndarray:
        made = self.generator.predict_on_batch(_with(noise, beside))
        return np.asarray(made)

    def save(self, path: PathLike) -> None:
        """Writes models, settings and weights to one file, without code.

        `sensorium.games.load` reads it again. Optimizers are not kept.

        Args:
            path: A name that ends in `.sensorium`, or a folder.
        """
        from sensorium.games.saving import save  # it knows every kind of game

        save(self, path)

    def save_grid(self, path: PathLike, *, rows: int = 8, seed: int = 0) -> None:
        """Writes a PNG of made images, eight in a line.

        Args:
            path: The file, `.png`.
            rows: Lines.
            seed: Decides the noise.
        """
        self._save(path, self.sample(8 * rows, seed), 8)

    def _save(self, path: PathLike, images: np.ndarray, columns: int) -> None:
        save_png(path, grid(images, columns), self.shape[0])


def _with(first: Any, beside: Sequence[Any]) -> Any:
    return [first, *beside] if beside else first


def _filled(block: np.ndarray) -> np.ndarray:
    missing = BLOCK - len(block)
    return np.concatenate([block, np.repeat(block[-1:], missing)]) if missing else block
