"""Encoders taught apart and joined: what the digits must show, for one seed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality import digits

Find = Callable[[str], Path]


def test_steps_that_are_all_zeros_are_missing(datasets: Find) -> None:
    datasets(digits.SOURCE)
    heard = digits.table("fused_aligned")["mfcc"]
    missing = np.isnan(heard)
    assert (missing.all(axis=2) == missing.any(axis=2)).all()
    assert 0.3 < missing.mean() < 0.8
    assert not (heard == 0).all(axis=2).any()


@pytest.mark.slow
@pytest.mark.skipif(
    "SENSORIUM_LONG" not in os.environ,
    reason="takes about ten minutes; set SENSORIUM_LONG=1",
)
def test_joined_encoders_reach_what_was_measured(
    datasets: Find, tmp_path: Path
) -> None:
    datasets(digits.SOURCE)
    found = digits.measured(tmp_path, seed=0)
    assert found["both"] >= 0.92
    assert found["both"] >= max(found["image alone"], found["mfcc alone"]) + 0.05
    for kind, hidden in (("mfcc", "image"), ("image", "mfcc")):
        assert found[f"without {hidden}"] >= found[f"{kind} alone"]
    assert found["same digit"] >= 0.98
    assert abs(found["additive"] - 0.5) < 0.06
