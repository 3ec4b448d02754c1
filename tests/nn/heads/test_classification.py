from __future__ import annotations

import numpy as np
import pytest

from sensorium.errors import DataError, RecipeError
from sensorium.nn.fusion.late import LateFusion
from sensorium.nn.heads import Classification
from tests.nn.samples import array, gradient


def built(**arguments):
    head = Classification(3, **arguments)
    head.build((None, 2))
    return head


def test_class_weights_by_id_work_at_once() -> None:
    head = built(class_weight=[1.0, 2.0, 0.5])
    assert array(head.class_weights).tolist() == [1.0, 2.0, 0.5]
    loss = head.loss_function()
    logits = np.zeros((1, 3), "float32")
    one, two = (float(array(loss(np.array([label]), logits))) for label in (0, 1))
    assert two == pytest.approx(2 * one)


def test_class_weights_by_name_wait_for_the_classes() -> None:
    head = built(class_weight={"cat": 3.0})
    assert array(head.class_weights).tolist() == [1.0, 1.0, 1.0]
    head.adapt([5, 5, 5], ["bird", "cat", "dog"])
    assert array(head.class_weights).tolist() == [1.0, 3.0, 1.0]


def test_a_name_that_no_class_has_is_refused() -> None:
    with pytest.raises(DataError, match=r"class `cta`, .* Did you mean `cat`"):
        built(class_weight={"cta": 3.0}).adapt([1, 1, 1], ["bird", "cat", "dog"])


def test_a_list_of_another_length_is_refused() -> None:
    with pytest.raises(DataError, match="needs 3 entries"):
        built(class_weight=[1.0, 2.0])


def test_a_class_without_labels_gets_a_finite_balanced_weight() -> None:
    head = built(class_weight="balanced")
    head.adapt([10, 0, 10])
    assert np.isfinite(array(head.class_weights)).all()


def test_without_class_weights_there_is_nothing_to_adapt() -> None:
    head = built()
    head.adapt([1, 2, 3])
    assert head.non_trainable_weights == []


def test_weights_of_classes_are_no_weights_to_train() -> None:
    head = built(class_weight="balanced")
    assert len(head.trainable_weights) == 2
    assert len(head.non_trainable_weights) == 1


def loss_of(head, labels, outputs) -> float:
    return float(array(head.loss_function()(labels, outputs)))


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_focal_loss_with_class_weights_and_absent_labels(smoothing) -> None:
    chances = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.3, 0.3, 0.4]])
    head = built(
        loss="focal",
        gamma=3.0,
        label_smoothing=smoothing,
        class_weight=[1.0, 2.0, 0.5],
    )
    goals = np.eye(3)[:2] * (1 - smoothing) + smoothing / 3
    each = -(goals * (1 - chances[:2]) ** 3 * np.log(chances[:2])).sum(axis=1)
    found = loss_of(head, np.array([0, 1, -1]), np.log(chances).astype("float32"))
    assert found == pytest.approx((each[0] + 2 * each[1]) / 2, rel=1e-5)


@pytest.mark.parametrize("loss", ["crossentropy", "focal"])
def test_late_fusions_probabilities_are_taken_as_they_are(loss) -> None:
    # What late fusion gives are logarithms of probabilities: a softmax keeps them.
    fusion = LateFusion(mode="probabilities")
    members = np.random.default_rng(0).normal(size=(4, 2, 3)).astype("float32")
    here = np.array([[True, True], [True, False], [True, True], [False, True]])
    joined = array(fusion.combine(members, here, "category"))
    chances, labels = np.exp(joined), np.array([2, 0, -1, 1])
    np.testing.assert_allclose(chances.sum(axis=1), 1.0, rtol=1e-5)
    right = chances[[0, 1, 3], [2, 0, 1]]
    factor = (1 - right) ** 2 if loss == "focal" else 1.0
    expected = np.mean(-factor * np.log(right))
    assert loss_of(built(loss=loss), labels, joined) == pytest.approx(
        expected, rel=1e-5
    )


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_focal_loss_has_a_finite_gradient_where_the_label_is_certain(gamma) -> None:
    loss = built(loss="focal", gamma=gamma).loss_function()
    logits = np.array([[200.0, 0.0, 0.0], [0.0, 200.0, 0.0]], "float32")
    found = gradient(lambda values: loss(np.array([0, 0]), values), logits)
    assert np.isfinite(found).all()


def test_gamma_counts_only_with_the_focal_loss() -> None:
    with pytest.raises(RecipeError, match=r"Classification\.gamma: counts only with"):
        built(gamma=1.0)
