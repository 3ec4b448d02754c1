"""Sentences about inputs that dominate, and about those that learned nothing."""

from __future__ import annotations

import numpy as np
import pytest

from sensorium.nn.heads import Classification, Flags, Regression, Segmentation
from sensorium.nn.unimodal import with_unimodal_heads
from sensorium.training.input_scores import Constant, constant, findings

HEADS = with_unimodal_heads({"sold": Classification(2)}, ["photo", "facts", "text"])


def scores(fused, *alone, metric="accuracy", start="val_", output="sold"):
    names = [output, *(f"{output}_from_{i}" for i in ("photo", "facts", "text"))]
    pairs = zip(names, (fused, *alone), strict=False)
    return {f"{start}{name}_{metric}": value for name, value in pairs}


def said(epoch, heads=HEADS, **given):
    return findings(heads, epoch, {"sold": Constant(0.6, 0.01), **given})


def test_an_input_as_good_as_all_of_them_dominates() -> None:
    [text] = said(scores(0.9, 0.9, 0.7, 0.7))
    assert text == (
        "`sold`: `photo` dominates. Alone it has accuracy 0.9, all inputs together "
        "0.9; the next best has 0.7."
    )


@pytest.mark.parametrize(
    "values",
    [
        (0.95, 0.9, 0.7, 0.7),  # together they are better
        (0.9, 0.9, 0.89, 0.7),  # another is as good
        (0.9, None, 0.7, float("nan")),  # only one has a score
    ],
)
def test_otherwise_none_does(values) -> None:
    assert said(scores(*values)) == []


def test_inputs_no_better_than_a_constant_are_named() -> None:
    [text] = said(scores(0.9, 0.8, 0.605, 0.5))
    assert text == (
        "`sold`: `facts`, `text` have learned nothing each: accuracy no better than "
        "that of a constant answer, 0.6."
    )


def test_errors_are_better_where_they_are_small() -> None:
    heads = with_unimodal_heads({"price": Regression()}, ["photo", "facts"])
    epoch = scores(2.0, 2.0, 4.9, metric="mae", output="price")
    texts = findings(heads, epoch, {"price": Constant(5.0, 0.2)})
    assert "`photo` dominates. Alone it has mae 2" in texts[0]
    assert "`facts` has learned nothing by itself: mae no better" in texts[1]


def test_scores_of_training_serve_where_nothing_is_validated() -> None:
    assert "`photo` dominates" in said(scores(0.9, 0.9, 0.7, 0.7, start=""))[0]


def test_outputs_without_copies_or_constant_say_nothing() -> None:
    epoch = scores(0.9, 0.9, 0.7, 0.7)
    assert findings(HEADS, epoch, {}) == []
    assert said(epoch, {"sold": Classification(2)}) == []
    assert said(epoch, {"sold": Segmentation()}) == []


def test_a_constant_is_the_commonest_class_of_what_is_there() -> None:
    found = constant("category", np.array([0, 1, 1, 1, -1, -1]))
    assert found == Constant(0.75, 0.25)
    assert constant("category", np.array([-1, -1])) is None


def test_a_constant_answers_each_flag_by_its_more_frequent_value() -> None:
    labels = np.array([[1, 0], [1, 1], [1, 0], [0, 0], [np.nan, 0]])
    found = constant("flags", labels)
    assert found is not None
    assert found.score == 0.75
    assert Flags(2).target == "flags"
    assert constant("flags", labels[4:]) is None


def test_a_constant_number_is_the_median() -> None:
    found = constant("number", np.array([0.0, 2.0, 10.0, np.nan]))
    assert found is not None
    assert found.score == pytest.approx((2 + 0 + 8) / 3)
    assert found.error == pytest.approx(np.std([2, 0, 8]) / np.sqrt(3))
    assert constant("number", np.array([np.nan])) is None
