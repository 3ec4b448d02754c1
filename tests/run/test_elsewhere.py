from __future__ import annotations

import pytest

from sensorium.errors import DataError
from sensorium.run.elsewhere import (
    check_inputs_closed,
    check_parts_closed,
    moved_inputs,
)


def test_paths_of_files_are_moved_and_names_stay(tmp_path) -> None:
    (tmp_path / "photo.keras").write_bytes(b"")
    inputs = {
        "a": {"type": "image", "encoder": {"type": "saved", "path": "photo.keras"}},
        "b": {"type": "image", "encoder": {"type": "saved", "path": "MobileNetV2"}},
        "c": {"type": "number", "encoder": {"type": "mlp"}},
        "d": {"type": "number"},
    }
    moved = moved_inputs(inputs, tmp_path, tmp_path / "runs" / "one")
    assert moved["a"]["encoder"]["path"] == "../../photo.keras"
    assert {k: v for k, v in moved.items() if k != "a"} == {
        k: v for k, v in inputs.items() if k != "a"
    }


def test_a_class_outside_the_registry_is_refused() -> None:
    part = {"module": "os", "class_name": "system", "config": {}}
    encoder = {"type": "loaded", "model": {"config": {"layers": [part]}}}
    with pytest.raises(DataError, match=r"encoder `photo`.*`system`"):
        check_inputs_closed({"photo": {"type": "image", "encoder": encoder}})


PART = {"module": "builtins", "class_name": "Lambda", "config": {}}
RIGHT = {"inputs": {"x": {"type": "number"}}, "outputs": {"y": {"type": "flags"}}}


@pytest.mark.parametrize(
    ("where", "document"),
    [
        ("encoder `x`", {"inputs": {"x": {"encoder": {"layer": PART}}}}),
        ("output `y`", {"outputs": {"y": {"decoder": PART}}}),
        ("output `y`", {"outputs": {"y": {"decoder": {"layers": [PART]}}}}),
        ("`fusion`", {"fusion": {"type": "own", "function": PART}}),
        ("`trunk`", {"trunk": {"activation": PART}}),
    ],
)
def test_no_part_names_a_class_outside_the_registry(where, document) -> None:
    check_parts_closed(RIGHT)
    with pytest.raises(DataError, match=f"^{where}.*cannot hold: `Lambda`"):
        check_parts_closed({**RIGHT, **document})
