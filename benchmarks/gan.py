"""Whether games learn to make clothes: 14x14 images of large_fashion.

python -m benchmarks.gan [--images 60000] [--epochs 4] [--grid FOLDER] [--seed 0]

Two games, each trained on real images that no judge is tested on: a GAN without labels
and a conditional one. A classifier that was trained on real images says which classes
are among 2,000 images of the first; a class is found if at least 1 % are taken for it.
Another one is trained on made images of the second alone, and tested on real ones.

Bars: 9 of 10 classes; accuracy 0.65; ten minutes on two processors for both games. The
time of processors is what counts where others work on the same machine.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.neural_network import MLPClassifier

import sensorium as sm
from benchmarks.quality.data import datasets

SAMPLES = 2000
FOUND = 0.01
CLASSES, ACCURACY, SECONDS = 9, 0.65, 1200.0
SIDE = 14


def main() -> int:
    """Trains both, judges them, prints the table."""
    given = arguments()
    images, labels, held, truth = fashion(given.images)
    print(f"{len(images):,} images to learn from, {len(held):,} to judge by")
    real = Classifier(images, labels)
    print(f"a classifier trained on real images: accuracy {real(held, truth):.3f}")

    plain = sm.games.GAN((SIDE, SIDE, 1), seed=given.seed)
    spent = trained(plain, given.epochs, images)
    found = np.bincount(real.says(plain.sample(SAMPLES)), minlength=10) / SAMPLES
    classes = int((found >= FOUND).sum())
    print(f"  classes among its images: {classes} of 10", np.round(found, 2))

    asked = sm.games.ConditionalGAN((SIDE, SIDE, 1), 10, seed=given.seed)
    spent += trained(asked, given.epochs, images, labels)
    wanted = np.arange(10 * SAMPLES) % 10
    made = Classifier(asked.sample(len(wanted), 1, wanted), wanted)
    accuracy = made(held, truth)
    print(f"  a classifier trained on its images: accuracy {accuracy:.3f}")
    if given.grid:
        plain.save_grid(Path(given.grid) / "gan.png")
        asked.save_grid(Path(given.grid) / "conditional.png")

    bars = (classes >= CLASSES, accuracy >= ACCURACY, spent <= SECONDS)
    for bar, met in zip(("classes", "accuracy", "time"), bars, strict=True):
        print(f"{bar}: {'met' if met else 'MISSED'}")
    return 0 if all(bars) else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.gan")
    parser.add_argument("--images", type=int, default=60_000)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--grid", help="a folder for pictures")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def fashion(most: int) -> tuple[np.ndarray, ...]:
    """Images and classes to learn from, and others of other originals."""
    path = datasets() / "large_fashion" / "data.parquet"
    table = pl.read_parquet(path, columns=["image", "category", "is_test"])
    codes = table["category"].cast(pl.String).rank("dense").to_numpy().astype(int) - 1
    flat = np.frombuffer(b"".join(table["image"]), "uint8")
    images = flat.reshape(-1, SIDE, SIDE, 1)
    test = table["is_test"].to_numpy().astype(bool)
    learn = np.flatnonzero(~test)[:most]
    return images[learn], codes[learn], images[test][:5000], codes[test][:5000]


class Classifier:
    """A small perceptron over pixels."""

    def __init__(self, images: np.ndarray, labels: np.ndarray) -> None:
        self.model = MLPClassifier(
            128, max_iter=12, early_stopping=True, random_state=0
        )
        self.model.fit(flat(images[:20_000]), labels[:20_000])

    def says(self, images: np.ndarray) -> np.ndarray:
        return self.model.predict(flat(images))

    def __call__(self, images: np.ndarray, labels: np.ndarray) -> float:
        return float(self.model.score(flat(images), labels))


def flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1) / np.float32(255)


def trained(game: sm.games.GAN, epochs: int, *arrays: np.ndarray) -> float:
    """Trains a game; prints and returns the seconds of all processors."""
    clock, process = time.perf_counter(), time.process_time()
    game.fit(*arrays, epochs=epochs, verbose=0)
    spent = time.process_time() - process
    name, passed = type(game).__name__, time.perf_counter() - clock
    print(f"{name}: {spent:.0f} s of processors, {passed:.0f} s")
    return spent


if __name__ == "__main__":
    sys.exit(main())
