import json
import subprocess
import sys

import polars as pl
import pytest

from sensorium.errors import DataError
from sensorium.features.coded import CodedWords
from sensorium.features.cutting import stretch
from sensorium.features.subwords import Subwords, learn, require_tokenizers
from sensorium.features.words import SEPARATOR, WordCounts, mark_words, split

pytest.importorskip("tokenizers", reason="the extra sensorium[subword] is absent")

TEXTS = ["lower lowest low", "newer newest new", "wide wider widest", "low new wide"]


def coded(*texts: str) -> CodedWords:
    return CodedWords.of(mark_words([pl.Series(texts)], lowercase=True))


def words(*texts: str) -> pl.Series:
    return split([pl.Series(texts)], lowercase=True)


def learnt(size: int = 40) -> Subwords:
    return learn(WordCounts.of(coded(*TEXTS), 32), size, 2)


def test_pieces_cut_unseen_words() -> None:
    pieces = learnt()
    ids, counts = pieces.tokens(words("lowest", "newlow", "zzz"), 8)
    assert counts[0] < len("lowest")
    assert counts[1] >= 2
    assert (ids[: counts[0]] > 1).all()
    assert ids[counts[0] + counts[1] :].tolist()[1:] == [1, 1, 1]  # after the start
    assert ids.max() < pieces.size


def test_many_words_give_what_few_give() -> None:
    pieces = learnt()
    few, few_counts = pieces.tokens(words(*TEXTS), 8)
    many, many_counts = pieces.tokens(words(*TEXTS * 2000), 8)
    assert many.tolist() == few.tolist() * 2000
    assert many_counts.tolist() == few_counts.tolist() * 2000


def test_rows_without_words_have_no_pieces() -> None:
    _, counts = learnt().tokens(words("low", "", "..."), 8)
    assert counts.tolist()[1:] == [0, 0]


def test_the_state_is_a_text() -> None:
    pieces = learnt()
    again = Subwords(text=pieces.document()["tokenizer"])
    assert again.tokens(words(*TEXTS), 8)[0].tolist() == (
        pieces.tokens(words(*TEXTS), 8)[0].tolist()
    )


def test_a_broken_state_is_refused() -> None:
    with pytest.raises(DataError, match="no tokenizer that can be read"):
        Subwords("{}").tokens(words("a"), 1)


def test_pieces_do_not_depend_on_the_process() -> None:
    code = (
        "import polars as pl\n"
        "from sensorium.features.subwords import learn\n"
        "from sensorium.features.coded import CodedWords\n"
        "from sensorium.features.words import WordCounts, mark_words\n"
        f"marked = mark_words([pl.Series({TEXTS!r})], lowercase=True)\n"
        "words = CodedWords.of(marked)\n"
        "print(learn(WordCounts.of(words, 32), 40, 2).text)"
    )
    run = [sys.executable, "-c", code]
    found = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    assert json.loads(found) == json.loads(learnt().text)


def test_the_size_is_kept() -> None:
    assert learnt(24).size <= 24


def test_the_separator_is_not_learnt_from() -> None:
    columns = [pl.Series(["low"] * 3), pl.Series(["new"] * 3)]
    pair = CodedWords.of(mark_words(columns, lowercase=True))
    assert SEPARATOR not in learn(WordCounts.of(pair, 32), 40, 2).text


def test_rare_letters_are_unknown() -> None:
    pieces = learn(WordCounts.of(coded("aa aa bb b c"), 32), 6, 2)
    assert 1 not in pieces.tokens(words("a", "b"), 8)[0]
    assert 1 in pieces.tokens(words("c"), 8)[0]


def test_stretch_is_the_mean_number_of_pieces() -> None:
    counts = WordCounts.of(coded("ab ab cd"), 32)
    pieces = learn(counts, 100, 2)  # `ab` is joined, `cd` came once
    assert stretch(pieces, counts) == pytest.approx((1 + 1 + 3) / 3)
    assert stretch(pieces, WordCounts.of(coded(""), 32)) == 1.0


def test_the_extra_is_asked_for(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(ImportError, match=r'pip install "sensorium\[subword\]"'):
        require_tokenizers()
