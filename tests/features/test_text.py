import json
import subprocess
import sys

import numpy as np
import polars as pl
import pytest

from sensorium.errors import DataError, NotFittedError, RecipeError
from sensorium.features.text import Text

TEXTS = ["the cat sat", "the dog", None, "a cat", "", "the the the the"]


def column(*values: str | None) -> dict[str, pl.Series]:
    return {"review": pl.Series(values, dtype=pl.String)}


def fitted(**arguments) -> Text:
    return Text(**{"min_count": 1, **arguments}).fit(column(*TEXTS))


def test_ids_follow_frequency_then_alphabet() -> None:
    text = fitted()
    assert text.vocabulary_.words == ("the", "cat", "a", "dog", "sat")
    encoded = text.encode(column("the sat bird"))
    assert encoded.values.tolist() == [[2, 6, 1, 0, 0, 0, 0, 0]]
    assert encoded.values.dtype == np.int32


def test_missing_and_wordless_texts_are_absent() -> None:
    encoded = fitted().encode(column("the", None, "", "?!", ",;"))
    assert encoded.present.tolist() == [True, False, False, True, False]
    assert not encoded.values[~encoded.present].any()
    assert dict(encoded.errors) == {}


def test_rare_words_are_unknown() -> None:
    text = fitted(min_count=2)
    assert text.vocabulary_.words == ("the", "cat")
    assert text.encode(column("dog cat")).values[0, :2].tolist() == [1, 3]


def test_the_vocabulary_is_limited() -> None:
    text = fitted(vocabulary_size=1)
    assert text.vocabulary_.words == ("the",)
    assert text.encoder_arguments() == {"vocabulary_size": 3}


def test_longer_texts_are_cut_at_their_end() -> None:
    text = fitted(length=2)
    assert text.shape() == (2,)
    assert text.encode(column("the cat sat")).values.tolist() == [[2, 3]]


def test_the_length_is_learnt_and_limited() -> None:
    long = Text(max_length=20).fit(column("a " * 100))
    assert long.shape() == (20,)
    assert fitted().shape() == (8,)


def test_case_can_matter() -> None:
    text = Text(lowercase=False, min_count=1).fit(column("The the The"))
    assert text.vocabulary_.words == ("The", "the")


def test_columns_are_joined_in_order() -> None:
    columns = {"a": pl.Series(["x y", None]), "b": pl.Series(["y", "x"])}
    text = Text(["b", "a"], min_count=1).named("words").fit(columns)
    known = dict(zip(text.vocabulary_.words, range(2, 9), strict=False))
    y, x, mark = known["y"], known["x"], known["¶"]
    values = text.encode(columns).values[:, :4].tolist()
    assert values == [[y, mark, x, y], [x, mark, 0, 0]]


def test_numbers_are_read_as_written() -> None:
    text = Text(min_count=1).fit({"a": pl.Series([12, 7])})
    assert text.vocabulary_.words == ("12", "7")
    assert text.encode({"a": pl.Series([7.0])}).values[0, 0] == 3


def test_bytes_are_errors_and_their_rows_absent() -> None:
    mixed = pl.Series("review", ["the cat", b"the cat", None], dtype=pl.Object)
    encoded = fitted().encode({"review": mixed})
    assert encoded.present.tolist() == [True, False, False]
    assert list(encoded.errors) == [1]
    assert "not bytes" in encoded.errors[1]
    assert Text(min_count=1).fit({"review": mixed}).vocabulary_.words == ("cat", "the")


def test_an_error_in_one_column_makes_the_whole_row_absent() -> None:
    columns = {"a": pl.Series(["x", "x"]), "b": pl.Series([None, b"y"])}
    encoded = Text(min_count=1).fit(columns).encode(columns)
    assert encoded.present.tolist() == [True, False]
    assert not encoded.values[1].any()
    assert "column `b`" in encoded.errors[1]


@pytest.mark.parametrize("kind", ["words", "ngrams", "subwords"])
def test_merging_gives_what_fitting_on_all_gives(kind) -> None:
    if kind == "subwords":
        pytest.importorskip("tokenizers")
    declared = Text(tokens=kind, min_count=1)
    parts = [declared.fit(column(*TEXTS[:2])), declared.fit(column(*TEXTS[2:]))]
    whole = declared.fit(column(*TEXTS))
    assert parts[0].merge(parts[1]).state() == whole.state()
    assert parts[1].merge(parts[0]).state() == whole.state()


@pytest.mark.parametrize("kind", ["words", "ngrams", "subwords"])
def test_the_state_survives_json(kind) -> None:
    if kind == "subwords":
        pytest.importorskip("tokenizers")
    text = fitted(tokens=kind)
    state = text.state()
    again = type(state)(json.loads(json.dumps(state.document)), state.arrays)
    restored = Text(tokens=kind, min_count=1).restore(again)
    one, two = text.encode(column(*TEXTS)), restored.encode(column(*TEXTS))
    np.testing.assert_array_equal(one.values, two.values)
    np.testing.assert_array_equal(one.present, two.present)
    assert restored.shape() == text.shape()
    assert restored.encoder_arguments() == text.encoder_arguments()
    assert restored.state() == state


def test_subwords_cut_unseen_words() -> None:
    pytest.importorskip("tokenizers")
    text = Text(tokens="subwords", min_count=1).fit(column("abcd abef", "abcd"))
    encoded = text.encode(column("abef", "efcd", None))
    assert encoded.present.tolist() == [True, True, False]
    assert (encoded.values[1] > 1).sum() >= 2
    assert text.encoder_arguments()["vocabulary_size"] > encoded.values.max()


def test_ngrams_read_unseen_words() -> None:
    text = Text(tokens="ngrams", min_count=1).fit(column("smiling cat", "cats"))
    encoded = text.encode(column("smile", "xyz", None))
    assert encoded.present.tolist() == [True, True, False]
    assert (encoded.values[0] > 1).sum() >= 3  # " sm", "smi", "mil" ...
    assert encoded.values[1].tolist() == [1] + [0] * (text.shape()[0] - 1)
    assert text.encoder_arguments()["vocabulary_size"] > encoded.values.max()


def test_arguments_reach_the_ngrams() -> None:
    rows = column("abcd abef", "abcd")
    declared = [{"vocabulary_size": 3}, {}, {"min_count": 2}, {"min_count": 9}]
    fitted = [
        Text(tokens="ngrams", **{"min_count": 1, **d}).fit(rows) for d in declared
    ]
    sizes = [text.encoder_arguments()["vocabulary_size"] for text in fitted]
    assert sizes[0] == 5
    assert sizes[1] > sizes[2] > sizes[3] == 2


def test_the_length_counts_the_pieces() -> None:
    rows = column(*["smiling cat"] * 200)
    assert Text(tokens="ngrams").fit(rows).shape() == (32,)
    assert Text(tokens="ngrams", max_length=16).fit(rows).shape() == (16,)


def test_arguments_reach_the_subwords() -> None:
    pytest.importorskip("tokenizers")
    rows = column("abcd abef", "abcd")
    small = Text(tokens="subwords", min_count=1, vocabulary_size=10).fit(rows)
    large = Text(tokens="subwords", min_count=1).fit(rows)
    rare = Text(tokens="subwords", min_count=9).fit(rows)
    sizes = [text.encoder_arguments()["vocabulary_size"] for text in (small, rare)]
    assert sizes[0] <= 10
    assert sizes[1] < large.encoder_arguments()["vocabulary_size"]


def test_a_restored_text_cannot_be_merged() -> None:
    text = fitted()
    with pytest.raises(DataError, match="Fit again on the rows of both"):
        text.merge(Text(min_count=1).restore(text.state()))


def test_it_must_be_fitted() -> None:
    with pytest.raises(NotFittedError, match=r"Call `fit\(columns\)`"):
        Text().encode(column("a"))


def test_fitting_leaves_the_declaration_alone() -> None:
    declared = Text()
    first = declared.fit(column("a a b b"))
    again = first.fit(column("c c"))
    assert not declared.is_fitted()
    assert first.vocabulary_.words == ("a", "b")
    assert again.vocabulary_.words == ("c",)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(DataError, match="the table lacks `review`"):
        Text().named("review").fit({"reviews": pl.Series(["a"])})


def test_arguments_are_checked() -> None:
    with pytest.raises(RecipeError, match="vocabulary_size"):
        Text(vocabulary_size=0)


def test_no_rows_are_fine() -> None:
    empty = Text().fit(column())
    assert empty.encode(column()).values.shape == (0, 8)
    assert empty.encode(column("a")).present.tolist() == [True]


def test_tokenizers_is_imported_only_when_used() -> None:
    code = (
        "import sys, polars as pl\n"
        "from sensorium.features.text import Text\n"
        "t = Text().fit({'a': pl.Series(['a b'])})\n"
        "t.encode({'a': pl.Series(['a'])})\n"
        "assert 'tokenizers' not in sys.modules and 'keras' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
