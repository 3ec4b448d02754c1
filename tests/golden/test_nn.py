"""Numbers of losses and encodings that can be worked out by hand."""

from __future__ import annotations

import math
from statistics import NormalDist

import keras
import numpy as np
import pytest

from sensorium.nn.encoders import Bag, Embedding, Periodic, Piecewise
from sensorium.nn.heads import Classification, Flags, Regression
from sensorium.nn.present import Present
from tests.nn.samples import array


def number(tensor) -> float:
    return float(array(tensor))


def test_cross_entropy_of_equal_logits_is_log_of_the_number_of_classes() -> None:
    loss = Classification(4).loss_function()
    assert number(loss(np.array([2]), np.zeros((1, 4)))) == pytest.approx(math.log(4))


def test_cross_entropy_of_known_logits() -> None:
    # logsumexp(0, log 2, log 5) = log 8; class 1 has probability 2/8.
    logits = np.log([[1.0, 2.0, 5.0]])
    loss = Classification(3).loss_function()
    assert number(loss(np.array([1]), logits)) == pytest.approx(math.log(4))


def test_cross_entropy_of_huge_logits_stays_finite() -> None:
    loss = Classification(2).loss_function()
    found = number(loss(np.array([1]), np.array([[1e4, -1e4]], "float32")))
    assert found == pytest.approx(2e4)


def test_label_smoothing_spreads_over_all_classes() -> None:
    # 0.9 on the label and 0.1 spread over two: 0.95 log 2 + 0.05 log 2 at equal logits,
    # and -(0.95 log 0.8 + 0.05 log 0.2) at probabilities 0.8 and 0.2.
    loss = Classification(2, label_smoothing=0.1).loss_function()
    found = number(loss(np.array([0]), np.log([[0.8, 0.2]])))
    assert found == pytest.approx(-(0.95 * math.log(0.8) + 0.05 * math.log(0.2)))


def test_balanced_class_weights_have_mean_one_over_the_rows() -> None:
    # 30 and 10 labels: 40 / (2 * 30) and 40 / (2 * 10).
    head = Classification(2, class_weight="balanced")
    head.build((None, 3))
    head.adapt([30, 10])
    np.testing.assert_allclose(array(head.class_weights), [2 / 3, 2.0], rtol=1e-6)
    loss = head.loss_function()
    found = number(loss(np.array([0, 1]), np.zeros((2, 2))))
    assert found == pytest.approx(math.log(2) * (2 / 3 + 2) / 2)


@pytest.mark.parametrize(
    ("loss", "expected"),
    # Differences of 1 and 6 on a scale of 2: 0.5 and 3 scaled.
    [
        ("mse", (0.25 + 9) / 2),
        ("mae", (0.5 + 3) / 2),
        ("huber", (0.125 + 2.5) / 2),
    ],
)
def test_regression_losses_are_on_the_scale_of_the_labels(loss, expected) -> None:
    head = Regression(loss=loss)
    head.build((None, 3))
    head.adapt(100.0, 2.0)
    labels = np.array([101.0, np.nan, 94.0], "float32")
    outputs = np.array([100.0, 5.0, 100.0], "float32")
    assert number(head.loss_function()(labels, outputs)) == pytest.approx(expected)
    mae = head.metric_objects()[0]
    mae.update_state(labels, outputs)
    assert number(mae.result()) == pytest.approx(3.5)


def test_regression_puts_mean_and_scale_back() -> None:
    head = Regression()
    head.build((None, 3))
    head.adapt(100.0, 2.0)
    head.output_layer.kernel.assign(np.ones((3, 1), "float32"))
    found = array(head(np.array([[1.0, 2.0, -0.5]], "float32")))
    np.testing.assert_allclose(found, [105.0])


def test_binary_cross_entropy_of_known_logits() -> None:
    # sigmoid(log 3) = 3/4: losses log(4/3) and log 4 for the labels 1 and 0.
    loss = Flags(2).loss_function()
    logits = np.array([[math.log(3), math.log(3)], [9.0, 9.0]], "float32")
    labels = np.array([[1.0, 0.0], [np.nan, 1.0]], "float32")
    expected = (math.log(4 / 3) + math.log(4)) / 2
    assert number(loss(labels, logits)) == pytest.approx(expected, rel=1e-6)
    extreme = np.array([[1e4, -1e4]], "float32")
    assert number(loss(np.array([[0.0, 1.0]]), extreme)) == pytest.approx(1e4)


@pytest.mark.parametrize("loss", ["mse", keras.losses.MeanSquaredError()])
def test_a_keras_loss_is_averaged_over_present_labels(loss) -> None:
    present = Present(loss, "number")
    labels = np.array([1.0, np.nan, 4.0], "float32")
    outputs = np.array([3.0, 9.0, 4.0], "float32")
    assert number(present(labels, outputs)) == pytest.approx(2.0)
    weights = np.array([3.0, 7.0, 1.0], "float32")
    assert number(present(labels, outputs, weights)) == pytest.approx(3.0)


def test_softmax_and_sigmoid_in_decode_are_stable() -> None:
    found = Classification(2).decode(np.array([[1000.0, 1000.0 - math.log(3)]]))
    np.testing.assert_allclose(found["probability"], [[0.75, 0.25]])
    assert found["id"].tolist() == [0]
    logits = np.array([[-1000.0, 0.0, math.log(3), 1000.0]])
    flags = Flags(4).decode(logits)["probability"]
    np.testing.assert_allclose(flags, [[0.0, 0.5, 0.75, 1.0]])


def test_piecewise_bins_are_normal_quantiles() -> None:
    # Four bins: -3, -0.674, 0, 0.674, 3. The median fills two bins and half of nothing.
    encoder = Piecewise(num_bins=4)
    third = NormalDist().inv_cdf(0.75)
    x = np.array([[0.0], [third / 2], [-9.0], [9.0]], "float32")
    found = array(encoder.spread(x))[:, 0]
    expected = [
        [1, 1, 0, 0, 0],
        [1, 1, 0.5, 0, third / 2],
        [0, 0, 0, 0, -9],
        [1, 1, 1, 1, 9],
    ]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_periodic_is_sine_and_cosine_of_two_pi_c_x() -> None:
    encoder = Periodic(num_frequencies=2)
    encoder.build((None, 1))
    encoder.frequencies.assign(np.array([[1.0, 0.5]], "float32"))
    found = array(encoder.spread(np.array([[0.25]], "float32")))[0, 0]
    half = math.sqrt(0.5)
    np.testing.assert_allclose(found, [1, half, 0, half, 0.25], atol=1e-6)


def test_a_bag_starts_as_the_mean_and_scores_are_log_weights() -> None:
    bag = Bag(vocabulary_size=5)
    bag.build((None, 4))
    ids = np.array([[2, 3, 0, 0], [0, 0, 0, 0], [4, 4, 9, 0]], "int32")
    weights = array(bag._weights(bag.clean(ids)))
    third = 1 / 3
    expected = [[0.5, 0.5, 0, 0], [0, 0, 0, 0], [third, third, third, 0]]
    np.testing.assert_allclose(weights, expected, atol=1e-6)
    bag.scores.assign(np.array([50.0, 0, math.log(3), 0, 0], "float32"))
    weights = array(bag._weights(bag.clean(ids)))
    np.testing.assert_allclose(weights[0], [0.75, 0.25, 0, 0], atol=1e-6)


def test_embedding_columns_have_tables_of_their_own() -> None:
    encoder = Embedding(num_categories=[3, 4], embedding_dim=2, units=4)
    encoder.build((None, 2))
    table = np.repeat(np.arange(7, dtype="float32"), 2).reshape(7, 2)
    encoder.table.assign(table)
    encoder.hidden.first.kernel.assign(np.eye(4, dtype="float32"))
    ids = np.array([[2, 0], [0, 3], [3, -1], [99, 4]], "int32")
    expected = [[2, 2, 3, 3], [0, 0, 6, 6], [1, 1, 4, 4], [1, 1, 4, 4]]
    np.testing.assert_array_equal(array(encoder(ids)), expected)


def test_focal_loss_at_the_numbers_of_its_paper() -> None:
    # Lin et al. 2017, section 3.2: with gamma = 2 an example with p = 0.9 has 100 times
    # lower loss than with the cross-entropy, one with p = 0.968 about 1,000 times.
    labels = np.array([0])
    for probability, factor in ((0.9, 100), (0.968, 1 / 0.032**2)):
        logits = np.log([[probability, 1 - probability]]).astype("float32")
        flag = np.log([[probability / (1 - probability)]]).astype("float32")
        for gamma, divisor in ((2.0, factor), (None, factor), (0.0, 1)):
            expected = pytest.approx(-math.log(probability) / divisor, rel=1e-4)
            head = Classification(2, loss="focal", gamma=gamma)
            assert number(head.loss_function()(labels, logits)) == expected
            flags = Flags(1, loss="focal", gamma=gamma).loss_function()
            assert number(flags(np.array([[1.0]]), flag)) == expected
            assert number(flags(np.array([[0.0]]), -flag)) == expected


def test_focal_loss_of_smoothed_labels_equals_that_of_keras() -> None:
    generator = np.random.default_rng(0)
    logits = generator.normal(size=(6, 3)).astype("float32")
    labels = generator.integers(0, 3, 6)
    settings = {"gamma": 1.5, "label_smoothing": 0.2}
    theirs = keras.losses.CategoricalFocalCrossentropy(
        alpha=1.0, from_logits=True, **settings
    )
    ours = Classification(3, loss="focal", **settings).loss_function()
    expected = number(theirs(np.eye(3, dtype="float32")[labels], logits))
    assert number(ours(labels, logits)) == pytest.approx(expected, rel=1e-5)
    binary = keras.losses.BinaryFocalCrossentropy(from_logits=True, gamma=1.5)
    flags = generator.integers(0, 2, (6, 3)).astype("float32")
    ours = Flags(3, loss="focal", gamma=1.5).loss_function()
    expected = number(binary(flags, logits))
    assert number(ours(flags, logits)) == pytest.approx(expected, rel=1e-5)
