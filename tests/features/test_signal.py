import json

import numpy as np
import polars as pl
import pytest

from sensorium.errors import DataError, NotFittedError, RecipeError
from sensorium.features.base import Reading
from sensorium.features.signal import Signal

ROWS = [[1.0, 2.0, 3.0], [4.0, None], None, [], [5.0]]


def column(*cells, **options) -> dict[str, pl.Series]:
    return {"acc": pl.Series("acc", cells, **options)}


def fitted(**arguments) -> Signal:
    return Signal(**arguments).fit(column(*ROWS))


def test_series_are_scaled_padded_and_marked() -> None:
    signal = fitted()
    assert signal.shape() == (3, 2)
    encoded = signal.encode(column(*ROWS))
    deviation = np.sqrt(2)  # of 1, 2, 3, 4, 5; their mean is 3
    expected = np.zeros((5, 3, 2), np.float32)
    expected[0] = [[-2 / deviation, 1], [-1 / deviation, 1], [0, 1]]
    expected[1, 0] = [1 / deviation, 1]
    expected[4, 0] = [2 / deviation, 1]
    np.testing.assert_allclose(encoded.values, expected, rtol=1e-6)
    assert encoded.values.dtype == np.float32
    assert encoded.present.tolist() == [True, True, False, False, True]
    assert dict(encoded.errors) == {}


def test_numbers_can_be_taken_as_they_are() -> None:
    encoded = fitted(scale="none").encode(column([7.0, None, 9.0]))
    assert encoded.values[0].tolist() == [[7, 1], [0, 0], [9, 1]]


def test_longer_series_are_cut_at_their_end() -> None:
    signal = fitted(scale="none", length=2)
    encoded = signal.encode(column([1.0, 2.0, 3.0], [4.0], [5.0, 6.0]))
    assert encoded.values[..., 0].tolist() == [[1, 2], [4, 0], [5, 6]]


def test_steps_beyond_the_length_make_no_row_present() -> None:
    encoded = fitted(length=2).encode(column([None, None, 3.0]))
    assert encoded.present.tolist() == [False]


def test_the_length_is_learnt_and_limited() -> None:
    assert fitted().shape() == (3, 2)
    assert fitted(max_length=2).shape() == (2, 2)
    assert fitted(length=7).shape() == (7, 2)


def test_each_channel_has_its_own_scale() -> None:
    array = np.random.default_rng(0).normal([5, -100], [2, 30], (50, 20, 2))
    encoded = Signal().fit({"acc": array}).encode({"acc": array})
    channels = encoded.values[..., :2].astype(np.float64)
    np.testing.assert_allclose(channels.mean((0, 1)), 0, atol=1e-6)
    np.testing.assert_allclose(channels.std((0, 1)), 1, atol=1e-6)
    assert (encoded.values[..., 2] == 1).all()


def test_a_constant_channel_becomes_zero() -> None:
    signal = Signal().fit(column([3.0, 3.0]))
    assert signal.encode(column([3.0, 9.0])).values[0].tolist() == [[0, 1], [0, 1]]


def test_a_step_is_observed_if_one_channel_is_there() -> None:
    nan = np.nan
    array = np.array([[[1.0, nan], [nan, nan], [2.0, 3.0]]])
    encoded = Signal(scale="none").fit({"acc": array}).encode({"acc": array})
    assert encoded.values[0].tolist() == [[1, 0, 1], [0, 0, 0], [2, 3, 1]]


def test_several_columns_are_channels() -> None:
    columns = {
        "x": pl.Series([[1.0, 2.0], None, [3.0]]),
        "y": pl.Series([[5.0, 6.0], [7.0], [8.0, 9.0]]),
    }
    signal = Signal(["y", "x"], scale="none").named("acc").fit(columns)
    assert signal.shape() == (2, 3)
    encoded = signal.encode(columns)
    assert encoded.values[:2].tolist() == [
        [[5, 1, 1], [6, 2, 1]],
        [[7, 0, 1], [0, 0, 0]],
    ]
    assert list(encoded.errors) == [2]
    assert encoded.present.tolist() == [True, True, False]


def test_files_and_arrays_give_the_same(tmp_path) -> None:
    array = np.random.default_rng(0).normal(size=(4, 6, 2))
    for row, window in enumerate(array):
        np.save(tmp_path / f"{row}.npy", window)
    paths = {"acc": pl.Series([f"{row}.npy" for row in range(4)])}
    reading = Reading(tmp_path)
    signal = Signal().fit(paths, reading)
    lists = {"acc": pl.Series(array.tolist())}
    for form in (paths, lists, {"acc": array}):
        np.testing.assert_array_equal(
            signal.encode(form, reading).values, signal.encode({"acc": array}).values
        )
    assert Signal().fit({"acc": array}).state().document == signal.state().document


def test_a_wrong_number_of_channels_is_an_error_of_its_row() -> None:
    train = pl.Series([[[1.0, 2.0]], [[3.0, 4.0]], [[5.0]]])
    signal = Signal().fit({"acc": train})
    assert signal.shape() == (1, 3)
    encoded = signal.encode({"acc": train})
    assert dict(encoded.errors) == {
        2: "column `acc`: expected 2 channels, as in training. Received: 1."
    }
    assert encoded.present.tolist() == [True, True, False]
    assert not encoded.values[2].any()


def test_fitting_counts_what_cannot_be_read() -> None:
    signal = Signal().fit(column([1.0], [float("inf")], [2.0]))
    assert signal.counts_.unreadable == 1
    assert signal.moments_.mean.tolist() == [1.5]


def test_merging_gives_what_fitting_on_all_gives() -> None:
    cells = [[[1.0], [2.0]], [[1.0, 2.0]], [[3.0, 5.0]], [[9.0]], [[0.5, 1.5]], None]
    rows = pl.Series("acc", cells, dtype=pl.Object)
    whole = Signal().fit({"acc": rows})
    for cut in range(len(cells) + 1):
        merged = (
            Signal().fit({"acc": rows[:cut]}).merge(Signal().fit({"acc": rows[cut:]}))
        )
        assert merged.state().document == whole.state().document
        for name, array in merged.state().arrays.items():
            np.testing.assert_allclose(array, whole.state().arrays[name], rtol=1e-12)


def test_the_state_survives_json() -> None:
    signal = fitted()
    state = signal.state()
    again = type(state)(json.loads(json.dumps(state.document)), state.arrays)
    restored = Signal().restore(again)
    np.testing.assert_array_equal(
        restored.encode(column(*ROWS)).values, signal.encode(column(*ROWS)).values
    )
    assert restored.shape() == signal.shape()
    with pytest.raises(DataError, match="Fit again on the rows of both"):
        restored.merge(signal)


def test_no_rows_are_fine() -> None:
    signal = Signal().fit(column(dtype=pl.List(pl.Float64)))
    encoded = signal.encode(column(dtype=pl.List(pl.Float64)))
    assert encoded.values.shape == (0, 1, 2)
    assert signal.encode(column([4.0])).present.tolist() == [True]
    empty = np.zeros((0, 5, 2))
    assert Signal().fit({"acc": empty}).encode({"acc": empty}).values.shape[0] == 0


def test_it_must_be_fitted() -> None:
    with pytest.raises(NotFittedError, match=r"Call `fit\(columns\)`"):
        Signal().encode(column([1.0]))


def test_arguments_are_checked() -> None:
    with pytest.raises(RecipeError, match="Did you mean `standard`"):
        Signal(scale="standart")


def test_fitting_leaves_the_declaration_alone() -> None:
    declared = Signal()
    first = declared.fit(column([1.0, 2.0]))
    second = first.fit(column([1.0]))
    assert not declared.is_fitted()
    assert (first.length_, second.length_) == (2, 1)
