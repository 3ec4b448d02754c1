"""Time: trend and calendar."""

from __future__ import annotations

import datetime
import json

import numpy as np
import polars as pl
import pytest

from sensorium.errors import DataError
from sensorium.features import State, Time

DAYS = {"day": pl.Series([datetime.date(2020, 1, 1 + 7 * at) for at in range(4)])}
HOURS = {
    "at": pl.Series([datetime.datetime(2020, 1, 1) + datetime.timedelta(hours=h)
                     for h in range(0, 24 * 60, 5)])
}  # fmt: skip


def test_only_what_varies_in_training_is_encoded() -> None:
    feature = Time().fit(DAYS)
    assert feature.parts_ == (("day",),)
    assert feature.shape() == (3,)
    assert feature.encoder_arguments() == {"num_columns": 3, "num_flags": 0}
    assert Time().fit(HOURS).parts_ == (("month", "day", "weekday", "hour"),)


def test_the_trend_is_standardised_and_clipped() -> None:
    feature = Time().fit(DAYS)
    values = feature.encode(DAYS).values[:, 0]
    np.testing.assert_allclose(values, np.array([-1.5, -0.5, 0.5, 1.5]) / 1.25**0.5)
    far = pl.Series([datetime.date(1900, 1, 1), datetime.date(2100, 1, 1)])
    assert feature.encode({"day": far}).values[:, 0].tolist() == [-10.0, 10.0]


def test_the_calendar_goes_round() -> None:
    feature = Time().fit(HOURS)
    moment = datetime.datetime(2020, 4, 8, 6)  # a Wednesday
    values = feature.encode({"at": pl.Series([moment])}).values[0, 1:]
    angles = 2 * np.pi * np.array([3 / 12, 7 / 31, 2 / 7, 6 / 24])
    expected = np.stack([np.sin(angles), np.cos(angles)], axis=1).reshape(-1)
    np.testing.assert_allclose(values, expected, atol=1e-6)


def test_a_single_time_gives_zero() -> None:
    column = {"day": pl.Series([datetime.date(2020, 1, 1)])}
    assert Time().fit(column).encode(column).values.tolist() == [[0.0]]


def test_a_missing_time_is_absent_and_zero() -> None:
    encoded = Time().fit(DAYS).encode({"day": pl.Series([None, "2020-01-08"])})
    assert encoded.present.tolist() == [False, True]
    assert not encoded.values[0].any()


def test_of_several_columns_a_missing_one_gives_zeros() -> None:
    rows = {"day": DAYS["day"], "end": pl.Series([None, *DAYS["day"][1:]])}
    feature = Time(["day", "end"]).fit(rows)
    encoded = feature.encode(rows)
    assert feature.shape() == (6,)
    assert encoded.present.all()
    assert not encoded.values[0, 3:].any()
    assert encoded.values[1:, 3:].any(axis=1).all()


def test_a_text_that_is_no_time_is_an_error_of_its_row() -> None:
    encoded = Time().fit(DAYS).encode({"day": pl.Series(["soon", "2020-01-08"])})
    assert encoded.errors == {
        0: "column `day`: expected a date such as 2020-01-31 or 2020-01-31T09:30. "
        "Received: 'soon'."
    }
    assert encoded.present.tolist() == [False, True]
    with pytest.raises(DataError, match=r"column `day`, row 1: .*Received: 'soon'"):
        Time().fit({"day": pl.Series(["soon"])})


def test_texts_dates_and_zones_give_the_same_values() -> None:
    feature = Time().fit(HOURS)
    plain = feature.encode({"at": pl.Series([datetime.datetime(2020, 2, 1, 5)])})
    for text in ("2020-02-01T05:00:00", "2020-02-01 07:00+02:00"):
        again = feature.encode({"at": pl.Series([text])})
        assert again.values.tobytes() == plain.values.tobytes()


def test_a_format_is_used() -> None:
    feature = Time(format="%d.%m.%Y").fit({"day": pl.Series(["01.01.2020"])})
    assert feature.encode({"day": pl.Series(["1.1.2020", "x"])}).present.tolist() == [
        True,
        False,
    ]


def test_a_format_without_a_date_is_refused() -> None:
    with pytest.raises(DataError, match=r"Received: '%H:%M'. Example: %d.%m.%Y"):
        Time(format="%H:%M").fit({"day": pl.Series(["01:30"])})


def test_merging_joins_what_was_seen() -> None:
    halves = [{"day": DAYS["day"][:1]}, {"day": DAYS["day"][1:]}]
    merged = Time().fit(halves[0]).merge(Time().fit(halves[1]))
    whole = Time().fit(DAYS)
    assert merged.parts_ == whole.parts_
    np.testing.assert_allclose(
        merged.encode(DAYS).values, whole.encode(DAYS).values, rtol=1e-6
    )


def test_a_restored_feature_is_alike() -> None:
    feature = Time().fit(HOURS)
    state = feature.state()
    document = json.loads(json.dumps(state.document))
    restored = Time().restore(State(document, state.arrays))
    assert (
        restored.encode(HOURS).values.tobytes()
        == feature.encode(HOURS).values.tobytes()
    )
