from __future__ import annotations

import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.nn.heads import Classification
from tests.nn.samples import array


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
