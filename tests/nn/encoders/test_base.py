from __future__ import annotations

import pytest

from sensorium.errors import DataError
from sensorium.nn.encoders import MLP, Bag


def test_an_open_size_is_named_with_what_to_do() -> None:
    with pytest.raises(
        DataError, match=r"`review`: `Bag` needs `vocabulary_size`.* Give"
    ):
        Bag(name="review").build((None, 5))


@pytest.mark.parametrize("shape", [(None,), (None, 3, 4), (None, None)])
def test_an_input_of_another_form_is_named(shape) -> None:
    with pytest.raises(DataError, match=r"takes an input of shape \(rows, width\)"):
        MLP(name="facts").build(shape)
