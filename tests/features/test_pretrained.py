from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from sensorium.errors import DataError, RecipeError
from sensorium.features import Text
from sensorium.features.pretrained import Pretrained, TokenLengths, joined

tokenizers = pytest.importorskip("tokenizers")

WORDS = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "red", "fox", "##es"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a small tokenizer like BERT's, which pads with id 3."""
    root = tmp_path_factory.mktemp("model")
    ids = {word: place for place, word in enumerate(WORDS)}
    tokenizer = tokenizers.Tokenizer(
        tokenizers.models.WordPiece(ids, unk_token="[UNK]")
    )
    tokenizer.normalizer = tokenizers.normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    tokenizer.save(str(root / "tokenizer.json"))
    return root


@pytest.fixture
def feature(folder) -> Text:
    return Text(tokens={"tokenizer": str(folder)}).named("name")


COLUMNS = {"name": pl.Series(["Red foxes", None, "  ", "blue fox"])}


def test_ids_are_the_tokenizers_with_padding_and_zero_exchanged(feature) -> None:
    fitted = feature.fit(COLUMNS)
    encoded = fitted.encode(COLUMNS)
    assert encoded.values.tolist() == [
        [1, 4, 5, 6, 2, 0, 0, 0],
        [0] * 8,
        [0] * 8,
        [1, 3, 5, 2, 0, 0, 0, 0],  # the unknown word is 0 in the tokenizer
    ]
    assert encoded.present.tolist() == [True, False, False, True]
    assert fitted.encoder_arguments() == {"vocabulary_size": 7}


def test_long_texts_are_cut_with_the_sign_of_their_end(folder) -> None:
    tokens = Pretrained.read(str(folder / "tokenizer.json"))
    assert tokens.numbers(["red fox red fox"], 4).tolist() == [[1, 4, 5, 2]]
    assert tokens.lengths(["red fox red fox", ""]).tolist() == [6]


def test_the_state_needs_no_file_and_no_path(feature) -> None:
    fitted = feature.fit(COLUMNS)
    state = fitted.state()
    assert json.loads(json.dumps(state.document)) == state.document
    again = Text(tokens={"tokenizer": ""}).named("name").restore(state)
    expected = fitted.encode(COLUMNS).values
    np.testing.assert_array_equal(again.encode(COLUMNS).values, expected)


def test_lengths_merge_exactly(feature) -> None:
    half = {"name": COLUMNS["name"][:2]}, {"name": COLUMNS["name"][2:]}
    one, two = (feature.fit(part) for part in half)
    assert one.merge(two).length_ == feature.fit(COLUMNS).length_ == 8
    counts = TokenLengths.of(np.array([3] * 99 + [30]))
    assert counts.length() == 8
    assert counts.merge(counts).length(share=1.0) == 32


def test_columns_are_joined_by_a_space() -> None:
    columns = [pl.Series(["a ", None, ""]), pl.Series(["b", "c", None])]
    assert joined(columns) == ["a b", "c", ""]


def test_what_is_no_tokenizer_is_refused(tmp_path) -> None:
    with pytest.raises(RecipeError, match="tokens"):
        Text(tokens={"tokeniser": "here"})
    with pytest.raises(DataError, match="no such tokenizer"):
        Pretrained.read(str(tmp_path / "tokenizer.json"))
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(DataError, match="no tokenizer that the package"):
        Pretrained.read(str(tmp_path))
    bare = tokenizers.Tokenizer(tokenizers.models.WordLevel({"a": 0}, unk_token="a"))
    with pytest.raises(DataError, match="no token for padding"):
        _ = Pretrained(bare.to_str()).pad_id
