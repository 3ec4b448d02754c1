"""Encoders taught apart, then joined: the digits of digits_three, seen and heard.

    python -m benchmarks.quality.digits [--seeds 5] [--folder FOLDER]

For each seed one encoder learns from 3,500 clean pictures and one from 1,800 clean
recordings, both with augmentation. Then they are joined on the 400 training rows of
`fused_aligned` (degraded: which digit is it?), in one stage with the encoders' own two
tables, whose rows have one input each; and on those of `fused_pairs` (clean: is it the
same digit?). Both are scored on their 800 test rows. With a folder, what was trained
there before is not trained again.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import sensorium as sm
from benchmarks.quality.data import datasets

Rows = dict[str, np.ndarray]

SOURCE = "digits_three"
ENCODERS: dict[str, Any] = {
    "image": {"type": "residual", "filters": [32, 64, 128]},
    "mfcc": None,
}
AUGMENT: dict[str, Any] = {
    "image": {"noise": 0.4, "erase": 0.4, "shift": 1, "coarse": 2},
    "mfcc": {"noise": 1.2, "erase": 0.5, "shift": 2},
}
HALF: dict[str, Any] = {  # the pairs are clean
    "image": {"noise": 0.2, "erase": 0.2, "shift": 1},
    "mfcc": {"noise": 0.6, "erase": 0.25, "shift": 2},
}
EPOCHS = {"image": 40, "mfcc": 30}
KINDS = {"image": "image", "mfcc": "signal"}
TABLES = {"image": "image_only", "mfcc": "audio_only"}
VALID_SHARE = 0.1

# With 400 rows the encoders know more than fine-tuning could teach them.
PROBE: Any = [{"type": "probe", "epochs": 60, "patience": None}]
# What each encoder was taught on serves again: rows that have one input only.
TOGETHER: Any = {
    "type": "probe",
    "epochs": 20,
    "patience": None,
    "table": ["data", *TABLES.values()],
    "mixing": "equal",
    "augment": AUGMENT,
}
JOINED: dict[str, Any] = {
    "fusion": {"type": "add", "dropout": 0.3},
    "modality_dropout": 0.5,
    "stages": [TOGETHER],
}
ALONE: dict[str, Any] = {"stages": PROBE}
SAME: dict[str, Any] = {
    "fusion": {"type": "multiply", "units": 128, "dropout": 0.3},
    "stages": [{**PROBE[0], "epochs": 200, "augment": HALF}],
}
ADDITIVE: dict[str, Any] = {**SAME, "fusion": {"type": "concat", "num_layers": 0}}

MEASURES: dict[str, tuple[str, str]] = {
    "both": ("digit, both inputs: accuracy", "0.910 (0.781 from scratch)"),
    "without image": ("digit, no test row has an image", ""),
    "mfcc alone": ("digit, the audio encoder alone", "0.744 (0.639 from scratch)"),
    "without mfcc": ("digit, no test row has a recording", ""),
    "image alone": ("digit, the image encoder alone", "0.698 (0.526 from scratch)"),
    "same digit": ("same digit, multiply: AUC", "0.983 (dot of posteriors)"),
    "additive": ("same digit, concat of no layers: AUC", "0.472"),
}


def table(name: str) -> Rows:
    """One of the set's tables; steps of a recording that are all zeros are missing.

    They are padding, or what the degradation blanked, and no coefficients.
    """
    with np.load(datasets() / SOURCE / f"{name}.npz", allow_pickle=False) as arrays:
        rows = dict(arrays)
    heard = rows.get("mfcc")
    if heard is not None:
        steps = heard.astype(np.float32)
        steps[(steps == 0).all(axis=2)] = np.nan
        rows["mfcc"] = steps
    return rows


def own(kind: str) -> dict[str, Any]:
    """An encoder's own table, as a recipe names it."""
    rows = table(TABLES[kind])
    data = {name: rows[name] for name in (kind, "digit")}
    return {"data": data, "split": {"valid": VALID_SHARE}}


def pretrained(folder: Path, kind: str, seed: int) -> Path:
    """The run in which an encoder learns from its own table.

    Args:
        folder: Where runs are kept.
        kind: `image` or `mfcc`.
        seed: The run's seed.
    """
    path = folder / f"{kind}{seed}"
    if (path / "model.sensorium").exists():
        return path
    stage = {
        "epochs": EPOCHS[kind],
        "patience": None,
        "learning_rate": 0.003,
        "augment": {kind: AUGMENT[kind]},
    }
    encoder = {} if ENCODERS[kind] is None else {"encoder": ENCODERS[kind]}
    recipe = sm.Recipe(
        **own(kind),
        inputs={kind: {"type": KINDS[kind], **encoder}},
        outputs={"digit": "classification"},
        stages=[stage],
        seed=seed,
    )
    sm.fit(recipe, path, overwrite=True, cache=False)
    return path


def joined(
    folder: Path, name: str, output: str, kinds: list[str], seed: int, **settings: Any
) -> tuple[Any, Rows]:
    """A run on the 400 training rows of a fused table, and its 800 test rows.

    Args:
        folder: Where the encoders' runs are.
        name: The table.
        output: The column that is predicted.
        kinds: The inputs.
        seed: The run's seed.
        **settings: Of the recipe.
    """
    rows = table(name)
    inputs: dict[str, Any] = {
        kind: {
            "type": KINDS[kind],
            "encoder": {"type": "run", "path": str(pretrained(folder, kind, seed))},
        }
        for kind in kinds
    }
    recipe = sm.Recipe(
        data={column: rows[column] for column in (*kinds, output, "is_train")},
        inputs=inputs,
        outputs={output: "classification"},
        split={"column": "is_train", "valid": VALID_SHARE},
        seed=seed,
        **settings,
    )
    run = sm.fit(recipe, folder / f"{output}{seed}", overwrite=True, cache=False)
    test = ~rows["is_train"].astype(bool)
    return run, {column: rows[column][test] for column in (*kinds, output)}


def accuracy(run: Any, rows: Rows, hidden: str | None = None) -> float:
    """Share of the rows that are right, with one input null in all of them or none."""
    given = {name: rows[name] for name in rows if name != "digit"}
    if hidden is not None:
        given[hidden] = np.full(given[hidden].shape, np.nan, np.float32)
    predicted = run.predict(given)["digit"].to_numpy()
    return float((predicted == rows["digit"]).mean())


def auc(run: Any) -> float:
    """Area under the curve of `same_digit` on the test rows."""
    scores = {score.name: score.value for score in run.evaluate()["same_digit"]}
    return float(scores["auc"])


def measured(folder: Path, seed: int) -> dict[str, float]:
    """All figures of one seed."""
    return {**digits(folder, seed), **pairs(folder, seed)}


def digits(folder: Path, seed: int) -> dict[str, float]:
    """Accuracy on `fused_aligned`: joined, with an input hidden, and alone."""
    found = {}
    tables = {TABLES[kind]: own(kind) for kind in TABLES}
    run, rows = joined(
        folder, "fused_aligned", "digit", [*TABLES], seed, tables=tables, **JOINED
    )
    found["both"] = accuracy(run, rows)
    for kind in ("image", "mfcc"):
        found[f"without {kind}"] = accuracy(run, rows, kind)
    for kind in ("image", "mfcc"):
        run, rows = joined(folder, "fused_aligned", "digit", [kind], seed, **ALONE)
        found[f"{kind} alone"] = accuracy(run, rows)
    return found


def pairs(folder: Path, seed: int) -> dict[str, float]:
    """AUC of `same_digit` on `fused_pairs`, of a product and of a sum."""
    found = {}
    for name, settings in (("same digit", SAME), ("additive", ADDITIVE)):
        kinds = ["image", "mfcc"]
        run, _ = joined(folder, "fused_pairs", "same_digit", kinds, seed, **settings)
        found[name] = auc(run)
    return found


def main() -> None:
    """Measures every seed and prints the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.quality.digits")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as own:
        found = []
        for seed in range(given.seeds):
            found.append(measured(given.folder or Path(own), seed))
            print(f"seed {seed}: {found[-1]}", flush=True)
    figures = pl.DataFrame(found)
    print(f"\n| measure | mean of {given.seeds} seeds | spread | README |")
    print("|---|---|---|---|")
    for name, (words, baseline) in MEASURES.items():
        column = figures[name].to_numpy()
        spread = column.std(ddof=1) if given.seeds > 1 else float("nan")
        print(f"| {words} | {column.mean():.3f} | {spread:.3f} | {baseline} |")


if __name__ == "__main__":
    main()
