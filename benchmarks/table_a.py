"""Table A: Sensorium beside the same model by hand, on one backend, in one run.

python -m benchmarks.table_a [--repeats 5]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks import made, measured

BATCH = 256
EPOCHS = 3
SCORED = 20_000


def main() -> None:
    """Runs both variants in turn, in processes of their own."""
    parser = argparse.ArgumentParser(prog="benchmarks.table_a", description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--variant", choices=("ours", "by_hand"))
    parser.add_argument("--table", type=Path)
    given = parser.parse_args()
    if given.variant:
        measured.tell({"ours": ours, "by_hand": by_hand}[given.variant](given.table))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        made.table_a(path)
        with path.open() as table, scored(path).open("w") as first:
            first.writelines(islice(table, SCORED + 1))
        compare(path, given.repeats)


def scored(path: Path) -> Path:
    """The file of the rows that are predicted: no other row is in a reader's memory."""
    return path.with_name("scored.csv")


def compare(path: Path, repeats: int) -> None:
    """Prints medians of both variants and the ratios of their pairs."""
    found: dict[str, list[measured.Figures]] = {"ours": [], "by_hand": []}
    for _ in range(repeats):
        for variant, figures in found.items():
            arguments = ("--variant", variant, "--table", str(path))
            figures.append(measured.child("benchmarks.table_a", *arguments))
    measured.compare("Table A, JAX, seconds", found, "ours", "by_hand")


def timed(action: Callable[[], Any], times: int = 1) -> tuple[float, Any]:
    """Seconds an action takes on average, and what it gave."""
    started = time.perf_counter()
    for _ in range(times):
        result = action()
    return (time.perf_counter() - started) / times, result


def by_hand(path: Path) -> measured.Figures:
    """The figures of pandas, scikit-learn and Keras."""
    import pandas as pd

    from benchmarks.by_hand_a import ByHand

    user = ByHand()
    prepare, arrays = timed(lambda: user.prepare(path))
    train, (model, epochs) = timed(lambda: user.train(arrays))
    rows = pd.read_csv(scored(path))
    one = rows[:1]
    user.predict(model, one)
    single, _ = timed(lambda: user.predict(model, one), 50)
    user.predict(model, rows)
    many, _ = timed(lambda: user.predict(model, rows), 3)
    return figures(prepare, train, epochs, single, many)


def ours(path: Path) -> measured.Figures:
    """The figures of Sensorium with the same parts."""
    import sensorium as sm
    from sensorium.pipeline.learning import train_prepared
    from sensorium.pipeline.prepare import prepare
    from sensorium.pipeline.storage import MemoryCollector
    from sensorium.run import Predictor

    recipe = same_model(path)
    preparing, prepared = timed(lambda: prepare(recipe, MemoryCollector()))
    train, trained = timed(lambda: train_prepared(recipe, prepared))
    epochs = [epoch["seconds"] for epoch in trained.metadata["history"][0]["epochs"]]
    predictor = Predictor(trained.features, trained.targets, trained.network)
    rows = sm.read(scored(path))
    one = {name: column[0] for name, column in rows.head(1).items()}
    predictor.predict(sm.read([one]))
    single, _ = timed(lambda: predictor.predict(sm.read([one])), 50)
    predictor.predict(rows)
    many, _ = timed(lambda: predictor.predict(rows), 3)
    return figures(preparing, train, epochs, single, many)


def figures(
    prepare: float, train: float, epochs: list[float], single: float, many: float
) -> measured.Figures:
    """Names the figures."""
    return {
        "CSV to arrays": prepare,
        f"training, {EPOCHS} epochs with all it needs": train,
        "first epoch": epochs[0],
        "steady epoch": min(epochs[1:]),
        "one raw row to its prediction, ms": single * 1000,
        f"{SCORED:,} raw rows to predictions": many,
    }


def same_model(path: Path) -> Any:
    """The model of `by_hand_a` as a recipe."""
    import sensorium as sm

    nothing = {"dropout": 0.0}
    numbers = {"type": "mlp", "units": 64, "num_layers": 1, **nothing}
    mean = {"weighted": False, "maximum": False}
    text = {"type": "bag", "units": 32, "embedding_dim": 32, **mean}
    return sm.Recipe(
        str(path),
        inputs={
            "numbers": sm.Number(
                [f"n{i}" for i in range(6)], scale="standard", encoder=numbers
            ),
            "categories": sm.Category(
                [f"c{i}" for i in range(4)],
                min_count=1,
                encoder={"type": "embedding", "embedding_dim": 16, **nothing},
            ),
            "review": sm.Text(encoder={**text, **nothing}),
        },
        outputs={"sold": "classification", "price": "regression"},
        fusion={"type": "concat", "units": 64, **nothing},
        split={"test": 0.2},
        stages=[
            {
                "epochs": EPOCHS,
                "batch_size": BATCH,
                "schedule": "constant",
                "warmup": 0.0,
                "optimizer": {"type": "adam", "use_ema": False},
                "input_balance": "none",  # by hand there are no heads of inputs either
            }
        ],
    )


if __name__ == "__main__":
    main()
