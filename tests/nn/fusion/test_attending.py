from __future__ import annotations

import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.nn.fusion.attending import Attending
from tests.nn.fusion.by_hand import attending, close
from tests.nn.samples import array, compiled

SHOWN = np.array([[True, True, False], [False, False, True], [False] * 3])


def tokens(count: int, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return generator.normal(size=(3, count, 6)).astype("float32")


def test_some_tokens_look_at_others_as_the_formula_says() -> None:
    block = Attending(2)
    block.build((None, None, 6), (None, None, 6))
    x, keys = tokens(2), tokens(3, 1)
    found, shares = compiled(block)(x, keys, SHOWN)
    expected, by_hand = attending(block, x, keys, SHOWN)
    close(array(found), expected)
    close(array(shares), by_hand)


def test_tokens_look_at_each_other() -> None:
    block = Attending(3)
    block.build((None, None, 6))
    x = tokens(3)
    found, _ = compiled(lambda x, shown: block(x, None, shown))(x, SHOWN)
    close(array(found), attending(block, x, None, SHOWN)[0])


def test_a_width_that_heads_do_not_divide_is_refused() -> None:
    with pytest.raises(DataError, match=r"that 4 attention heads divide\. Received: 6"):
        Attending(4).build((None, None, 6))


def test_config_makes_an_equal_block() -> None:
    config = Attending(3, 0.2, name="block").get_config()
    again = Attending.from_config(config)
    assert (again.num_heads, again.dropout, again.name) == (3, 0.2, "block")


def test_dropout_works_in_training_only() -> None:
    block = Attending(2, 0.5)
    block.build((None, None, 6))
    x = tokens(3)
    calm = array(block(x, None, SHOWN)[0])
    np.testing.assert_array_equal(array(block(x, None, SHOWN, training=False)[0]), calm)
    assert np.abs(array(block(x, None, SHOWN, training=True)[0]) - calm).max() > 0.1


def test_each_token_may_be_shown_others() -> None:
    block = Attending(2)
    block.build((None, None, 6))
    x, own = tokens(3), np.tile(np.eye(3, dtype=bool), (3, 1, 1))
    _, shares = compiled(lambda x, shown: block(x, None, shown))(x, own)
    close(array(shares), np.tile(np.eye(3), (3, 2, 1, 1)))
