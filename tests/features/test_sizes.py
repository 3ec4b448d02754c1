from sensorium.features.pictures import Header
from sensorium.features.sizes import Sizes


def sizes(*shapes: tuple[int, int], grey: bool = False, alpha: bool = False) -> Sizes:
    return Sizes.of([Header(h, w, grey, alpha) for h, w in shapes], 0)


def test_the_size_is_the_median() -> None:
    assert sizes((10, 20), (30, 40), (99, 41)).size == (30, 40)
    assert sizes((10, 20), (30, 40)).size == (10, 20)


def test_a_large_size_is_shrunk_in_proportion() -> None:
    assert sizes((1000, 500)).size == (128, 64)
    assert sizes((100_000, 1)).size == (128, 1)


def test_without_pictures_there_is_a_size_all_the_same() -> None:
    assert sizes().size == (64, 64)
    assert sizes().channels == 3


def test_channels_follow_the_pictures() -> None:
    shape = (8, 8)
    assert sizes(shape, grey=True).channels == 1
    assert sizes(shape).channels == 3
    assert sizes(shape, alpha=True).channels == 4
    assert sizes(shape, grey=True).merge(sizes(shape)).channels == 3
    assert sizes(shape).merge(sizes(shape, alpha=True)).channels == 4
    assert sizes(shape, shape).merge(sizes(shape, alpha=True)).channels == 3
    three = sizes(shape, shape, grey=True).merge(sizes(shape, grey=True, alpha=True))
    assert three.channels == 3


def test_merged_sizes_are_those_of_all_rows() -> None:
    first, second = [(10, 20), (5, 6)], [(10, 7), (9, 9)]
    merged = sizes(*first).merge(sizes(*second))
    whole = sizes(*first, *second)
    assert merged == whole
    assert Sizes.of([], 2).merge(Sizes.of([], 3)).unreadable == 5
