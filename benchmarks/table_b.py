"""Table B: 10,000 pictures, numbers and text; Sensorium on JAX beside Keras by hand.

    python -m benchmarks.table_b [--repeats 3] [--against jax|tensorflow|torch]

The epoch of the default recipe on JAX is compared with the usual two convolutions by
hand on TensorFlow where it is installed, else on JAX, with the accuracies of both.
"""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
from pathlib import Path

from benchmarks import made, measured

ROWS = 10_000


def main() -> None:
    """Runs both variants in turn, in processes of their own."""
    parser = argparse.ArgumentParser(prog="benchmarks.table_b", description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--against", default=_default_rival())
    parser.add_argument("--variant", choices=("ours", "by_hand"))
    parser.add_argument("--table", type=Path)
    given = parser.parse_args()
    if given.variant:
        measured.tell({"ours": ours, "by_hand": by_hand}[given.variant](given.table))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = made.table_b(Path(folder), given.rows)
        found: dict[str, list[measured.Figures]] = {"ours": [], "by_hand": []}
        for _ in range(given.repeats):
            for variant, backend in (("ours", "jax"), ("by_hand", given.against)):
                arguments = ("--variant", variant, "--table", str(path))
                figures = measured.child(
                    "benchmarks.table_b", *arguments, backend=backend
                )
                found[variant].append(figures)
        title = f"Table B, ours on JAX, by hand on {given.against}, seconds"
        measured.compare(title, found, "ours", "by_hand")


def _default_rival() -> str:
    return "tensorflow" if importlib.util.find_spec("tensorflow") else "jax"


def by_hand(path: Path) -> measured.Figures:
    """The figures of pandas, Pillow and Keras."""
    from benchmarks import by_hand_b

    found = by_hand_b.run(path)
    return _figures(found["epoch"], found["accuracy"])


def ours(path: Path) -> measured.Figures:
    """The figures of the recipe's defaults."""
    import numpy as np
    import polars as pl

    import sensorium as sm
    from benchmarks.by_hand_b import EPOCHS
    from sensorium.pipeline.learning import train_prepared
    from sensorium.pipeline.prepare import prepare
    from sensorium.pipeline.storage import MemoryCollector
    from sensorium.run import Predictor
    from sensorium.training.dataset import split_labels

    rows = pl.read_csv(path).height
    part = np.where(np.arange(rows) < int(rows * 0.8), "train", "test")
    pl.read_csv(path).with_columns(pl.Series("part", part)).write_csv(path)
    recipe = sm.Recipe(
        str(path),
        inputs={
            "picture": sm.Image((64, 64)),
            "numbers": sm.Number(["n0", "n1"]),
            "review": sm.Text(),
        },
        outputs={"kind": "classification", "price": "regression"},
        split={"column": "part"},
        # By hand there are no heads of single inputs.
        stages=[{"epochs": EPOCHS, "batch_size": 64, "input_balance": "none"}],
    )
    prepared = prepare(recipe, MemoryCollector())
    trained = train_prepared(recipe, prepared)
    epochs = [epoch["seconds"] for epoch in trained.metadata["history"][0]["epochs"]]
    predictor = Predictor(trained.features, trained.targets, trained.network)
    inputs, labels = split_labels(prepared.parts["test"])
    found = predictor.decoded(inputs)["kind"]["probability"].argmax(1)
    return _figures(epochs, float((found == labels["kind"]).mean()))


def _figures(epochs: list[float], accuracy: float) -> measured.Figures:
    return {
        "first epoch": epochs[0],
        "steady epoch": min(epochs[1:]),
        "accuracy": accuracy,
    }


if __name__ == "__main__":
    main()
