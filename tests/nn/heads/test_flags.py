from __future__ import annotations

import numpy as np

from sensorium.nn.heads import Flags
from tests.nn.samples import array


def test_a_row_with_any_nan_is_absent() -> None:
    loss = Flags(2).loss_function()
    logits = np.array([[1.0, 2.0], [3.0, -1.0]], "float32")
    labels = np.array([[1.0, 0.0], [np.nan, 1.0]], "float32")
    one = array(loss(labels[:1], logits[:1]))
    np.testing.assert_allclose(array(loss(labels, logits)), one, rtol=1e-6)


def test_probability_of_logit_zero_is_a_half() -> None:
    assert Flags(1).decode(np.zeros((1, 1)))["probability"].tolist() == [[0.5]]
