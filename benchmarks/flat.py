"""Peak memory of reading, fitting and encoding tables of growing length.

    python -m benchmarks.flat [--rows 1000000 10000000]

Each length runs in a process of its own; the encoded rows go to the disk.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks import measured

PIECE = 500_000


def main() -> None:
    """Prints peak memory and seconds for each length."""
    parser = argparse.ArgumentParser(prog="benchmarks.flat", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--table", type=Path)
    given = parser.parse_args()
    if given.table:
        measured.tell(prepare(given.table))
        return
    print("\n## Memory against the length of a table\n")
    print("| rows | peak MB | of it data frames and arrays at work | seconds |")
    print("|---|---|---|---|")
    for rows in given.rows:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "long.csv"
            write(path, rows)
            found = measured.child("benchmarks.flat", "--table", str(path))
            work = found["peak MB"] - found["MB after imports"]
            peak, seconds = found["peak MB"], found["seconds"]
            print(f"| {rows:,} | {peak:.0f} | {work:.0f} | {seconds:.0f} |", flush=True)


def write(path: Path, rows: int) -> None:
    """Writes a long table piece by piece."""
    pieces = (piece(start, rows) for start in range(0, rows, PIECE))
    if path.suffix == ".parquet":
        pl.defer(lambda: pl.concat(pieces), schema=piece(0, 1).schema).sink_parquet(
            path
        )
        return
    with path.open("wb") as file:
        for index, part in enumerate(pieces):
            part.write_csv(file, include_header=index == 0)


def piece(start: int, rows: int) -> pl.DataFrame:
    """Some rows of the long table."""
    count = min(PIECE, rows - start)
    draw = np.random.default_rng(start)
    numbers = {f"n{i}": draw.normal(size=count).round(4) for i in range(4)}
    city = pl.Series([f"city_{code}" for code in draw.integers(0, 500, count)])
    sold = (numbers["n0"] + draw.normal(size=count) > 0).astype(int)
    return pl.DataFrame({**numbers, "city": city, "sold": sold})


def prepare(path: Path) -> measured.Figures:
    """Encodes a table onto the disk and trains on a part of one epoch."""
    import resource
    import time

    import sensorium as sm
    from sensorium.pipeline.prepare import prepare as prepared_from
    from sensorium.pipeline.storage import DiskCollector
    from sensorium.training.dataset import EncodedBatches

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started = time.perf_counter()
    recipe = sm.Recipe(
        str(path),
        {"n": sm.Number([f"n{i}" for i in range(4)]), "city": "category"},
        {"sold": "classification"},
    )
    prepared = prepared_from(recipe, DiskCollector(path.parent / "encoded"))
    batches = EncodedBatches(prepared.parts["train"], batch_size=1024)
    for index in range(len(batches)):
        batches[index]
    seconds = time.perf_counter() - started
    return {"MB after imports": before, "seconds": seconds}


if __name__ == "__main__":
    main()
