"""A picture and a word in; the thing's mask, its box and its style out, in one model.

    python examples/segmentation_and_box.py [FOLDER] [EPOCHS]

Scenes of two handwritten digits are made here from scikit-learn's digits; a text asks
for one of them. Each output has its own loss: Dice and cross-entropy for the mask,
smooth L1 and GIoU for the box, cross-entropy for the class. By hand this takes two
branches with skip connections, masks resized and turned into 0 and 1, boxes scaled, and
label keys that fit the output layers' names. Here each output is one line.
"""

from __future__ import annotations

import sys

import numpy as np
from sklearn.datasets import load_digits

import sensorium as sm

SIDE, SCENES = 32, 1200
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def scenes() -> dict[str, np.ndarray]:
    """Scenes with two digits, one left and one right, dark or bright each."""
    digits, random = load_digits(), np.random.default_rng(0)
    pictures = random.integers(60, 120, (SCENES, SIDE, SIDE)).astype(np.float64)
    masks = np.zeros((SCENES, SIDE, SIDE), np.uint8)
    boxes, words, styles = np.zeros((SCENES, 4)), [], []
    for scene in range(SCENES):
        names = random.choice(10, 2, replace=False)  # two different digits
        asked = random.integers(2)
        for place, name in enumerate(names):
            digit = random.choice(np.flatnonzero(digits.target == name))
            ink = np.kron(digits.images[digit] > 6, np.ones((2, 2))) > 0
            top, left = random.integers(0, SIDE - 16), 16 * place
            bright = bool(random.integers(2))
            part = np.s_[scene, top : top + 16, left : left + 16]
            pictures[part][ink] = 230 if bright else 10
            if place == asked:
                masks[part][ink] = 255
                rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
                corner = [left + columns[0], top + rows[0]]
                boxes[scene] = [*corner, left + columns[-1] + 1, top + rows[-1] + 1]
                words.append(f"find the {WORDS[name]}")
                styles.append("bright" if bright else "dark")
    found = {"photo": pictures.astype(np.uint8)[..., None], "mask": masks, "box": boxes}
    return {**found, "query": np.array(words), "style": np.array(styles)}


def declared(epochs: int) -> sm.Recipe:
    return sm.Recipe(
        data=scenes(),
        inputs={"photo": sm.Image(), "query": sm.Text()},
        # The query looks for its digit in the picture's map, and so finds its style.
        fusion="cross_attention",
        outputs={
            "mask": sm.heads.Segmentation(),  # of the only image; 0 and 255 by itself
            "box": sm.heads.Box(weight=0.3, image="photo", image_size=[SIDE, SIDE]),
            "style": sm.heads.Classification(),
        },
        split={"valid": 0.1, "test": 0.2},
        # Masks and boxes move with their picture. (Turned digits would be wrong.)
        stages=[
            sm.Stage(
                epochs,
                batch_size=16,
                learning_rate=2e-3,
                input_balance="none",  # neither input says anything alone
                augment={"photo": {"shift": 3}},
            )
        ],
        seed=0,
    )


def main(folder: str = "runs/segmentation_and_box", epochs: str = "30") -> None:
    run = sm.fit(declared(int(epochs)), folder, overwrite=True)

    print("On scenes that training never saw, with 95 % intervals:")
    scores, naive = run.evaluate(), run.naive_scores()
    for output, name in (("mask", "iou"), ("box", "iou"), ("style", "accuracy")):
        score = next(score for score in scores[output] if score.name == name)
        plain = next(score for score in naive[output] if score.name == name)
        interval = f"({score.low:.3f} to {score.high:.3f})"
        print(f"  {output + ' ' + name:15} {score.value:.3f}  {interval}")
        print(f"  {'':15} {plain.value:.3f}  is the best constant answer's")

    # One picture, two questions: the answer follows the word.
    scene = {"photo": scenes()["photo"][:1].repeat(10, axis=0)}
    asked = {**scene, "query": np.array([f"find the {word}" for word in WORDS])}
    answers = run.predict(asked)
    print("\nThe first scene, asked for every digit: how many pixels are found")
    for word, mask in zip(WORDS, answers["mask"].to_numpy(), strict=True):
        print(f"  {word:6} {int((mask > 0).sum())}")


if __name__ == "__main__":
    main(*sys.argv[1:])
