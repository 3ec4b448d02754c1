"""Texts, images and signals: what holds for all values."""

import unicodedata

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sensorium.features import words as words_module
from sensorium.features.coded import CodedWords
from sensorium.features.image import Image
from sensorium.features.signal import Signal
from sensorium.features.text import Text
from sensorium.features.words import mark_words, split
from tests.features.drawn import encoded

# Letters of many scripts, marks, joiners, flags, emoji, odd spaces, and ASCII signs.
ODD = "aZ09 _'\"!?$%^|~\t\n\x00\x1f\u00a0ÇßİǰΣ\u0131\u03c3\u03c2\u0301\u0323"
ODD += "\x1e\u200b\u200c\u200d\u00ad\ufe0f①²ﬁ½日本々한ไ\u0e33क\u094d\u20e3"
ODD += "🇫🇷👩🚀👍🏽❤©¶\U0001f3f4\U000e0067"
NO_SURROGATES = st.characters(exclude_categories=["Cs"])
CELLS = st.none() | st.text(st.sampled_from(ODD) | NO_SURROGATES, max_size=12)


def encode_both_ways(text: Text, columns: dict) -> tuple[np.ndarray, np.ndarray]:
    few = text.encode(columns)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words_module, "FEW_ROWS", -1)
        patch.setattr(words_module, "FEW_WORDS", -1)
        many = text.encode(columns)
    np.testing.assert_array_equal(few.present, many.present)
    return few.values, many.values


@settings(max_examples=120)
@given(
    st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6),
    st.booleans(),
    st.sampled_from(["words", "ngrams"]),
)
def test_few_rows_and_many_rows_give_the_same_ids(cells, lowercase, tokens) -> None:
    columns = {
        "a": pl.Series([one for one, _ in cells], dtype=pl.String),
        "b": pl.Series([two for _, two in cells], dtype=pl.String),
    }
    given_ = {"lowercase": lowercase, "tokens": tokens, "length": 6}
    text = Text(min_count=1, **given_).fit(columns)
    few, many = encode_both_ways(text, columns)
    np.testing.assert_array_equal(few, many)


@settings(max_examples=100)
@given(st.text(st.characters(codec="ascii"), max_size=30), st.booleans())
def test_ascii_is_split_alike_by_python_and_polars(cell, lowercase) -> None:
    text = pl.Series([cell])
    alone = split([text], lowercase=lowercase).to_list()
    among = split([pl.Series([cell, *["é"] * 40])], lowercase=lowercase).to_list()
    assert alone == among[:1]


@settings(max_examples=120)
@given(
    st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6),
    st.integers(1, 2),
    st.booleans(),
)
def test_marked_words_are_those_of_lists(cells, width, lowercase) -> None:
    columns = [pl.Series(list(c), dtype=pl.String) for c in zip(*cells, strict=True)]
    lists = split(columns[:width], lowercase=lowercase)
    coded = CodedWords.of(mark_words(columns[:width], lowercase=lowercase))
    assert coded.counts.tolist() == lists.list.len().fill_null(0).to_list()
    flat = coded.words.gather(coded.codes).to_list()
    assert flat == lists.drop_nulls().explode().to_list()


@settings(max_examples=100)
@given(st.text(st.sampled_from(ODD) | NO_SURROGATES, max_size=20))
def test_words_do_not_depend_on_how_accents_were_typed(cell) -> None:
    forms = [unicodedata.normalize(form, cell) for form in ("NFC", "NFD")]
    found = split([pl.Series(forms)], lowercase=True).to_list()
    assert found[0] == found[1]


@given(st.lists(CELLS, min_size=2, max_size=60), st.data())
def test_a_text_is_encoded_alone_as_among_others(cells, data) -> None:
    columns = {"a": pl.Series(cells, dtype=pl.String)}
    text = Text(min_count=1).fit(columns)
    whole = text.encode(columns)
    row = data.draw(st.integers(0, len(cells) - 1))
    alone = text.encode({"a": columns["a"][row : row + 1]})
    np.testing.assert_array_equal(alone.values[0], whole.values[row])
    assert alone.present[0] == whole.present[row]


@given(st.lists(CELLS, max_size=50), st.integers(0, 50))
def test_merged_texts_know_what_all_rows_say(cells, cut) -> None:
    parts = [
        pl.Series("a", part, dtype=pl.String) for part in (cells[:cut], cells[cut:])
    ]
    merged = Text().fit({"a": parts[0]}).merge(Text().fit({"a": parts[1]}))
    whole = Text().fit({"a": pl.Series("a", cells, dtype=pl.String)})
    assert merged.state() == whole.state()


@given(st.lists(CELLS, min_size=1, max_size=40), st.data())
def test_corrupt_texts_are_errors_and_change_no_other_row(cells, data) -> None:
    clean = pl.Series("a", cells, dtype=pl.Object)
    text = Text(min_count=1).fit({"a": clean})
    bad = data.draw(st.sets(st.integers(0, len(cells) - 1)))
    broken = [b"\xff" if row in bad else cell for row, cell in enumerate(cells)]
    before = text.encode({"a": clean})
    after = text.encode({"a": pl.Series("a", broken, dtype=pl.Object)})
    good = [row for row in range(len(cells)) if row not in bad]
    assert set(after.errors) == bad
    assert not after.present[sorted(bad)].any()
    np.testing.assert_array_equal(after.values[good], before.values[good])
    np.testing.assert_array_equal(after.present[good], before.present[good])


@given(st.lists(CELLS, max_size=60))
def test_encoding_a_text_changes_no_input(cells) -> None:
    series = pl.Series("a", cells, dtype=pl.String)
    text = Text(min_count=1).fit({"a": series})
    text.encode({"a": series})
    assert series.to_list() == cells


PNG = b"\x89PNG\r\n\x1a\n"
PICTURES = [encoded("PNG", mode) for mode in ("L", "RGB", "RGBA", "P")]
PICTURES += [encoded("JPEG"), encoded("GIF"), None]
ROWS = st.lists(st.sampled_from(PICTURES), min_size=1, max_size=40)
IMAGE = Image((6, 8), channels=3).fit({"a": pl.Series(PICTURES)})


@settings(max_examples=40)
@given(ROWS, st.data())
def test_a_picture_is_encoded_alone_as_among_others(cells, data) -> None:
    whole = IMAGE.encode({"a": pl.Series(cells, dtype=pl.Binary)})
    row = data.draw(st.integers(0, len(cells) - 1))
    alone = IMAGE.encode({"a": pl.Series([cells[row]], dtype=pl.Binary)})
    np.testing.assert_array_equal(alone.values[0], whole.values[row])
    assert alone.present[0] == whole.present[row]


@settings(max_examples=40)
@given(ROWS, st.data())
def test_corrupt_pictures_are_errors_and_change_no_other_row(cells, data) -> None:
    bad = data.draw(st.sets(st.integers(0, len(cells) - 1)))
    broken = [
        (cell or b"none")[: data.draw(st.integers(0, 60))] if row in bad else cell
        for row, cell in enumerate(cells)
    ]
    before = IMAGE.encode({"a": pl.Series(cells, dtype=pl.Binary)})
    after = IMAGE.encode({"a": pl.Series(broken, dtype=pl.Binary)})
    good = [row for row in range(len(cells)) if row not in bad]
    assert set(after.errors) == bad
    assert not after.present[sorted(bad)].any()
    assert not after.values[sorted(bad)].any()
    np.testing.assert_array_equal(after.values[good], before.values[good])
    np.testing.assert_array_equal(after.present[good], before.present[good])


@settings(max_examples=30)
@given(ROWS, st.integers(0, 40))
def test_merged_images_know_what_all_rows_say(cells, cut) -> None:
    rows = pl.Series("a", cells, dtype=pl.Binary)
    merged = Image().fit({"a": rows[:cut]}).merge(Image().fit({"a": rows[cut:]}))
    assert merged.state() == Image().fit({"a": rows}).state()


@settings(max_examples=40)
@given(
    arrays(
        st.sampled_from([np.uint8, np.float32, np.float64, np.int64]),
        st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(1, 9)),
        elements=st.integers(0, 1),
    )
)
def test_arrays_of_pictures_are_encoded_row_by_row_and_left_alone(array) -> None:
    before = array.copy()
    feature = Image().fit({"a": array})
    whole = feature.encode({"a": array})
    np.testing.assert_array_equal(array, before)
    for row in range(len(array)):
        alone = feature.encode({"a": array[row : row + 1]})
        np.testing.assert_array_equal(alone.values[0], whole.values[row])


@given(st.binary(max_size=80) | st.binary(max_size=80).map(lambda tail: PNG + tail))
def test_any_bytes_give_a_picture_or_an_error(data) -> None:
    found = IMAGE.encode({"a": pl.Series([data], dtype=pl.Binary)})
    assert found.present[0] == (0 not in found.errors)
    assert found.values.any() or 0 in found.errors


@given(st.text(max_size=30))
def test_any_path_without_a_folder_is_an_error(text) -> None:
    found = IMAGE.encode({"a": pl.Series([text], dtype=pl.String)})
    assert not found.present[0]
    assert (0 in found.errors) == bool(text)


NUMBERS = st.none() | st.floats(-1e6, 1e6, width=32) | st.just(float("nan"))
STEPS = st.lists(st.tuples(NUMBERS, NUMBERS).map(list), max_size=5)
WINDOWS = st.lists(st.none() | STEPS, min_size=1, max_size=12)
NESTED = pl.List(pl.List(pl.Float64))
SCALES = st.sampled_from(["standard", "none"])


@given(WINDOWS, SCALES, st.data())
def test_a_signal_is_encoded_alone_as_among_others(cells, scale, data) -> None:
    rows = pl.Series("a", cells, dtype=NESTED)
    signal = Signal(scale=scale).fit({"a": rows})
    whole = signal.encode({"a": rows})
    row = data.draw(st.integers(0, len(cells) - 1))
    alone = signal.encode({"a": rows[row : row + 1]})
    np.testing.assert_array_equal(alone.values[0], whole.values[row])
    assert alone.present[0] == whole.present[row]
    assert np.isfinite(whole.values).all()
    assert not whole.values[~whole.present].any()


@given(WINDOWS, st.data())
def test_corrupt_signals_are_errors_and_change_no_other_row(cells, data) -> None:
    signal = Signal(length=4).fit(
        {"a": np.random.default_rng(0).normal(size=(9, 4, 2))}
    )
    bad = data.draw(st.sets(st.integers(0, len(cells) - 1)))
    wrong = st.sampled_from([[[1.0]], [[1.0, 2.0], [3.0]], [[1.0, float("inf")]], "x"])
    broken = [
        data.draw(wrong) if row in bad else cell for row, cell in enumerate(cells)
    ]
    before = signal.encode({"a": pl.Series(cells, dtype=pl.Object)})
    after = signal.encode({"a": pl.Series(broken, dtype=pl.Object)})
    good = [row for row in range(len(cells)) if row not in bad]
    assert set(after.errors) == bad
    assert not after.present[sorted(bad)].any()
    assert not after.values[sorted(bad)].any()
    np.testing.assert_array_equal(after.values[good], before.values[good])
    np.testing.assert_array_equal(after.present[good], before.present[good])


@given(WINDOWS)
def test_lists_and_python_objects_are_the_same_signals(cells) -> None:
    rows = pl.Series("a", cells, dtype=NESTED)
    signal = Signal().fit({"a": rows})
    objects = pl.Series("a", cells, dtype=pl.Object)
    one, two = signal.encode({"a": rows}), signal.encode({"a": objects})
    np.testing.assert_array_equal(one.values, two.values)


@given(WINDOWS, st.integers(0, 12))
def test_merged_signals_know_what_all_rows_say(cells, cut) -> None:
    rows = pl.Series("a", cells, dtype=NESTED)
    merged = Signal().fit({"a": rows[:cut]}).merge(Signal().fit({"a": rows[cut:]}))
    whole = Signal().fit({"a": rows})
    assert merged.state().document == whole.state().document
    for name, array in merged.state().arrays.items():
        other = whole.state().arrays[name]
        np.testing.assert_allclose(array, other, rtol=1e-9, atol=1e-3)


@given(
    arrays(np.float64, (5, 4, 2), elements=st.floats(-1e6, 1e6) | st.just(np.nan)),
)
def test_encoding_a_signal_changes_no_input(array) -> None:
    before = array.copy()
    signal = Signal().fit({"a": array})
    signal.encode({"a": array})
    np.testing.assert_array_equal(array, before)
