"""CLIP's loss on vectors: which rows count, and what the numbers are."""

from __future__ import annotations

import numpy as np
import pytest

from sensorium.nn.contrast import (
    contrastive_loss,
    enough_rows,
    retrieval_accuracy,
    unit_vectors,
)
from tests.nn.samples import array, gradient


def views(rows: int = 6, units: int = 4):
    generator = np.random.default_rng(0)
    found = generator.normal(size=(2, rows, units)).astype("float32")
    return found / np.linalg.norm(found, axis=-1, keepdims=True)


def published(scores) -> float:
    """The symmetric cross-entropy of the diagonal."""
    sums = [np.log(np.exp(scores).sum(axis)) - np.diag(scores) for axis in (0, 1)]
    return float(np.mean(sums))


def number(tensor) -> float:
    return float(array(tensor))


ALL = np.ones(6, bool)
SOME = np.array([True, False, True, True, False, True])


def test_vectors_get_length_one_and_zeros_stay() -> None:
    found = array(unit_vectors(np.array([[3.0, 4.0], [0.0, 0.0]], "float16")))
    assert found.dtype == np.float32
    assert found == pytest.approx(np.array([[0.6, 0.8], [0.0, 0.0]]), abs=1e-6)


@pytest.mark.parametrize("bad", [np.nan, 7.0])
def test_rows_that_do_not_count_are_as_if_they_were_not_there(bad) -> None:
    first, second = views()
    scores = first[SOME] @ second[SOME].T
    hits = [scores.argmax(axis) == np.arange(4) for axis in (0, 1)]
    first[~SOME], second[~SOME] = bad, bad
    found = number(contrastive_loss(first, second, SOME, 5.0))
    assert found == pytest.approx(published(scores * 5.0), abs=1e-5)
    assert number(retrieval_accuracy(first, second, SOME)) == np.mean(hits)
    found = gradient(lambda x: contrastive_loss(x, second, SOME, 5.0), first)
    assert not found[~SOME].any()
    assert (np.abs(found[SOME]).sum(axis=1) > 0).all()


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_rows_give_no_loss_and_no_gradient(count) -> None:
    first, second = views()
    rows = np.arange(6) < count
    assert number(contrastive_loss(first, second, rows, 5.0)) == 0
    assert number(enough_rows(rows)) == 0
    assert not gradient(lambda x: contrastive_loss(x, second, rows, 5.0), first).any()


def test_partners_that_are_nearest_are_found() -> None:
    first, _ = views()
    assert number(retrieval_accuracy(first, first, ALL)) == 1
    swapped = first[[1, 0, 2, 3, 4, 5]]
    assert number(retrieval_accuracy(first, swapped, ALL)) == pytest.approx(4 / 6)
    assert number(contrastive_loss(first, first, ALL, 50.0)) < number(
        contrastive_loss(first, swapped, ALL, 50.0)
    )
    assert number(enough_rows(SOME)) == 4


def test_a_row_that_is_no_number_shows_even_by_itself() -> None:
    first, second = views()
    first[2] = np.nan
    for row, shows in ((1, False), (2, True)):
        found = number(contrastive_loss(first, second, np.arange(6) == row, 5.0))
        assert np.isnan(found) == shows
