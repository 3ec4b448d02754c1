from __future__ import annotations

import numpy as np

from sensorium.nn.fusion.tokenizing import Tokenizer, shares_by_input
from tests.nn.fusion.by_hand import close, dense, norm, tokens, weight
from tests.nn.samples import array


def parts() -> list[tuple[np.ndarray, np.ndarray]]:
    generator = np.random.default_rng(0)
    vector = generator.normal(size=(2, 9)).astype("float32")
    sequence = generator.normal(size=(2, 3, 4)).astype("float32")
    return [(vector, np.array([[True], [False]])), (sequence, np.ones((2, 1), bool))]


def made() -> Tokenizer:
    layer = Tokenizer(6, 2)
    layer.build([(None, 9), (None, 3, 4)])
    return layer


def test_a_vector_becomes_several_tokens_that_differ() -> None:
    layer, given = made(), parts()
    (found, shown), _ = layer.cut(given, None)
    expected = dense(layer.projections[0], norm(layer.norms[0], given[0][0]))
    close(array(found), expected.reshape(2, 2, 6))
    assert array(shown).tolist() == [[True, True], [False, False]]
    assert np.abs(array(found)[0, 0] - array(found)[0, 1]).max() > 0.1


def test_tokens_are_projected_one_by_one_and_know_their_place() -> None:
    layer, given = made(), parts()
    _, (found, shown) = layer.cut(given, None)
    expected = dense(layer.projections[1], given[1][0]) + weight(layer.positions[1])
    close(array(found), expected)
    assert array(shown).all()


def test_a_mask_says_which_tokens_are_there() -> None:
    mask = np.array([[True, False, True], [False] * 3])
    _, (_, shown) = made().cut(parts(), [None, mask])
    assert array(shown).tolist() == mask.tolist()


def test_config_makes_an_equal_layer() -> None:
    again = Tokenizer.from_config(Tokenizer(6, 2).get_config())
    assert (again.units, again.num_tokens) == (6, 2)


def test_shares_are_summed_up_by_input() -> None:
    shares = np.array([0.5, 0.1, 0.2, 0.2], "float32").reshape(1, 1, 1, 4)
    pairs = [(np.zeros((1, 1, 6)), None), (np.zeros((1, 2, 6)), None)]
    close(shares_by_input(shares, pairs, skip=1), [0.2, 0.8])
    assert shares_by_input(np.zeros((1, 1, 1, 4)), pairs, skip=1) == [0.0, 0.0]


def test_tokens_by_hand_are_those_of_the_layer() -> None:
    layer = Tokenizer(6, 2)
    layer.build([(None, 9)])
    vector = parts()[0]
    ((found, _),) = layer.cut([vector], None)
    close(array(found), tokens(layer, [vector[0]])[0])
