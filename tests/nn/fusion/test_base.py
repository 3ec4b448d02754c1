from __future__ import annotations

import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.nn.fusion import Add, Concat
from sensorium.nn.fusion.base import masked_softmax
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


def test_inputs_are_called_by_name_or_by_number() -> None:
    fusion = Concat()
    assert fusion.names(2) == ("0", "1")
    assert fusion.where(1) == f"fusion `{fusion.name}`, input `1`"
    fusion.input_names = ("photo", "text")
    assert fusion.names(2) == ("photo", "text")
    assert fusion.where(1) == f"fusion `{fusion.name}`, input `text`"


def test_the_names_are_kept_with_the_shapes() -> None:
    fusion = Add(5)
    fusion.input_names = ("photo", "text")
    fusion([np.ones((2, 3), "float32")] * 2, np.ones((2, 2), bool))
    again = Add(5)
    again.build_from_config(fusion.get_build_config())
    assert again.input_names == ("photo", "text")
    assert [w.shape for w in again.weights] == [w.shape for w in fusion.weights]


@pytest.mark.parametrize(
    ("shapes", "text"),
    [
        ([], r"expected at least one input. Received: \[\]"),
        ([(None, 3), (None, None)], r"input `1`: expected \(rows, width\) of known"),
        ([(None, 3, 3, 3)], r"Received: \(None, 3, 3, 3\). Pool it"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(shapes, text) -> None:
    with pytest.raises(DataError, match=text):
        Concat().build(shapes)


def test_a_softmax_of_what_is_there_sums_to_one_or_is_zero() -> None:
    logits = np.log(np.array([[1, 3, 4], [1, 1, 1], [1, 1, 1]], "float32"))
    here = np.array([[True, True, False], [False, False, True], [False] * 3])
    expected = [[0.25, 0.75, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    found = array(masked_softmax(logits, here))
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    only = array(masked_softmax(logits[:, :1], here[:, :1]))
    assert only.tolist() == [[1.0], [0.0], [0.0]]
