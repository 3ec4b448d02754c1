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


def test_scale_false_keeps_the_users_units() -> None:
    head = built(scale=False)
    head.adapt(100.0, 7.0)
    assert (float(array(head.target_mean)), float(array(head.target_scale))) == (
        0.0,
        1.0,
    )


@pytest.mark.parametrize("scale", [0.0, np.nan, np.inf, -1.0])
def test_a_scale_that_cannot_divide_is_one(scale) -> None:
    head = built()
    head.adapt(3.0, scale)
    assert float(array(head.target_scale)) == 1.0
    assert float(array(head.target_mean)) == 3.0


def test_mean_and_scale_are_no_weights_to_train() -> None:
    assert len(built().trainable_weights) == 2
    assert len(built().non_trainable_weights) == 2
