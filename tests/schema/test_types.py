from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from sensorium.schema import types


@pytest.mark.parametrize(
    ("annotation", "good", "bad"),
    [
        (types.Positive, [1, 7], [0, -1]),
        (types.Count, [0, 7], [-1]),
        (types.NonNegative, [0.0, 2.5], [-0.1]),
        (types.PositiveFloat, [0.1], [0.0]),
        (types.Fraction, [0.0, 0.99], [1.0, -0.1, float("nan")]),
        (types.Share, [0.0, 1.0], [1.1, float("nan")]),
        (types.Pair, [(1, 2)], [(1,), (1, 2, 3), (0, 1)]),
    ],
)
def test_ranges_hold(annotation: Any, good: list[Any], bad: list[Any]) -> None:
    adapter = TypeAdapter(annotation)
    for value in good:
        assert adapter.validate_python(value) == value
    for value in bad:
        with pytest.raises(ValidationError):
            adapter.validate_python(value)
