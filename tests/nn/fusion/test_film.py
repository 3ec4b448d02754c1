from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.nn.fusion import FiLM
from tests.nn.fusion.by_hand import (
    HERE,
    SHAPES,
    built,
    close,
    dense,
    fused,
    inputs,
    mean_of_present,
    norm,
    projected,
    weight,
)


@pytest.mark.parametrize("index", [0, 1])
def test_the_condition_scales_and_shifts_the_others(index) -> None:
    fusion = built(FiLM(5, condition=index))
    rest = [place for place in range(3) if place != index]
    content = projected(fusion, [inputs()[place] for place in rest])
    content = mean_of_present(content, HERE[:, rest])
    film = dense(fusion.film, norm(fusion.condition_norm, inputs()[index]))
    gamma, beta = np.split(film * HERE[:, [index]], 2, axis=1)
    expected = (1 + gamma) * content + beta
    expected[3] = weight(fusion.nothing)
    close(fused(fusion), expected)


def test_the_condition_may_be_named() -> None:
    numbered = built(FiLM(5, condition=1))
    keras.utils.set_random_seed(0)
    named = FiLM(5, condition="text")
    named.input_names = ("photo", "text", "sound")
    close(fused(built(named)), fused(numbered))


@pytest.mark.parametrize("condition", ["txt", 3])
def test_a_condition_that_is_no_input_is_refused(condition) -> None:
    fusion = FiLM(5, condition=condition)
    fusion.input_names = ("photo", "text", "sound")
    hint = " Did you mean `text`" if condition == "txt" else ""
    text = f"`condition`: expected the name of an input .*below 3. Received: .*{hint}"
    with pytest.raises(DataError, match=text):
        fusion.build([(None, *shape) for shape in SHAPES])
