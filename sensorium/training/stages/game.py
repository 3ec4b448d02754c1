"""`game`: an encoder of pictures learns to tell real ones from made ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from sensorium.schema import Positive, PositiveFloat
from sensorium.training.stage import Stage
from sensorium.training.step import Parts, Step

RATE = 2e-4
"""Learning rate of both players where none is named (Radford et al., section 4)."""


class Game(Stage):
    """Teaches the encoder of an image without labels, against a generator.

    The encoder is the body of a discriminator: from its vector, a disposable unit
    scores how real a picture looks. A disposable generator learns to make pictures
    that pass for real. What tells real from made tells pictures apart, too (Radford et
    al. 2015, arXiv 1511.06434, section 5.1; they take all layers of the discriminator
    as features, we go on with the encoder). What is made stands in the run's folder
    `games`: a picture of it, and a file for `sensorium.games.load`.

    Rows without the picture do not count; nothing is validated and nothing augmented.
    Both players are trained by Adam with `beta_1=0.5` at a rate that stays.

    Args:
        input: The image whose encoder learns; each side at least 8 pixels.
        epochs: As for `train`.
        name: What the history and the files call the stage.
        table: Name of the table to learn from; `None` or `data` is the recipe's `data`.
        loss: `non_saturating`, `least_squares` or `hinge`, as of `games.GAN`.
        noise: Numbers that a picture is made of.
        width: Channels of the generator's narrowest layers.
        learning_rate: Rate of both, or one for each: `{photo: 0.0001, others: 0.0004}`
            is the encoder of `photo` with its score, and the generator.
        **settings: As for `train`.
    """

    refuses = (
        "freeze",
        "outputs",
        "loss_weights",
        "optimizer",
        "warmup",
        "schedule",
        "patience",
        "monitor",
        "mixing",
        "balance",
        "input_balance",
        "augment",
        "adversarial",
    )

    def __init__(
        self,
        input: str,
        epochs: Positive | None = None,
        *,
        name: str = "game",
        table: str | None = None,
        loss: Literal["non_saturating", "least_squares", "hinge"] = "non_saturating",
        noise: Positive = 64,
        width: Positive = 32,
        learning_rate: PositiveFloat | Mapping[str, PositiveFloat] = 2e-4,
        **settings: Any,
    ) -> None:
        given = {"table": table, "learning_rate": learning_rate, **settings}
        super().__init__(epochs, name=name, **given)
        self.input = input
        self.loss = loss
        self.noise = noise
        self.width = width

    def steps(self, parts: Parts) -> list[Step]:
        """One step: the encoder learns against a generator."""
        inputs = tuple(name for name in parts.inputs if name == self.input)
        rate = self.learning_rate
        rates = {"others": RATE, **rate} if isinstance(rate, Mapping) else rate
        game = {"loss": self.loss, "noise": self.noise, "width": self.width}
        step = Step(
            self.name,
            self.plain(learning_rate=rates),
            inputs,
            inputs,
            objective="game",
            game=game,
        )
        return [step]
