from __future__ import annotations

import numpy as np
import pytest

from sensorium.nn.heads import Regression
from tests.nn.samples import array


def built(**arguments):
    head = Regression(**arguments)
    head.build((None, 2))
    return head


def test_loss_does_not_depend_on_the_units() -> None:
    found = []
    for factor in (1.0, 1000.0):
        head = built()
        head.adapt(0.0, 2.0 * factor)
        labels = np.array([1.0, 5.0], "float32") * np.float32(factor)
        outputs = np.array([2.0, 2.0], "float32") * np.float32(factor)
        found.append(float(array(head.loss_function()(labels, outputs))))
    assert found[0] == pytest.approx(found[1])
