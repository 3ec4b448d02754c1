from __future__ import annotations

import numpy as np

from sensorium.nn.heads import Flags
from tests.nn.samples import array, gradient


def test_a_row_with_any_nan_is_absent() -> None:
    loss = Flags(2).loss_function()
    logits = np.array([[1.0, 2.0], [3.0, -1.0]], "float32")
    labels = np.array([[1.0, 0.0], [np.nan, 1.0]], "float32")
    one = array(loss(labels[:1], logits[:1]))
    np.testing.assert_allclose(array(loss(labels, logits)), one, rtol=1e-6)


def test_probability_of_logit_zero_is_a_half() -> None:
    assert Flags(1).decode(np.zeros((1, 1)))["probability"].tolist() == [[0.5]]


def test_focal_loss_and_smoothing_by_hand_with_an_absent_row() -> None:
    chance = np.array([[0.8, 0.3], [0.5, 0.5]])
    logits = np.log(chance / (1 - chance)).astype("float32")
    labels = np.array([[1.0, 0.0], [np.nan, 1.0]], "float32")
    yes, no = -(0.2**2) * np.log(0.8), -(0.8**2) * np.log(0.2)
    other = (0.3**2) * -np.log(0.7), (0.7**2) * -np.log(0.3)
    for share in (0.0, 0.2):
        loss = Flags(2, loss="focal", label_smoothing=share).loss_function()
        first = (1 - share / 2) * yes + share / 2 * no
        second = (1 - share / 2) * other[0] + share / 2 * other[1]
        found = float(array(loss(labels, logits)))
        np.testing.assert_allclose(found, (first + second) / 2, rtol=1e-5)


def test_smoothing_moves_both_labels_towards_a_half() -> None:
    logits = np.log([[0.8 / 0.2]]).astype("float32")
    loss = Flags(1, label_smoothing=0.2).loss_function()
    expected = -(0.9 * np.log(0.8) + 0.1 * np.log(0.2))
    found = array(loss(np.array([[1.0]], "float32"), logits))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_focal_gradient_is_finite_where_the_flag_is_certain() -> None:
    loss = Flags(2, loss="focal", gamma=0.5).loss_function()
    labels = np.array([[1.0, 0.0]], "float32")
    logits = np.array([[200.0, 200.0]], "float32")
    found = gradient(lambda values: loss(labels, values), logits)
    assert np.isfinite(found).all()
