"""Chooses Keras's backend before Keras is loaded: JAX, unless the user chose."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path

ORDER = ("jax", "tensorflow", "torch")


def choose() -> None:
    """Sets `KERAS_BACKEND` to the first backend installed.

    The user's own choice stands: a loaded Keras, the variable itself, or Keras's
    settings file, unless that names a backend that is not installed (Keras writes
    the file by itself, with `tensorflow` in it).
    """
    if "keras" in sys.modules or os.environ.get("KERAS_BACKEND"):
        return
    for name in (_settled(), *ORDER):
        if name and importlib.util.find_spec(name) is not None:
            os.environ["KERAS_BACKEND"] = name
            return


def _settled() -> str:
    home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))
    try:
        found = json.loads((home / "keras.json").read_text(encoding="utf-8"))
        return str(found["backend"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
