"""`sensorium demo --which gan`: a game that learns to write digits, on real images."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
from rich.console import Console
from rich.progress import Progress
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from sensorium import games

EPOCHS, BATCH, WIDTH = 40, 32, 16
LEARNED_FROM = 1200
MADE = 2000


def play(folder: str, epochs: int = EPOCHS) -> None:
    """Trains, saves, and prints how good the images are.

    Args:
        folder: Where the game and its picture go.
        epochs: Passes over the images.
    """
    images, digits = _digits()
    learn, held = slice(LEARNED_FROM), slice(LEARNED_FROM, None)
    game = games.ConditionalGAN((8, 8, 1), 10, width=WIDTH)
    print(f"A generator and a discriminator play over {LEARNED_FROM:,} digits ...")
    shown = sys.stderr.isatty()
    with Progress(console=Console(stderr=True), disable=not shown) as bar:
        task = bar.add_task("epochs", total=epochs)
        moves = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: bar.advance(task)
        )
        history = game.fit(
            images[learn],
            digits[learn],
            epochs=epochs,
            batch_size=BATCH,
            callbacks=[moves],
            verbose=0,
        ).history
    place = Path(folder)
    game.save(place)
    game.save_grid(place / "digits.png")
    _judge(game, images[held], digits[held], _classifier(images[learn], digits[learn]))
    _tell(history)
    print(_next(place))


def _digits() -> tuple[np.ndarray, np.ndarray]:
    """Real 8x8 images, written by 43 people, and what they show."""
    values, digits = load_digits(return_X_y=True)
    images = np.round(values.reshape(-1, 8, 8, 1) * (255 / 16)).astype("uint8")
    return images, digits


def _judge(game: Any, images: np.ndarray, digits: np.ndarray, real: Any) -> None:
    wanted = np.arange(MADE) % 10
    made = game.sample(MADE, seed=1, labels=wanted)
    told, taught = real.predict(_flat(made)), _classifier(made, wanted)
    print("\nScores (1 is best, 0.1 is chance):\n")
    rows = {
        "real images, judged by a classifier of real ones": real.score(
            _flat(images), digits
        ),
        "made images, judged by the same": float(np.mean(told == wanted)),
        "real images, judged by a classifier of made ones": taught.score(
            _flat(images), digits
        ),
    }
    for text, score in rows.items():
        print(f"  {text:50} {score:.2f}")
    print(f"  {'digits found among the made images':50} {len(np.unique(told))} of 10")


def _tell(history: dict[str, Any]) -> None:
    accuracy, spread = history["discriminator_accuracy"][-1], history["diversity"][-1]
    print(f"""
The discriminator tells {accuracy:.0%} of all images right (50%: it only guesses).
Made images differ among themselves {spread:.1f} times as much as real ones.""")
    for text in history["warnings"]:
        print(f"Warning: {text}")


def _classifier(images: np.ndarray, labels: np.ndarray) -> Any:
    return LogisticRegression(max_iter=1000).fit(_flat(images), labels)


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1) / 255.0


def _next(place: Path) -> str:
    return f"""
Look at {place / "digits.png"}: a column for each digit.

Next, try in Python:
  import sensorium as sm
  game = sm.games.load("{place}")
  game.sample(100, seed=7, labels=3)            # a hundred threes, as bytes
  own = sm.games.GAN((height, width, channels)) # then own.fit(images, epochs=20)"""
