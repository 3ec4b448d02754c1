import numpy as np
import polars as pl

from sensorium.features.coded import CodedWords, without_marks
from sensorium.features.words import Vocabulary, mark_words, split


def test_coded_words_can_be_taken_in_part() -> None:
    coded = CodedWords.of(
        mark_words([pl.Series(["a b c", "", "b", "c"])], lowercase=True)
    )
    some = coded.only(np.array([True, True, False, True])).head(2)
    assert some.words.gather(some.codes).to_list() == ["a", "b", "c"]
    assert some.counts.tolist() == [2, 0, 1]
    assert coded.nbytes >= coded.codes.nbytes + 3


def test_marked_and_coded_words_get_the_ids_of_lists() -> None:
    column = [pl.Series(["a bb zz", "", "bb!", "c a"])]
    known = Vocabulary(("a", "bb", "c"))
    ids, counts = known.tokens(split(column, lowercase=True), 9)
    words = mark_words(column, lowercase=True)
    for other in (words, CodedWords.of(words)):
        found = known.tokens(other, 9)
        np.testing.assert_array_equal(found[0], ids)
        np.testing.assert_array_equal(found[1], counts)


def test_words_are_coded_beside_many_others_that_polars_knows() -> None:
    others = pl.Series([f"other {at}" for at in range(99)]).cast(pl.Categorical)
    coded = CodedWords.of(mark_words([pl.Series(["b  a", None, "a"])], lowercase=True))
    assert coded.words.gather(coded.codes).to_list() == ["b", "a", "a"]
    assert coded.counts.tolist() == [2, 0, 1]
    assert len(others) == 99


def test_marks_are_taken_out() -> None:
    codes, counts = without_marks(np.array([5, 9, 0, 9, 0, 7, 9]), 9, 0)
    assert codes.tolist() == [5, 7]
    assert counts.tolist() == [1, 0, 1]


def test_no_rows_have_no_words() -> None:
    none = pl.Series([], dtype=pl.String)
    assert not len(CodedWords.of(mark_words([none], lowercase=True)).counts)
