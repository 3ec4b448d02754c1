"""What discriminator and generator of images lose, by the word for it.

Scores of a discriminator are logits, without an activation: above `threshold` it takes
an image for a real one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from keras import ops

from sensorium.engine import engine


@dataclass(frozen=True)
class Rule:
    """The losses of one kind of game.

    Args:
        discriminator: Scores of real and of made images in, a scalar out.
        generator: Scores of made images in, a scalar out.
        threshold: Score above which an image passes for real; `None` where scores
            have no such meaning.
        source: Where it comes from.
    """

    discriminator: Callable[[Any, Any], Any]
    generator: Callable[[Any], Any]
    threshold: float | None
    source: str


def _binary(real: Any, fake: Any) -> Any:
    return ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))


def _squares(real: Any, fake: Any) -> Any:
    return (ops.mean(ops.square(real - 1.0)) + ops.mean(ops.square(fake))) / 2.0


def _hinge(real: Any, fake: Any) -> Any:
    return ops.mean(ops.relu(1.0 - real)) + ops.mean(ops.relu(1.0 + fake))


RULES = {
    "non_saturating": Rule(
        _binary,
        lambda fake: ops.mean(ops.softplus(-fake)),
        0.0,
        "Goodfellow et al. 2014, section 3",
    ),
    "least_squares": Rule(
        _squares,
        lambda fake: ops.mean(ops.square(fake - 1.0)) / 2.0,
        0.5,
        "Mao et al. 2017, equation 9",
    ),
    "hinge": Rule(
        _hinge,
        lambda fake: -ops.mean(fake),
        0.0,
        "Lim and Ye 2017; Miyato et al. 2018, equations 16 and 17",
    ),
    "wasserstein": Rule(
        lambda real, fake: ops.mean(fake) - ops.mean(real),
        lambda fake: -ops.mean(fake),
        None,
        "Arjovsky et al. 2017, algorithm 1",
    ),
}
"""Word -> losses. `wasserstein` needs a critic that changes slowly: see `WGANGP`."""


def accuracy(rule: Rule, real: Any, fake: Any) -> Any:
    """Share of images that a discriminator takes for what they are, real or made.

    Args:
        rule: The game's losses, with a threshold.
        real: Scores of real images.
        fake: Scores of made ones, as many.
    """
    right = (real > rule.threshold, fake <= rule.threshold)
    return sum(ops.mean(ops.cast(each, "float32")) for each in right) / 2.0


def gradient_penalty(score: Callable[[Any], Any], real: Any, fake: Any, at: Any) -> Any:
    """How far a critic's slope is from 1 between real and made images, squared.

    Source: Gulrajani et al. 2017, equation 3.

    Args:
        score: Images in, scores out; rows must not see each other.
        real: Real images, `(rows, height, width, channels)`.
        fake: Made images, as many.
        at: Where between both, from 0 to 1, `(rows, 1, 1, 1)`.
    """
    between = at * real + (1.0 - at) * fake
    slope = engine().input_gradients(score, between)
    # The root has no slope at zero, where a critic may begin.
    norm = ops.sqrt(ops.sum(ops.square(slope), axis=(1, 2, 3)) + 1e-12)
    return ops.mean(ops.square(norm - 1.0))
