from __future__ import annotations

import keras
import numpy as np

from sensorium.nn.encoded import Encoded, mode, shown

PRESENT = keras.ops.convert_to_tensor([True, False])


def array(values):
    return np.asarray(keras.ops.convert_to_numpy(values))


def test_absent_values_become_zeros_whatever_they_are():
    values = keras.ops.convert_to_tensor([[1.0, 2.0], [np.nan, np.inf]])
    found, present = shown(values, np.array([[True], [False]]))
    assert array(found).tolist() == [[1.0, 2.0], [0.0, 0.0]]
    assert array(present).tolist() == [True, False]


def test_without_presence_every_row_is_there():
    values = keras.ops.ones((3, 2, 4))
    found, present = shown(values, None)
    assert found is values
    assert array(present).tolist() == [True] * 3


def test_a_vector_is_zeros_where_the_input_is_absent():
    encoded = Encoded(keras.ops.ones((2, 3)), PRESENT)
    assert array(encoded.vector()).tolist() == [[1.0] * 3, [0.0] * 3]


def test_tokens_are_averaged_over_those_that_count():
    tokens = keras.ops.convert_to_tensor([[[1.0], [3.0], [50.0]], [[7.0]] * 3])
    mask = keras.ops.convert_to_tensor([[True, True, False], [True, True, True]])
    assert array(Encoded(tokens, PRESENT, mask).vector()).tolist() == [[2.0], [0.0]]
    assert array(Encoded(tokens, PRESENT).vector()).tolist() == [[18.0], [0.0]]


def test_a_frozen_part_never_works_as_in_training():
    layer = keras.layers.Dropout(0.5)
    assert mode(layer, True) is True
    layer.trainable = False
    assert mode(layer, True) is False
