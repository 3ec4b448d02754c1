from __future__ import annotations

import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.nn.heads import Classification, Flags, Regression
from sensorium.nn.heads.base import numbers
from tests.nn.samples import array


def test_absent_labels_fit_the_outputs() -> None:
    logits = np.zeros((2, 3), "float32")
    assert array(Classification(3).absent(logits)).tolist() == [-1.0, -1.0]
    assert np.isnan(array(Regression().absent(logits[:, 0]))).tolist() == [True, True]
    assert np.isnan(array(Flags(3).absent(logits))).all()


def test_loss_carries_the_name_it_was_chosen_by() -> None:
    assert Regression(loss="huber").loss_function().name == "huber"


def test_open_sizes_are_named() -> None:
    with pytest.raises(DataError, match=r"output `tags`: `Flags` needs `num_flags`"):
        Flags(name="tags").build((None, 3))


def test_numbers_are_float64() -> None:
    assert numbers(np.ones(2, "float32")).dtype == np.float64


def test_dropout_is_before_the_last_layer() -> None:
    head = Regression(dropout=0.5)
    x = np.ones((50, 4), "float32")
    head(x)
    assert len(np.unique(array(head(x)))) == 1
    assert len(np.unique(array(head(x, training=True)))) > 1
