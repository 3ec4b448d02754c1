"""What all tests share: the backend, a clean Keras home, and the optional data sets."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

# Before anything imports Keras: the backend, and a home without the user's settings.
os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ["KERAS_HOME"] = str(Path(tempfile.gettempdir()) / "sensorium-tests-keras")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# Compiling takes most of the time of networks as small as those of the tests.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")

PROJECT = Path(__file__).parent.parent

# A test that fails once must fail again, and a busy machine is no failure.
hypothesis.settings.register_profile(
    "sensorium",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("sensorium")


@pytest.fixture(scope="session")
def datasets() -> Callable[[str], Path]:
    """Finds an optional data set's folder by name; skips where it is absent."""
    named = os.environ.get("SENSORIUM_DATASETS")
    root = Path(named) if named else PROJECT.parent / "shared" / "datasets"

    def find(name: str) -> Path:
        folder = root / name
        if not folder.is_dir():
            pytest.skip(f"data set {name} is absent; set SENSORIUM_DATASETS")
        return folder

    return find


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Lets every test draw the same numbers, whichever tests ran before it."""
    keras = sys.modules.get("keras")
    if keras is not None:
        keras.utils.set_random_seed(0)
