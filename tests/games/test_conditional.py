from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from sensorium.errors import DataError
from sensorium.games import ConditionalGAN

DRAW = np.random.default_rng(0)
LABELS = np.arange(64) % 3
IMAGES = DRAW.integers(0, 40, (64, 8, 8), dtype="uint8") + (LABELS * 100).astype(
    "uint8"
).reshape(-1, 1, 1)


@pytest.fixture(scope="module")
def fitted() -> ConditionalGAN:
    gan = ConditionalGAN((8, 8, 1), 3, noise=4, width=2)
    gan.fit(IMAGES, LABELS, epochs=2, batch_size=32, verbose=0)
    return gan


def test_labels_choose_the_image(fitted) -> None:
    in_turn = fitted.sample(6, seed=2)
    np.testing.assert_array_equal(
        in_turn, fitted.sample(6, seed=2, labels=[0, 1, 2, 0, 1, 2])
    )
    ones = fitted.sample(6, seed=2, labels=1)
    np.testing.assert_array_equal(ones[1], in_turn[1])
    assert (ones[0] != in_turn[0]).any()


def test_a_grid_has_a_column_for_each_class(fitted, tmp_path) -> None:
    fitted.save_grid(tmp_path / "grid.png", rows=2)
    with Image.open(tmp_path / "grid.png") as found:
        assert found.size == ((3 * 10 + 2) * 7, (2 * 10 + 2) * 7)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (LABELS - 1, "whole numbers from 0 to 2. Received: -1. Leave out"),
        (LABELS + 1, "Received: 3"),
        (LABELS.astype(float), "Received: dtype"),
        (LABELS[:5], r"expected 64 labels, one for each image. Received: \(5,\)"),
        (["a"] * 64, "Received: 'a'"),
    ],
)
def test_wrong_labels(fitted, labels, words) -> None:
    with pytest.raises(DataError, match=f"labels: .*{words}"):
        fitted.fit(IMAGES, labels)


def test_a_game_of_classes_needs_two() -> None:
    with pytest.raises(DataError, match="`classes`: expected a whole number from 2"):
        ConditionalGAN((8, 8, 1), 1)
