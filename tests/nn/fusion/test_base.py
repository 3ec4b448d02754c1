from __future__ import annotations

import numpy as np

from sensorium.nn.fusion import Concat
from tests.nn.samples import array


def test_parts_are_zeros_where_absent() -> None:
    values = [
        np.array([[1.0], [np.nan]], "float32"),
        np.array([[np.inf], [2.0]], "float32"),
    ]
    presence = np.array([[True, False], [False, True]])
    (one, here), (two, _) = Concat().parts(values, presence)
    assert array(one).tolist() == [[1.0], [0.0]]
    assert array(two).tolist() == [[0.0], [2.0]]
    assert array(here).tolist() == [[True], [False]]


def test_presence_may_be_numbers() -> None:
    ((one, _),) = Concat().parts([np.ones((2, 1), "float32")], np.array([[1], [0]]))
    assert array(one).tolist() == [[1.0], [0.0]]
