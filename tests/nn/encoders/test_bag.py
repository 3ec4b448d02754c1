from __future__ import annotations

import numpy as np

from sensorium.nn.encoders import Bag
from tests.nn.samples import outputs


def test_order_and_padding_do_not_count() -> None:
    bag = Bag(vocabulary_size=9)
    ids = np.array([[3, 4, 5, 0, 0], [5, 0, 3, 0, 4]], "int32")
    one, two = outputs(bag, ids)
    np.testing.assert_allclose(one, two, atol=1e-6)


def test_scores_move_the_mean_only_when_weighted() -> None:
    ids = np.array([[3, 4]], "int32")
    assert not hasattr(Bag(vocabulary_size=9, weighted=False), "scores")
    bag = Bag(vocabulary_size=9)
    before = outputs(bag, ids)
    bag.scores.assign(np.arange(9, dtype="float32"))
    assert not np.allclose(outputs(bag, ids), before)


def test_huge_scores_stay_finite() -> None:
    bag = Bag(vocabulary_size=9)
    bag.build((None, 2))
    bag.scores.assign(np.full(9, 1e4, "float32"))
    assert np.isfinite(outputs(bag, np.array([[3, 4], [0, 0]]))).all()


def test_ids_beyond_the_vocabulary_are_unknown() -> None:
    bag = Bag(vocabulary_size=9)
    one, two, three = outputs(bag, np.array([[1, 3], [9, 3], [-5, 3]], "int32"))
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(one, three)


def test_one_telling_word_stands_out_of_a_long_text_by_the_maximum() -> None:
    ids = np.full((2, 200), 3, "int32")
    ids[1, 77] = 4
    found = {}
    for maximum in (False, True):
        bag = Bag(vocabulary_size=9, maximum=maximum, weighted=False)
        bag.build((None, 200))
        one, two = outputs(bag, ids)
        found[maximum] = np.abs(one - two).max()
    assert found[True] > 10 * found[False]
