"""A stage over two frozen encoders, with and without keeping what they say.

Rows with a picture of 64x64 pixels and a signal of 256 steps, two convolution encoders,
ten epochs of `probe`: fusion and head learn. Both variants run in turn, each in a
process of its own; computing the encodings counts, reading the table does not. Few rows
measure compilation, many the encoders.

python -m benchmarks.embeddings [ROWS [ours|plain]]
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np

from benchmarks import measured

ROWS = "4000"
EPOCHS = 10
REPEATS = 3


def main() -> None:
    """Runs one variant, or both in turn and compares them."""
    rows = (sys.argv[1:] or [ROWS])[0]
    if len(sys.argv) > 2:
        measured.tell(figures(int(rows), sys.argv[2] == "ours"))
        return
    kinds = {"kept": "ours", "computed in every step": "plain"}
    found: dict[str, list[measured.Figures]] = {name: [] for name in kinds}
    for _ in range(REPEATS):
        for name, word in kinds.items():
            found[name].append(measured.child("benchmarks.embeddings", rows, word))
    title = f"Probing two frozen encoders, {int(rows):,} rows, {EPOCHS} epochs"
    measured.compare(title, found, *kinds)


def figures(count: int, kept: bool) -> measured.Figures:
    """Seconds of the stage.

    Args:
        count: Rows of the table.
        kept: Whether encodings are computed once.
    """
    from sensorium.pipeline.embeddings import Embeddings
    from sensorium.pipeline.prepare import prepare
    from sensorium.pipeline.staging import Stager
    from sensorium.pipeline.storage import MemoryCollector
    from sensorium.recipe import build_network
    from sensorium.training import train

    if not kept:
        Stager._is_frozen = lambda *_: False  # type: ignore[method-assign]
    recipe = probing(count)
    rows = prepare(recipe, MemoryCollector())
    network = build_network(recipe, rows.features, rows.targets(recipe))
    stager = Stager(recipe, rows, network, Embeddings(rows, None))
    step = recipe.steps()[1]  # encoders that no stage teaches are refused
    started = time.perf_counter()
    staged = stager.staged(step)
    encoded = time.perf_counter()
    history = train(staged.model, step.stage, staged.training, staged.validation)
    ended = time.perf_counter()
    epochs = [epoch["seconds"] for epoch in history.epochs]
    return {
        "the stage, s": ended - started,
        "of it before the first epoch, s": encoded - started,
        "a steady epoch, s": float(np.median(epochs[1:])),
    }


def probing(count: int) -> Any:
    """The recipe, whose second stage is timed, for a table of so many rows."""
    import sensorium as sm

    draw = np.random.default_rng(0)
    labels = draw.integers(0, 4, count)
    steps = np.arange(256) / 256 * 2 * np.pi
    waves = np.sin(steps * (1 + labels[:, None])) + draw.normal(size=(count, 256))
    bright = labels[:, None, None, None] * 40 + draw.integers(0, 99, (count, 64, 64, 3))
    convolutions = {"type": "signal_convolution", "units": 64}
    quick = {"batch_size": 64, "patience": None}
    return sm.Recipe(
        {
            "photo": bright.astype(np.uint8),
            "wave": waves.astype(np.float32),
            "kind": labels,
        },
        inputs={
            "photo": {
                "type": "image",
                "size": [64, 64],
                "encoder": {"type": "residual", "units": 64},
            },
            "wave": {"type": "signal", "encoder": convolutions},
        },
        outputs={"kind": "classification"},
        fusion={"type": "gated", "units": 64},
        split={"valid": 0.1},
        stages=[{"type": "train"}, {"type": "probe", "epochs": EPOCHS, **quick}],
    )


if __name__ == "__main__":
    main()
