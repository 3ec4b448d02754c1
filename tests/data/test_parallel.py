from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from sensorium.data import parallel
from sensorium.data.parallel import in_order, workers


@pytest.mark.parametrize("count", [1, 2, 4])
def test_results_come_in_the_order_of_the_items(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(parallel, "workers", lambda: count)

    def slow_at_first(item: int) -> int:
        time.sleep(0.02 if item == 0 else 0)
        return item * item

    assert list(in_order(slow_at_first, range(20))) == [i * i for i in range(20)]


def test_several_items_are_in_work_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "workers", lambda: 2)
    both = threading.Barrier(2, timeout=20)
    # Passes only if two calls are inside the function at the same time.
    assert len(list(in_order(lambda item: both.wait(), range(2)))) == 2


def test_only_a_few_items_are_taken_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "workers", lambda: 2)
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(100):
            taken.append(item)
            yield item

    results = in_order(lambda item: item, items())
    next(results)
    assert len(taken) <= 4


def test_an_error_comes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "workers", lambda: 2)

    def fail_at_three(item: int) -> int:
        if item == 3:
            raise ValueError("three")
        return item

    with pytest.raises(ValueError, match="three"):
        list(in_order(fail_at_three, range(10)))


def test_there_is_always_a_worker() -> None:
    assert 1 <= workers() <= parallel.MOST
