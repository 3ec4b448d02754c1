from __future__ import annotations

import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.nn.encoders import Embedding
from tests.nn.samples import array


def test_missing_and_other_have_vectors_of_their_own() -> None:
    encoder = Embedding(num_categories=[5])
    found = array(encoder(np.array([[0], [1], [2]], "int32")))
    assert len(np.unique(found, axis=0)) == 3


def test_first_vectors_are_small() -> None:
    encoder = Embedding(num_categories=[500])
    encoder.build((None, 1))
    assert np.abs(array(encoder.table)).max() == pytest.approx(0.05, rel=0.01)


def test_number_of_columns_must_fit() -> None:
    with pytest.raises(DataError, match="has 2 entries, one for each column"):
        Embedding(num_categories=[3, 4]).build((None, 1))
