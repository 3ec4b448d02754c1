from __future__ import annotations

import numpy as np
import pytest

from sensorium.errors import DataError, RecipeError
from sensorium.nn.fusion import Average
from tests.nn.fusion.by_hand import (
    HERE,
    built,
    close,
    fused,
    inputs,
    projected,
    softmax,
    weight,
)

SAME = ((4,), (4,), (4,))


def named(fusion: Average) -> Average:
    fusion.input_names = ("photo", "text", "sound")
    return fusion


def test_given_weights_are_shared_out_among_what_is_there() -> None:
    given = {"text": 1, "photo": 2, "sound": 1.0}
    fusion = built(named(Average(input_weights=given, num_layers=0)), SAME)
    one, two, three = values = inputs(SAME)
    expected = [
        0.5 * one[0] + 0.25 * two[0] + 0.25 * three[0],
        (2 * one[1] + three[1]) / 3,
        two[2],
        weight(fusion.nothing),
    ]
    close(fused(fusion, values), expected)
    assert fusion.weights_by_input() == {"photo": 0.5, "text": 0.25, "sound": 0.25}


def test_inputs_of_one_width_are_averaged_as_they_are() -> None:
    fusion = built(Average(num_layers=0), SAME)
    assert [item.name for item in fusion.weights] == ["nothing"]
    assert fusion.compute_output_shape([(7, 4)] * 3) == (7, 4)


def test_inputs_of_other_widths_are_projected_to_the_widest() -> None:
    fusion = built(Average(num_layers=0))
    expected = np.mean(projected(fusion), axis=0)
    close(fused(fusion)[0], expected[0])
    assert fused(fusion).shape == (4, 12)


def test_units_project_inputs_of_one_width_too() -> None:
    fusion = built(Average(4, num_layers=0), SAME)
    close(
        fused(fusion, inputs(SAME))[0], np.mean(projected(fusion, inputs(SAME)), 0)[0]
    )


@pytest.mark.parametrize("learned", ["input", "dimension"])
def test_learned_weights_are_a_softmax_over_what_is_there(learned) -> None:
    fusion = built(Average(5, learned=learned, num_layers=0))
    logits = np.where(HERE[:, :, None], weight(fusion.logits), -1e9)
    shares = softmax(logits, axis=1)
    expected = (shares * np.stack(projected(fusion), axis=1)).sum(axis=1)
    expected[3] = weight(fusion.nothing)
    close(fused(fusion), expected)
    all_there = softmax(weight(fusion.logits), axis=0)
    for index, found in enumerate(fusion.weights_by_input().values()):
        close(
            found, all_there[index] if learned == "dimension" else all_there[index, 0]
        )


def test_learned_weights_begin_as_given() -> None:
    fusion = Average(learned="input", input_weights=[3, 1])
    fusion.build([(None, 4)] * 2)
    close(list(fusion.weights_by_input().values()), [0.75, 0.25])


def test_weights_by_input_are_means_over_rows_where_presence_is_given() -> None:
    fusion = built(Average(num_layers=0), SAME)
    found = fusion.weights_by_input(presence=HERE[:2])
    close(list(found.values()), [(1 / 3 + 1 / 2) / 2, 1 / 6, (1 / 3 + 1 / 2) / 2])


def test_an_input_of_weight_0_counts_as_absent() -> None:
    fusion = built(Average(input_weights=[1, 0, 0], num_layers=0), SAME)
    close(fused(fusion, inputs(SAME))[2], weight(fusion.nothing))


@pytest.mark.parametrize(
    ("given", "learned", "text"),
    [
        ({"foto": 1, "text": 1, "sound": 1}, None, "no input `foto`. Did you mean `ph"),
        ({"photo": 1, "text": 1}, None, "the input `sound` has no weight"),
        ([1, 2], None, "a weight for each of 3 inputs .photo, text, sound.. Received"),
        ([0, 0, 0], None, "at least one weight above 0"),
        ([1, 0, 1], "input", "weights above 0 to learn from"),
    ],
)
def test_weights_that_do_not_fit_are_refused(given, learned, text) -> None:
    fusion = named(Average(input_weights=given, learned=learned))
    with pytest.raises(DataError, match=text):
        fusion.build([(None, 4)] * 3)


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"input_weights.*0"):
        Average(input_weights=[1.0, -1.0])
