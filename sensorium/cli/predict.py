"""`sensorium predict`: rows in = rows out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import polars as pl

from sensorium.cli.mask_files import with_files, with_pictures
from sensorium.errors import DataError, near, sentence

WRITERS = (".csv", ".parquet", ".jsonl")


def run(given: argparse.Namespace) -> None:
    """Runs the verb."""
    target = Path(given.output)
    if target.suffix.lower() not in WRITERS:
        fix = near(target.suffix, WRITERS) or f"Choose one of {', '.join(WRITERS)}."
        raise DataError(
            sentence(str(target), "cannot write this kind of file", fix=fix)
        )
    if not target.parent.is_dir():
        raise DataError(sentence(str(target.parent), "there is no such folder"))
    from sensorium.data import read
    from sensorium.pipeline import load

    predictions = load(given.run).predict(read(given.table), given.on_error)
    write(predictions, target)
    bad = predictions.height - predictions["error"].null_count()
    text = f"Wrote {predictions.height:,} rows to {target}"
    print(
        f"{text}; {bad:,} cannot be read: see `error`" if bad else text, file=sys.stderr
    )


def write(predictions: pl.DataFrame, target: Path) -> None:
    """Writes a table by the file's ending.

    A CSV holds lists as `a;b` and flags of several columns as JSON text. Masks are PNG
    pictures: in Parquet their bytes, else files in a folder beside, `out_masks` for
    `out.csv`, and their paths.
    """
    kind = target.suffix.lower()
    if kind == ".parquet":
        with_pictures(predictions).write_parquet(target)
    elif kind == ".jsonl":
        with_files(predictions, target).write_ndjson(target)
    else:
        _flat(with_files(predictions, target)).write_csv(target)


def _flat(table: pl.DataFrame) -> pl.DataFrame:
    texts = []
    for name, dtype in table.schema.items():
        if isinstance(dtype, pl.List):
            words = pl.col(name).list.eval(pl.element().cast(pl.String))
            texts.append(words.list.join(";"))
        elif isinstance(dtype, pl.Struct):  # flags of several 0/1 columns
            texts.append(pl.col(name).struct.json_encode())
    return table.with_columns(texts)
