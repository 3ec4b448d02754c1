"""What holds for numbers, categories, flags, vectors and times of any content."""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Mapping

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sensorium.errors import DataError
from sensorium.features import Category, Feature, Flags, Number, Time, Vector
from sensorium.features.sketch import Sketch

FINITE = st.floats(-1e38, 1e38, allow_nan=False)
NUMBERS = st.lists(st.none() | FINITE, min_size=1, max_size=30)
TEXTS = st.lists(st.none() | st.text(max_size=4), min_size=1, max_size=30)
MOMENTS = st.datetimes(datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31))
TIMES = st.lists(st.none() | MOMENTS, min_size=1, max_size=20)
VECTORS = st.lists(
    st.none() | st.lists(st.none() | FINITE, min_size=3, max_size=3),
    min_size=1,
    max_size=12,
)
LABELS = st.lists(
    st.none() | st.lists(st.sampled_from("abcde"), max_size=4), max_size=9
)
SCALARS = (
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.floats(),
    st.none() | st.booleans(),
    st.none() | st.text(max_size=6),
    st.none() | st.dates(),
    st.none() | MOMENTS,
)
COLUMNS = st.one_of(*(st.lists(kind, min_size=1, max_size=12) for kind in SCALARS)).map(
    pl.Series
)

Rows = Mapping[str, pl.Series]


def column(values, dtype=None) -> dict[str, pl.Series]:
    return {"x": pl.Series(values, dtype=dtype)}


def halves(feature: Feature, rows: Rows, cut: int) -> tuple[Feature, Feature]:
    """A feature fitted on all rows, and one merged from two parts of them."""
    one = feature.fit({name: values[:cut] for name, values in rows.items()})
    two = feature.fit({name: values[cut:] for name, values in rows.items()})
    return feature.fit(rows), one.merge(two)


def check_every_row(feature: Feature, rows: Rows) -> None:
    """One row alone is that row among all; all is finite, nothing is changed."""
    before = {name: values.clone() for name, values in rows.items()}
    whole = feature.encode(rows)
    height = len(next(iter(rows.values())))
    assert whole.values.shape == (height, *feature.shape())
    assert np.isfinite(whole.values).all()
    for row in range(height):
        alone = feature.encode(
            {name: values[row : row + 1] for name, values in rows.items()}
        )
        assert alone.values.tobytes() == whole.values[row : row + 1].tobytes()
        assert alone.present[0] == whole.present[row]
        assert (0 in alone.errors) == (row in whole.errors)
    assert not whole.present[list(whole.errors)].any()
    assert all(values.equals(before[name]) for name, values in rows.items())


@given(NUMBERS, st.integers(0, 30), st.sampled_from(["quantile", "none"]))
def test_merged_numbers_encode_to_the_same_bits(values, cut, scale) -> None:
    rows = column(values, pl.Float64)
    whole, merged = halves(Number(scale=scale), rows, cut)
    assert merged.encode(rows).values.tobytes() == whole.encode(rows).values.tobytes()


@given(NUMBERS, st.integers(0, 30))
def test_merged_means_and_deviations_are_those_of_all(values, cut) -> None:
    rows = column(values, pl.Float64)
    whole, merged = halves(Number(scale="standard"), rows, cut)
    one, two = merged.moments_, whole.moments_
    size = max((abs(value) for value in values if value is not None), default=0.0)
    np.testing.assert_allclose(one.mean, two.mean, rtol=1e-9, atol=size * 1e-12)
    # The error of a deviation grows with the size of the numbers, not with itself.
    np.testing.assert_allclose(
        one.deviation, two.deviation, rtol=1e-9, atol=size * 1e-12
    )


@given(st.lists(st.lists(st.sampled_from(range(40)) | FINITE, max_size=40), max_size=5))
def test_a_summary_does_not_know_its_chunks(chunks) -> None:
    arrays = [np.array(chunk, dtype=np.float64) for chunk in chunks]
    whole = Sketch.of(np.concatenate([np.zeros(0), *arrays]))
    merged = Sketch.of(np.zeros(0))
    for array in reversed(arrays):
        merged = Sketch.of(array).merge(merged)
    assert merged.values.tobytes() == whole.values.tobytes()
    assert merged.counts.tolist() == whole.counts.tolist()


@given(NUMBERS, NUMBERS, st.sampled_from(["quantile", "standard", "none"]))
def test_numbers_of_any_size_stay_finite_and_rows_independent(one, two, scale) -> None:
    feature = Number(scale=scale).fit(column(one, pl.Float64))
    check_every_row(feature, column(two, pl.Float64))


@given(NUMBERS)
def test_quantile_scores_never_fall(values) -> None:
    rows = column(values, pl.Float64)
    encoded = Number().fit(rows).encode(rows)
    known = [(v, float(s)) for v, s in zip(values, encoded.values[:, 0], strict=True)]
    scores = [score for value, score in sorted(k for k in known if k[0] is not None)]
    assert scores == sorted(scores)


@given(st.lists(st.floats(-(2.0**100), 2.0**100, width=32), min_size=1, max_size=20))
def test_number_labels_come_back(values) -> None:
    rows = column(values, pl.Float64)
    feature = Number().fit(rows)
    assert feature.decode(feature.encode_target(rows).values).to_list() == values


@given(TEXTS, TEXTS, st.integers(0, 30))
def test_merged_categories_are_those_of_all(values, other, cut) -> None:
    rows = column(values, pl.String)
    whole, merged = halves(Category(), rows, cut)
    assert merged.state().document == whole.state().document
    assert merged.encoder_arguments() == whole.encoder_arguments()
    check_every_row(whole, column(other, pl.String))


@given(TEXTS)
def test_ids_lie_within_the_promised_size(values) -> None:
    rows = column(values, pl.String)
    feature = Category(min_count=1).fit(rows)
    ids = feature.encode(rows).values[:, 0]
    (size,) = feature.encoder_arguments()["num_categories"]
    known = {unicodedata.normalize("NFC", text) for text in values if text}
    assert size == len(known) + 2
    assert sorted({0, 1, *ids.tolist()}) == list(range(size))
    assert [bool(text) for text in values] == (ids > 0).tolist()


@pytest.mark.parametrize("labels", SCALARS, ids=lambda kind: str(kind)[9:25])
@given(data=st.data())
def test_labels_of_any_type_come_back(labels, data) -> None:
    values = data.draw(st.lists(labels, min_size=2, max_size=12))
    rows = {"x": pl.Series(values)}
    feature = Category().fit(rows)
    assume(feature.counted_[0].frame.height > 1)
    encoded = feature.encode_target(rows)
    assert encoded.errors == {}
    decoded = feature.decode(encoded.values).to_list()
    for value, again in zip(values, decoded, strict=True):
        if value is None or value == "" or value != value:
            assert again is None
        elif isinstance(value, str):
            assert again == unicodedata.normalize("NFC", value)
        else:
            assert again == value
            assert type(again) is type(value)


@given(COLUMNS, COLUMNS)
def test_a_column_of_any_type_is_encoded_or_refused_in_words(train, other) -> None:
    for declared in (Number(), Number(scale="none"), Category(), Time(), Vector()):
        for rows in ({"x": train}, {"x": other}):
            try:
                check_every_row(declared.fit({"x": train}), rows)
            except DataError as error:
                assert "`x`" in str(error)


@given(LABELS, LABELS, st.integers(0, 9))
def test_flags_merge_and_come_back(values, other, cut) -> None:
    kind = pl.List(pl.String)
    rows = column(values, kind)
    assume(any(values))
    whole, merged = halves(Flags(), rows, cut)
    assert merged.state().document == whole.state().document
    check_every_row(whole, column(other, kind))
    decoded = whole.decode(whole.encode_target(rows).values).to_list()
    assert decoded == [v if v is None else sorted(set(v)) for v in values]


@given(VECTORS, VECTORS, st.integers(0, 12))
def test_vectors_merge_and_stay_finite(values, other, cut) -> None:
    kind = pl.List(pl.Float64)
    rows = column(values, kind)
    assume(any(value is not None for value in values))
    whole, merged = halves(Vector(), rows, cut)
    np.testing.assert_array_equal(merged._whole.low, whole._whole.low)
    np.testing.assert_array_equal(merged._whole.count, whole._whole.count)
    check_every_row(whole, column(other, kind))


@given(TIMES, TIMES, st.integers(0, 20))
def test_times_merge_and_stay_finite(values, other, cut) -> None:
    rows = column(values, pl.Datetime("us"))
    whole, merged = halves(Time(), rows, cut)
    assert merged.parts_ == whole.parts_
    check_every_row(whole, column(other, pl.Datetime("us")))
    texts = [None if value is None else value.isoformat() for value in other]
    again = whole.encode(column(texts, pl.String))
    plain = whole.encode(column(other, pl.Datetime("us")))
    assert again.values.tobytes() == plain.values.tobytes()
