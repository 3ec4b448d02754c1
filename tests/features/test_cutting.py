import numpy as np
import polars as pl

from sensorium.features.cutting import Cutting, stretch
from sensorium.features.words import WordCounts, split


class Letters(Cutting):
    """Each letter is a piece, numbered by its code."""

    @property
    def size(self) -> int:
        return 128

    def cut(self, words: list[str]) -> tuple[np.ndarray, np.ndarray]:
        ids = [ord(letter) for word in words for letter in word]
        return np.array(ids, np.int32), np.array([len(word) for word in words], int)


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
    counts = WordCounts.of(words("a a a abcde"), 8)
    assert stretch(Letters(), counts) == 2.0
    assert stretch(Letters(), WordCounts.of(words(""), 8)) == 1.0
