"""One network for five outputs of bird strikes, against five networks for one each.

Up to 89 % of an output's labels are missing. Asked: every output within .01 of the
network trained for it alone, in less than half of the time of all five. Each is
a recipe trained as a user would; scores are those on the same test rows, times
are of training alone (without reading and encoding), the variants in turn. The
stage of all five says `balance: even, monitor: each` and its fusion has twice the
usual dropout (docs/balance.md); networks for one output have the default settings.

    python -m benchmarks.many_outputs [--rows 17428] [--seeds 1] [--balance WORD]
        [--monitor WORD] [--dropout SHARE]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

import sensorium as sm
from benchmarks.quality.data import datasets

CATEGORIES = (
    "operator", "atype", "state", "time_of_day", "sky", "species", "birds_seen",
)  # fmt: skip
NUMBERS = ("ac_mass", "num_engs", "year", "month")
OUTPUTS: dict[str, Any] = {
    "phase_of_flt": "classification",
    "any_effect": "classification",
    "effect": "classification",
    "speed": "regression",
    "height": "regression",
}
FIRST = {"classification": "accuracy", "regression": "r2"}


def table(folder: Path, rows: int) -> Path:
    """The data set with heights as logarithms; a part of its rows, if so wished."""
    source = pl.read_csv(
        datasets() / "birdstrikes" / "data.csv", infer_schema_length=None
    )
    found = source.with_columns(pl.col("height").log1p())
    if rows < len(found):
        found = found.sample(rows, seed=0)
    path = folder / "strikes.parquet"
    found.write_parquet(path)
    return path


def recipe(
    path: Path,
    outputs: list[str],
    seed: int,
    settings: Mapping[str, Any] = MappingProxyType({}),
    dropout: float = 0.1,
) -> sm.Recipe:
    """A recipe for some outputs, with settings of its stage and of its fusion."""
    return sm.Recipe(
        str(path),
        {
            "remarks": {"type": "text", "columns": "remarks"},
            "numbers": {"type": "number", "columns": list(NUMBERS)},
            "kinds": {"type": "category", "columns": list(CATEGORIES)},
        },
        {name: OUTPUTS[name] for name in outputs},
        split={"column": "fold", "valid": [3], "test": [4]},
        fusion={"type": "concat", "dropout": dropout},
        stages=[{"input_balance": "none", **settings}],
        seed=seed,
    )


def trained(given: sm.Recipe) -> tuple[dict[str, float], float]:
    """The first score of every output on the test rows, and seconds of training."""
    with tempfile.TemporaryDirectory() as folder:
        told: list[float] = []
        started: list[float] = []

        def report(event: str, values: Any) -> None:
            if event == "stage":
                started.append(time.perf_counter())
            if event == "stage_end":
                told.append(time.perf_counter() - started[-1])

        run = sm.fit(given, Path(folder) / "run", cache=False, report=report)
        found = {}
        for name, scores in run.evaluate().items():
            wanted = FIRST[OUTPUTS[name]]
            value = next(score.value for score in scores if score.name == wanted)
            found[name] = float("nan") if value is None else float(value)
        return found, sum(told)


def main() -> None:
    """Prints a line for each output, and the times."""
    parser = argparse.ArgumentParser(prog="benchmarks.many_outputs")
    parser.add_argument("--rows", type=int, default=17_428)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--balance", default="even")
    parser.add_argument("--monitor", default="each")
    parser.add_argument("--dropout", type=float, default=0.2)
    given = parser.parse_args()
    joint: list[dict[str, float]] = []
    alone: list[dict[str, float]] = []
    seconds: dict[str, list[float]] = {"joint": [], "alone": []}
    with tempfile.TemporaryDirectory() as folder:
        path = table(Path(folder), given.rows)
        for seed in range(given.seeds):
            settings = {"balance": given.balance, "monitor": given.monitor}
            whole = recipe(path, list(OUTPUTS), seed, settings, given.dropout)
            found, spent = trained(whole)
            joint.append(found)
            seconds["joint"].append(spent)
            each = [trained(recipe(path, [name], seed)) for name in OUTPUTS]
            alone.append({n: v for scores, _ in each for n, v in scores.items()})
            seconds["alone"].append(sum(spent for _, spent in each))
    print(f"\n## Five outputs of bird strikes, {given.rows} rows\n")
    print("| output | score | together | alone | difference |\n" + "|---" * 5 + "|")
    for name, kind in OUTPUTS.items():
        one, two = (
            statistics.fmean(s[name] for s in found) for found in (joint, alone)
        )
        print(f"| {name} | {FIRST[kind]} | {one:.3f} | {two:.3f} | {one - two:+.3f} |")
    one, two = (statistics.fmean(seconds[key]) for key in ("joint", "alone"))
    print(
        f"\nTraining: {one:.1f} s together, {two:.1f} s alone, {one / two:.2f} of it."
    )


if __name__ == "__main__":
    main()
