"""A run trained on one backend answers the same on another."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.workflows.made import RECIPE, make_every_kind

TRAIN = "import sys; from sensorium.cli import main; sys.exit(main(sys.argv[1:]))"
BACKENDS = [
    name
    for name in ("jax", "tensorflow", "torch")
    if importlib.util.find_spec(name) is not None
]


def sensorium(backend: str, *arguments: str | Path) -> None:
    environment = {**os.environ, "KERAS_BACKEND": backend, "OMP_NUM_THREADS": "1"}
    subprocess.run(
        [sys.executable, "-c", TRAIN, *map(str, arguments)],
        env=environment,
        check=True,
        capture_output=True,
    )


@pytest.mark.skipif(len(BACKENDS) < 2, reason="only one backend is installed")
def test_a_run_answers_the_same_on_every_backend(tmp_path: Path) -> None:
    make_every_kind(rows=120).write_parquet(tmp_path / "things.parquet")
    (tmp_path / "recipe.yaml").write_text(RECIPE.replace("epochs: 6", "epochs: 1"))
    run, table = tmp_path / "run", tmp_path / "things.parquet"
    sensorium(BACKENDS[0], "train", tmp_path / "recipe.yaml", "-o", run)
    found = {}
    for backend in BACKENDS:
        out = tmp_path / f"{backend}.parquet"
        sensorium(backend, "predict", run, table, "-o", out)
        found[backend] = pl.read_parquet(out)
    first = found.pop(BACKENDS[0])
    for frame in found.values():
        for name, dtype in first.schema.items():
            if dtype.is_float():
                np.testing.assert_allclose(
                    frame[name].to_numpy(),
                    first[name].to_numpy(),
                    rtol=1e-4,
                    atol=1e-5,
                )
