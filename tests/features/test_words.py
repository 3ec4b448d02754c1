import unicodedata

import numpy as np
import polars as pl
import pytest

from sensorium.features import words as words_module
from sensorium.features.coded import ROW, CodedWords
from sensorium.features.words import (
    SEPARATOR,
    Vocabulary,
    WordCounts,
    flatten,
    mark_words,
    pad,
    split,
)


def tokens(*texts: str | None, lowercase: bool = True) -> list[list[str] | None]:
    series = pl.Series(texts, dtype=pl.String)
    return split([series], lowercase=lowercase).to_list()


def rows_of(columns: list[pl.Series], lowercase: bool = True) -> list:
    coded = CodedWords.of(mark_words(columns, lowercase=lowercase))
    flat = coded.words.gather(coded.codes).to_list()
    ends = np.cumsum(coded.counts).tolist()
    found = zip([0, *ends], ends, strict=False)
    return [flat[start:end] or None for start, end in found]


def marked(*texts: str | None, lowercase: bool = True) -> list[list[str] | None]:
    return rows_of([pl.Series(texts, dtype=pl.String)], lowercase)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The cat, sat.", ["the", "cat", "sat"]),
        ("don't stop_now", ["don", "t", "stop", "now"]),
        ("b737 3.14", ["b737", "3", "14"]),
        ("$5, 50%!", ["$", "5", "50", "%", "!"]),
        ("a,$7", ["a", "$", "7"]),
        ("C++ #tag @me", ["c", "+", "+", "#", "tag", "@", "me"]),
        ("na\u00efve NA\u00cfVE", ["na\u00efve", "na\u00efve"]),
        ("e\u0301", ["\u00e9"]),
        ("日本語テキスト", ["日", "本", "語", "テキスト"]),
        ("한국어", ["한국어"]),
        ("x² ①", ["x²", "①"]),
        ("👩\u200d🚀 ❤\ufe0f", ["👩", "🚀", "❤"]),
        ("🇫🇷🇩🇪", ["🇫🇷", "🇩🇪"]),
        ("👍🏽", ["👍", "🏽"]),
        ("co\u00adop क\u094d\u200cष", ["coop", "क\u094dष"]),
        ("a\u200bb", ["a", "b"]),
        ("a\x00b\tc\nd", ["a", "b", "c", "d"]),
        ("¶ a ¶", ["a"]),
        ("", None),
        ("  ", None),
        ("...", None),
        (None, None),
    ],
)
def test_a_text_is_split_into_words(text, expected) -> None:
    assert tokens(text) == [expected]
    # Among many rows, plain and not, it is split by another path.
    many = tokens(*[text, "plain", "\u00e9"] * 40)
    assert many == [expected, ["plain"], ["\u00e9"]] * 40
    # And by a third path, where its words are marked.
    assert marked(text) == [expected]
    assert marked(text, "plain", "\u00e9") == [expected, ["plain"], ["\u00e9"]]


def test_case_is_kept_if_asked() -> None:
    for times in (1, 60):  # by both paths
        found = tokens(*["The CAT", "\u00c9"] * times, lowercase=False)
        assert found == [["The", "CAT"], ["\u00c9"]] * times
        assert tokens(*["The CAT"] * times, lowercase=False) == [["The", "CAT"]] * times
        found = marked(*["The CAT", "\u00c9"] * times, lowercase=False)
        assert found == [["The", "CAT"], ["\u00c9"]] * times


def test_both_normal_forms_give_the_same_words() -> None:
    text = "Ça J\u030c \u1e9b\u0323 Ệ 각 İstanbul"
    assert tokens(unicodedata.normalize("NFD", text)) == tokens(
        unicodedata.normalize("NFC", text)
    )


@pytest.mark.parametrize("times", [1, 60])
def test_columns_are_joined_with_a_token_of_their_own(times) -> None:
    first = pl.Series(["a b", None, "é", "", "."] * times)
    second = pl.Series(["c", "x", None, None, ","] * times)
    found = split([first, second], lowercase=True).to_list()
    expected = [["a", "b", SEPARATOR, "c"], [SEPARATOR, "x"], ["é", SEPARATOR]]
    assert found == [*expected, None, None] * times
    assert rows_of([first, second]) == found


def test_texts_may_hold_the_mark_that_stands_between_rows() -> None:
    assert marked(f"a{ROW}b", ROW, "c") == [["a", "b"], None, ["c"]]


def test_large_texts_are_joined_part_by_part(monkeypatch) -> None:
    monkeypatch.setattr(words_module, "MOST_BYTES", 4)
    texts = ["a b", None, "long text", "é", "c"]
    assert marked(*texts) == tokens(*texts)


def test_marking_words_leaves_the_texts_alone() -> None:
    for cells in (["A", "É", None], ["A", "B"]):
        texts = pl.Series(cells)
        mark_words([texts], lowercase=True)
        assert texts.to_list() == cells


def counts_of(*texts: str, max_length: int = 10) -> WordCounts:
    words = mark_words([pl.Series(texts)], lowercase=True)
    return WordCounts.of(CodedWords.of(words), max_length)


def test_words_are_ordered_by_frequency_then_alphabet() -> None:
    table = counts_of("b a c", "b a d", "b").frequent(3, 1)
    assert table.rows() == [("b", 3), ("a", 2), ("c", 1)]


def test_rare_words_are_left_out() -> None:
    assert counts_of("b a", "b").frequent(9, 2)["word"].to_list() == ["b"]


def test_merged_counts_are_those_of_all_rows() -> None:
    whole = counts_of("b a c", "", "b a d", "b")
    merged = counts_of("b a c", "").merge(counts_of("b a d", "b"))
    assert merged.frequent(9, 1).equals(whole.frequent(9, 1))
    np.testing.assert_array_equal(merged.lengths, whole.lengths)


def test_counting_keeps_memory_bounded(monkeypatch) -> None:
    monkeypatch.setattr(words_module, "MOST_WORDS", 4)
    counts = counts_of("a a b b b c d e f")
    assert counts.frequent(9, 1).rows() == [("b", 3), ("a", 2)]
    merged = counts.merge(counts_of("g g g g h h h h"))
    assert len(merged.table) == 4


def test_a_length_holds_nearly_all_texts() -> None:
    texts = ["w " * 3] * 98 + ["w " * 9, "w " * 30]
    assert counts_of(*texts, max_length=64).length() == 16
    assert counts_of(*texts, max_length=64).length(share=1.0) == 32
    assert counts_of(*texts, max_length=64).length(share=0.9) == 8
    assert counts_of(*texts, max_length=64).length(share=0.99, stretch=2.0) == 24
    assert counts_of("", max_length=64).length() == 8


def test_known_words_start_at_two_and_others_are_one() -> None:
    vocabulary = Vocabulary(("b", "a"))
    assert vocabulary.size == 4
    assert vocabulary.ids(["a", "b", "z"]).tolist() == [3, 2, 1]
    assert vocabulary.ids(pl.Series(["a", "b", "z"])).tolist() == [3, 2, 1]


def test_an_empty_vocabulary_knows_nothing() -> None:
    assert Vocabulary(()).ids(pl.Series(["a"])).tolist() == [1]
    assert Vocabulary(()).ids(["a"]).tolist() == [1]


@pytest.mark.parametrize("times", [1, 50, 5000])
def test_flattened_words_stand_one_after_another(times) -> None:
    rows = pl.Series([["a", "b", "c"], None, ["d"]] * times, dtype=pl.List(pl.String))
    flat, counts = flatten(rows, 2)
    assert list(flat) == ["a", "b", "d"] * times
    assert counts.tolist() == [2, 0, 1] * times


def test_rows_are_padded_and_cut_at_their_end() -> None:
    values = pad(np.array([5, 6, 7, 8, 9]), np.array([3, 0, 2]), 2)
    assert values.tolist() == [[5, 6], [0, 0], [8, 9]]
    assert values.dtype == np.int32
    assert pad(np.array([], int), np.array([0]), 2).tolist() == [[0, 0]]
    assert pad(np.array([5, 6]), np.array([2]), 3).tolist() == [[5, 6, 0]]
