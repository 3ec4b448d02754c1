"""Scenes: the mask, the box and the style of the thing that a text asks for.

    python -m benchmarks.scenes [--seeds 1] [--alone] [--epochs 60] [--folder FOLDER]

glyph_scenes has 2,000 pictures of one to three emoji on photographs. One network takes
a picture and a text; fold 0 is for testing, as for the baselines, which had 900 scenes
to learn from. With `--alone` each output is also trained for itself.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import sensorium as sm
from benchmarks.quality.data import datasets

SOURCE = "glyph_scenes"
CORNERS = ["x0", "y0", "x1", "y1"]
# Weights by the lengths of gradients in a first run: a mask's is the shortest.
OUTPUTS: dict[str, Any] = {
    "mask": {"type": "segmentation"},
    "box": {
        "type": "box",
        "column": CORNERS,
        "image": "photo",
        "image_size": [1, 1],
        "weight": 0.1,
    },
    "style": {"type": "classification", "column": "target_style", "weight": 0.2},
}
# Columns of the README's table: IoU, with one object, with two or three, box error.
BASELINES = {
    "image alone": (0.518, 0.784, 0.361, 0.130),
    "image + query word": (0.756, 0.822, 0.717, 0.070),
    "mean mask and box": (0.117, None, None, 0.171),
}
WANTED = (0.80, None, 0.76, 0.06)
HEADER = f"{'':24}{'IoU':>8}{'1 object':>10}{'2-3':>8}{'box':>8}{'style':>8}{'min':>7}"


def recipe(source: Path, outputs: dict[str, Any], seed: int, epochs: int) -> sm.Recipe:
    """The network for some of the outputs."""
    return sm.Recipe(
        data=str(source / "data.csv"),
        inputs={"photo": sm.Image((64, 64), "image"), "query": sm.Text()},
        # The query looks for its thing in the picture's map, and finds its place, too.
        fusion={"type": "cross_attention", "units": 128},
        outputs=outputs,
        split={"column": "fold", "test": [0], "valid": 0.1},
        stages=[
            sm.Stage(
                epochs,
                batch_size=16,
                learning_rate=2e-3,
                patience=None,
                input_balance="none",  # neither input says anything alone
                augment={"photo": {"shift": 4, "flip": True}},
            )
        ],
        seed=seed,
    )


def measured(run: sm.Run, source: Path) -> list[float | None]:
    """The README's figures on the test rows."""
    scores = {
        output: {score.name: score.value for score in found}
        for output, found in run.evaluate().items()
    }
    found: list[float | None] = [None] * 5
    if "mask" in scores:
        found[0] = scores["mask"]["iou"]
        found[1:3] = _by_objects(run, source)
    found[3] = scores.get("box", {}).get("mae")
    found[4] = scores.get("style", {}).get("accuracy")
    return found


def _by_objects(run: sm.Run, source: Path) -> list[float | None]:
    table = sm.read(source / "data.csv")
    columns = table.head(table.num_rows)
    test = np.asarray(columns["fold"]) == 0
    objects = np.asarray(columns["n_objects"])
    found: list[float | None] = []
    for some in (objects == 1, objects > 1):
        scores = run.evaluate(table.take(np.flatnonzero(test & some)))
        found.append(next(s.value for s in scores["mask"] if s.name == "iou"))
    return found


def trained(
    source: Path, names: list[str], seed: int, epochs: int, folder: Path
) -> list[float | None]:
    """Trains some outputs together; their figures, and the minutes it took."""
    outputs = {name: OUTPUTS[name] for name in names}
    started = time.perf_counter()
    place = folder / f"{'_'.join(names)}_{seed}"
    run = sm.fit(recipe(source, outputs, seed, epochs), place, overwrite=True)
    minutes = (time.perf_counter() - started) / 60
    return [*measured(run, source), minutes]


def line(name: str, figures: Any) -> str:
    """One row of the table."""
    widths = (8, 10, 8, 8, 8, 7)
    cells = [*figures, *[None] * (6 - len(figures))]
    texts = (
        f"{'':>{width}}" if value is None else f"{value:>{width}.{3 if at < 5 else 1}f}"
        for at, (value, width) in enumerate(zip(cells, widths, strict=True))
    )
    return f"{name:24}{''.join(texts)}"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    source = datasets() / SOURCE
    folder = given.folder or Path(tempfile.mkdtemp())
    print(HEADER)
    for name, figures in {**BASELINES, "asked for": WANTED}.items():
        print(line(name, figures))
    groups = [list(OUTPUTS), *([[name] for name in OUTPUTS] if given.alone else [])]
    for names in groups:
        rows = []
        for seed in range(given.seeds):
            rows.append(trained(source, names, seed, given.epochs, folder))
            print(line(f"{'+'.join(names)}, seed {seed}", rows[-1]), flush=True)
        if len(rows) > 1:
            columns = zip(*rows, strict=True)
            mean = [None if c[0] is None else float(np.mean(c)) for c in columns]
            print(line(f"{'+'.join(names)}, mean", mean))


if __name__ == "__main__":
    main()
