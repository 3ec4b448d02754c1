"""Sources: even chunks from uneven frames, rows gathered from a stream."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sensorium.data.source import FrameSource, MemorySource, even

HEIGHTS = [3, 0, 10, 1, 1, 7]


def frames_of(heights):
    start = 0
    for height in heights:
        yield pl.DataFrame({"n": range(start, start + height)})
        start += height


@pytest.mark.parametrize("rows", [1, 2, 5, 22, 100])
def test_uneven_frames_become_even_ones(rows) -> None:
    found = list(even(frames_of(HEIGHTS), rows))
    assert pl.concat(found)["n"].to_list() == list(range(22))
    assert all(frame.height == rows for frame in found[:-1])
    assert 0 < found[-1].height <= rows


@pytest.fixture
def streamed() -> FrameSource:
    def frames(columns, rows):
        return (frame.select(columns) for frame in frames_of(HEIGHTS))

    return FrameSource({"n": pl.Int64()}, 22, frames, lambda: "key")


def test_a_stream_can_be_gone_through_again(streamed) -> None:
    for _ in range(2):
        found = [chunk["n"].to_list() for chunk in streamed.chunks(["n"], 10)]
        assert [len(part) for part in found] == [10, 10, 2]


def test_a_stream_gives_rows_in_the_order_asked_for(streamed) -> None:
    rows = np.array([21, 0, 5, 5, 13])
    assert streamed.take(rows).column("n").to_list() == rows.tolist()
    assert streamed.take(np.array([], int)).num_rows == 0


def test_a_stream_has_chunks_without_columns(streamed) -> None:
    assert list(streamed.chunks([], 10)) == [{}, {}, {}]


def test_taken_rows_do_not_follow_the_array_they_came_from() -> None:
    array = np.zeros((2, 2))
    taken = MemorySource({"v": array}).take(np.array([0]))
    array[0] = 1
    assert not taken.column("v").any()


def test_memory_gives_views_not_copies() -> None:
    array = np.zeros((4, 2))
    chunk = next(MemorySource({"v": array}).chunks(["v"], 2))
    assert np.shares_memory(chunk["v"], array)
