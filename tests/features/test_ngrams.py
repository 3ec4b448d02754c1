import polars as pl

from sensorium.features.coded import CodedWords
from sensorium.features.ngrams import LONGEST, Ngrams, cut_word, learn_ngrams
from sensorium.features.words import SEPARATOR, WordCounts, mark_words, split

TEXTS = ["heart hearts", "broken heart", "green heart"]


def coded(*texts: str) -> CodedWords:
    return CodedWords.of(mark_words([pl.Series(texts)], lowercase=True))


def words(*texts: str) -> pl.Series:
    return split([pl.Series(texts)], lowercase=True)


def learnt(size: int = 1000, min_count: int = 1) -> Ngrams:
    return learn_ngrams(WordCounts.of(coded(*TEXTS), 32), size, min_count)


def test_a_word_is_cut_into_itself_and_its_runs_of_letters() -> None:
    # Bojanowski et al. (2017), section 3.2, has this word, with < and > as marks.
    found = [
        piece.replace(" ", "<", 1) if piece[0] == " " else piece
        for piece in cut_word("where")
    ]
    found = [piece.replace(" ", ">") for piece in found]
    assert found[0] == "<where>"
    assert [piece for piece in found if len(piece) == 3] == [
        "<wh", "whe", "her", "ere", "re>"
    ]  # fmt: skip
    assert [len(piece) for piece in found[1:]] == [3] * 5 + [4] * 4 + [5] * 3


def test_a_short_word_is_a_piece_once() -> None:
    assert cut_word("a") == [" a "]
    assert cut_word("ab") == [" ab ", " ab", "ab "]


def test_the_mark_between_columns_is_not_cut() -> None:
    assert cut_word(SEPARATOR) == [f" {SEPARATOR} "]


def test_no_word_has_endless_pieces() -> None:
    assert len(cut_word("a" * 100_000)) == len(cut_word("a" * LONGEST))


def test_unseen_words_share_pieces_with_seen_ones() -> None:
    pieces = learnt()
    seen, unseen, strange = (
        set(pieces.tokens(words(text), 8)[0].tolist())
        for text in ("heart", "heartless", "zzzz")
    )
    assert len(seen & unseen) >= 5
    assert strange == {1}


def test_the_frequent_pieces_are_known_then_by_alphabet() -> None:
    assert learnt(size=3).known == (" he", " hea", " hear")
    assert learnt(size=3).size == 5
    assert " broken " in learnt().known
    assert " broken " not in learnt(min_count=2).known
    assert " heart " in learnt(min_count=2).known


def test_counts_of_words_taken_in_parts_add_up(monkeypatch) -> None:
    whole = learnt(min_count=2)
    monkeypatch.setattr("sensorium.features.ngrams._WORDS", 1)
    assert learnt(min_count=2) == whole


def test_many_rows_give_what_few_give() -> None:
    few, few_counts = learnt().tokens(words(*TEXTS), 8)
    many, many_counts = learnt().tokens(words(*TEXTS * 2000), 8)
    assert many.tolist() == few.tolist() * 2000
    assert many_counts.tolist() == few_counts.tolist() * 2000


def test_the_document_makes_it_again() -> None:
    document = learnt().document()
    assert Ngrams(tuple(document["pieces"])) == learnt()


def test_nothing_is_learnt_from_nothing() -> None:
    empty = learn_ngrams(WordCounts.of(coded(""), 8), 10, 1)
    assert empty.size == 2
    assert empty.tokens(words("a"), 8)[0].tolist() == [1]
