from __future__ import annotations

import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.games.rounds import Rounds

ROWS = np.arange(10)


def taken(rounds: Rounds) -> list[list[int]]:
    return [rounds[index][0].tolist() for index in range(len(rounds))]


def test_batches_are_full_and_their_order_is_a_function_of_the_epoch() -> None:
    rounds = Rounds(ROWS, None, 4, seed=0)
    first = taken(rounds)
    assert [len(batch) for batch in first] == [4, 4]
    rounds.begin(1)
    assert taken(rounds) != first
    rounds.begin(0)
    assert taken(rounds) == first
    assert taken(Rounds(ROWS, None, 4, seed=1)) != first


def test_every_row_comes_in_some_epoch() -> None:
    rounds, seen = Rounds(ROWS, None, 4), set()
    for epoch in range(12):
        rounds.begin(epoch)
        seen.update(row for batch in taken(rounds) for row in batch)
    assert seen == set(range(10))


def test_fewer_rows_than_a_batch_are_one_batch() -> None:
    rounds = Rounds(ROWS, ROWS * 2, 64)
    assert len(rounds) == 1
    x, y = rounds[0]
    np.testing.assert_array_equal(x * 2, y)


def test_arrays_by_name_keep_their_names() -> None:
    (batch,) = Rounds({"b": ROWS, "a": ROWS + 1}, None, 4)[0]
    np.testing.assert_array_equal(batch["b"] + 1, batch["a"])


def test_only_the_rows_that_are_named_come() -> None:
    rounds, seen = Rounds(ROWS, None, 2, rows=np.array([1, 4, 7])), set()
    for epoch in range(8):
        rounds.begin(epoch)
        seen.update(row for batch in taken(rounds) for row in batch)
    assert seen == {1, 4, 7}
    assert [len(batch) for batch in taken(Rounds(ROWS, None, 64, rows=[3, 5]))] == [2]


def test_no_rows_are_refused() -> None:
    with pytest.raises(DataError, match="at least one of `rows`"):
        Rounds(ROWS, None, 4, rows=np.array([], int))
