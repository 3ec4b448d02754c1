import numpy as np
import polars as pl

from sensorium.features.coded import CodedWords
from sensorium.features.cutting import Cutting, stretch
from sensorium.features.words import WordCounts, mark_words, split


class Letters(Cutting):
    """Each letter is a piece, numbered by its code."""

    @property
    def size(self) -> int:
        return 128

    def cut(self, words: list[str]) -> tuple[np.ndarray, np.ndarray]:
        ids = [ord(letter) for word in words for letter in word]
        return np.array(ids, np.int32), np.array([len(word) for word in words], int)


def coded(*texts: str) -> CodedWords:
    return CodedWords.of(mark_words([pl.Series(texts)], lowercase=True))


def words(*texts: str) -> pl.Series:
    return split([pl.Series(texts)], lowercase=True)


def codes(text: str) -> list[int]:
    return [ord(letter) for letter in text]


def test_pieces_follow_their_words() -> None:
    ids, counts = Letters().tokens(words("ab c", "", "b"), 8)
    assert ids.tolist() == codes("abcb")
    assert counts.tolist() == [3, 0, 1]


def test_words_after_the_length_are_left_out() -> None:
    ids, counts = Letters().tokens(words("ab cd", "e"), 1)
    assert ids.tolist() == codes("abe")
    assert counts.tolist() == [2, 1]


def test_many_rows_give_what_few_give() -> None:
    texts = ["ab c", "d", "", "ccc ab"]
    few, few_counts = Letters().tokens(words(*texts), 8)
    many, many_counts = Letters().tokens(words(*texts * 3000), 8)
    assert many.tolist() == few.tolist() * 3000
    assert many_counts.tolist() == few_counts.tolist() * 3000


def test_stretch_is_the_mean_number_of_pieces_of_a_word() -> None:
    counts = WordCounts.of(coded("a a a abcde"), 8)
    assert stretch(Letters(), counts) == 2.0
    assert stretch(Letters(), WordCounts.of(coded(""), 8)) == 1.0


def test_marked_and_coded_words_have_the_pieces_of_lists() -> None:
    column = [pl.Series(["ab c abc", "", "b ab"])]
    marked = mark_words(column, lowercase=True)
    ids, counts = Letters().tokens(split(column, lowercase=True), 2)
    for other in (marked, CodedWords.of(marked)):
        found, lengths = Letters().tokens(other, 2)
        np.testing.assert_array_equal(found, ids)
        np.testing.assert_array_equal(lengths, counts)
