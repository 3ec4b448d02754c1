from __future__ import annotations

import numpy as np
import pytest

from sensorium.errors import GameWarning
from sensorium.games.watching import PATIENCE, Watcher, spread, warnings_of

DRAW = np.random.default_rng(0)
REAL = DRAW.integers(0, 256, (64, 8, 8, 1), dtype="uint8")


def few_kinds(count: int) -> np.ndarray:
    """Four images, again and again, with a little noise."""
    noise = DRAW.integers(0, 4, (count, 8, 8, 1))
    return np.minimum(REAL[np.arange(count) % 4].astype(int) + noise, 255).astype(
        "uint8"
    )


def test_spread_of_two_images_is_their_distance() -> None:
    images = np.zeros((2, 2, 2, 1), "uint8")
    images[1] = 255
    assert spread(images) == pytest.approx(2.0)


def test_few_kinds_of_images_have_almost_no_spread() -> None:
    assert spread(few_kinds(64)) < 0.05 * spread(REAL)


def ended(watcher: Watcher, epochs: int, **logs: float) -> dict[str, float]:
    for epoch in range(epochs):
        watcher.on_epoch_end(epoch, logs)
    return logs


def test_a_collapse_is_told_once_in_words() -> None:
    watcher = Watcher(REAL, few_kinds)
    assert ended(watcher, PATIENCE - 1)["diversity"] < 0.1
    assert watcher.told == []
    watcher = Watcher(REAL, few_kinds)
    with pytest.warns(GameWarning, match=f"epoch {PATIENCE}: the generator has collap"):
        ended(watcher, PATIENCE + 3)
    assert len(watcher.told) == 1


@pytest.mark.parametrize(
    ("logs", "words"),
    [
        ({"discriminator_accuracy": 1.0}, "the discriminator has won"),
        ({"generator_fooled": 0.995}, "the generator has won"),
    ],
)
def test_a_player_that_has_won_is_told(logs, words) -> None:
    with pytest.warns(GameWarning, match=words):
        ended(Watcher(REAL, lambda count: REAL[:count]), PATIENCE, **logs)


def test_an_even_game_is_not_told() -> None:
    watcher = Watcher(REAL, lambda count: REAL[:count])
    logs = ended(watcher, 5, discriminator_accuracy=0.7, generator_fooled=0.3)
    assert logs["diversity"] == pytest.approx(1.0)
    assert watcher.told == []


def test_what_does_not_last_is_not_told() -> None:
    watcher = Watcher(REAL, lambda count: REAL[:count])
    for accuracy in (1.0, 1.0, 0.9, 1.0, 1.0):
        watcher.on_epoch_end(0, {"discriminator_accuracy": accuracy})
    assert watcher.told == []


def test_a_single_image_has_no_spread() -> None:
    watcher = Watcher(REAL[:1], lambda count: REAL[:count])
    assert "diversity" not in ended(watcher, PATIENCE)


def test_warnings_of_epochs_are_those_that_were_told_while_it_was_played() -> None:
    watcher, epochs = Watcher(REAL, few_kinds), []
    fixes = {"collapse": "Mend it.", "discriminator": "Slow it.", "generator": ""}
    with pytest.warns(GameWarning):
        for epoch in range(PATIENCE + 1):
            logs = {"discriminator_accuracy": float(epoch > 0)}
            watcher.on_epoch_end(epoch, logs)
            epochs.append(logs)
    found = warnings_of(epochs, fixes)
    assert [text.partition(":")[0] for text in found] == ["epoch 3", "epoch 4"]
    assert [text.partition(":")[0] for text in watcher.told] == ["epoch 3", "epoch 4"]
    assert found[0].endswith("Mend it.")
    assert found[1].endswith("Slow it.")
    assert warnings_of(epochs[:2], fixes) == []
