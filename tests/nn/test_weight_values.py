from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.nn.weight_values import as_numpy, assign_all


def variables() -> dict[str, keras.Variable]:
    return {
        "kernel": keras.Variable(np.zeros((2, 3), "float32")),
        "bias": keras.Variable(np.zeros(3, "bfloat16")),
    }


def test_values_come_back_and_bfloat16_comes_as_float32():
    held = variables()
    assign_all(held, {"kernel": np.ones((2, 3)), "bias": np.full(3, 0.5)})
    assert as_numpy(held["kernel"]).tolist() == [[1.0] * 3] * 2
    assert as_numpy(held["bias"]).dtype == np.float32
    assert as_numpy(held["bias"]).tolist() == [0.5] * 3


def test_every_weight_that_does_not_fit_is_named_and_nothing_changes():
    held = variables()
    with pytest.raises(DataError) as caught:
        assign_all(held, {"kernel": np.ones((3, 2)), "beta": np.ones(1)})
    assert "`bias` is missing" in str(caught.value)
    assert "`beta` is unknown" in str(caught.value)
    assert "`kernel` has shape (3, 2), not (2, 3)" in str(caught.value)
    assert not as_numpy(held["kernel"]).any()
