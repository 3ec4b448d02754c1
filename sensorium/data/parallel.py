"""Work on several chunks at once, with the results in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST = 8
"""Most chunks in work at once: each is held in memory."""


def workers() -> int:
    """How many chunks are worked on at once: the processors of this process."""
    try:
        return min(MOST, len(os.sched_getaffinity(0)))
    except AttributeError:  # not on every system
        return min(MOST, os.cpu_count() or 1)


def in_order(
    function: Callable[[Item], Result], items: Iterable[Item]
) -> Iterator[Result]:
    """Maps a function over items in threads and gives the results in order.

    Polars, NumPy and Pillow let other threads run while they work. Items are taken as
    they are needed, so that no more than `workers() + 1` of them are alive.
    """
    count = workers()
    if count == 1:
        yield from map(function, items)
        return
    with ThreadPoolExecutor(count) as pool:
        begun: deque[Future[Result]] = deque()
        try:
            for item in items:
                begun.append(pool.submit(function, item))
                if len(begun) > count:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            for future in begun:  # after an error, or when nobody wants the rest
                future.cancel()
