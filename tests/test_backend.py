from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from sensorium import _backend


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No Keras loaded, no choice made; gives Keras's home."""
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setenv("KERAS_BACKEND", "")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path


def installed(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    found = {name: object() for name in names}
    monkeypatch.setattr(_backend.importlib.util, "find_spec", found.get)


def chosen() -> str:
    import os

    _backend.choose()
    return os.environ["KERAS_BACKEND"]


def test_jax_comes_first(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "torch", "jax", "tensorflow")
    assert chosen() == "jax"


def test_without_jax_another_is_taken(
    fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(monkeypatch, "torch")
    assert chosen() == "torch"


def test_the_variable_stands(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "torch", "jax")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert chosen() == "torch"


def test_kerass_settings_stand_if_they_can(
    fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (fresh / "keras.json").write_text(json.dumps({"backend": "torch"}))
    installed(monkeypatch, "torch", "jax")
    assert chosen() == "torch"
    monkeypatch.setenv("KERAS_BACKEND", "")
    installed(monkeypatch, "jax")
    assert chosen() == "jax"


@pytest.mark.parametrize("text", ["", "[]", "{}"])
def test_damaged_settings_are_no_obstacle(
    fresh: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    (fresh / "keras.json").write_text(text)
    installed(monkeypatch, "jax")
    assert chosen() == "jax"


def test_a_loaded_keras_is_left_alone(
    fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keras", object())  # type: ignore[arg-type]
    installed(monkeypatch, "jax")
    assert chosen() == ""
