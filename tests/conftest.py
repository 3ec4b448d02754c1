"""What all tests share: the backend, a clean Keras home, and the optional data sets."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import hypothesis
import pytest

# Before anything imports Keras: the backend, and a home without the user's settings.
os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ["KERAS_HOME"] = str(Path(tempfile.gettempdir()) / "sensorium-tests-keras")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# Compiling takes most of the time of networks as small as those of the tests.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
# The emitters before the newest ones compile in two thirds of the time. XLA ends the
# process at a flag that it does not know: only where it was seen to know this one.
if os.environ["KERAS_BACKEND"] == "jax" and version("jaxlib").startswith("0.10."):
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_use_fusion_emitters=false")
# So what was compiled once is kept, for other tests and for later runs on this machine.
_COMPILED = Path(tempfile.gettempdir()) / f"sensorium-tests-jax-{platform.node()}"
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(_COMPILED))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")

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


def pytest_configure(config: pytest.Config) -> None:
    """Lets two processes that compile the same at once get in each other's way."""
    harmless = "ignore:Error (reading|writing) persistent compilation cache entry"
    config.addinivalue_line("filterwarnings", harmless)


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
