"""What every feature promises, whatever its kind."""

from __future__ import annotations

import io
import json
import pickle
import subprocess
import sys

import numpy as np
import polars as pl
import pytest

import sensorium.features
from sensorium.errors import DataError, NotFittedError
from sensorium.features import FEATURES, Encoded, Feature, Number, State
from sensorium.schema import Role, arguments_of
from tests.contract.feature_samples import SAMPLES, Sample

ROLE = Role("feature", FEATURES)
WITH_ERRORS = [name for name, sample in SAMPLES.items() if sample.unreadable]
TARGETS = [
    name
    for name, sample in SAMPLES.items()
    if sample.kind in ("number", "category", "flags", "box", "mask")
]
ONE_COLUMN_TARGETS = [name for name in TARGETS if len(SAMPLES[name].columns) == 1]


@pytest.fixture(params=list(SAMPLES))
def sample(request) -> Sample:
    return SAMPLES[request.param]


@pytest.fixture
def fitted(sample) -> Feature:
    return sample.feature.fit(sample.columns)


def same(one: Encoded, two: Encoded) -> bool:
    return (
        one.values.dtype == two.values.dtype
        and one.values.tobytes() == two.values.tobytes()
        and one.present.tolist() == two.present.tolist()
        and dict(one.errors) == dict(two.errors)
    )


def through_files(state: State) -> State:
    """The state as it comes back from a JSON file and an npz file."""
    buffer = io.BytesIO()
    np.savez(buffer, **state.arrays)
    buffer.seek(0)
    with np.load(buffer, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    text = json.dumps(state.document, allow_nan=False)
    return State(json.loads(text), arrays)


def content(state: State) -> tuple[str, dict[str, tuple]]:
    arrays = {
        name: (str(array.dtype), array.shape, array.tobytes())
        for name, array in state.arrays.items()
    }
    return json.dumps(state.document), arrays


def test_every_kind_has_a_sample() -> None:
    assert {sample.kind for sample in SAMPLES.values()} == set(FEATURES)


@pytest.mark.parametrize("word", FEATURES)
def test_the_word_and_the_public_name_are_those_of_the_class(word) -> None:
    feature = ROLE.load(word)
    assert issubclass(feature, Feature)
    assert feature.kind == word
    assert getattr(sensorium.features, feature.__name__) is feature
    assert feature.__name__ in sensorium.features.__all__


@pytest.mark.parametrize("word", FEATURES)
def test_defaults_build_from_the_bare_word(word) -> None:
    feature = ROLE.build(word)
    assert feature.sources("name") == ("name",)
    assert feature.encoder is None
    assert not feature.is_fitted()


def test_a_declaration_is_equal_to_its_document(sample) -> None:
    again = ROLE.build(ROLE.document(sample.feature))
    assert again == sample.feature
    assert hash(again) == hash(sample.feature)
    assert arguments_of(again) == arguments_of(sample.feature)


def test_fit_returns_a_copy_and_changes_nothing(sample) -> None:
    before = dict(vars(sample.feature))
    fitted = sample.feature.fit(sample.columns)
    assert fitted is not sample.feature
    assert fitted == sample.feature
    assert fitted.is_fitted()
    assert vars(sample.feature) == before
    assert not sample.feature.is_fitted()


def test_an_unfitted_feature_says_so(sample) -> None:
    for call in (
        lambda: sample.feature.encode(sample.columns),
        lambda: sample.feature.state(),
        lambda: sample.feature.shape(),
    ):
        with pytest.raises(NotFittedError, match="must be fitted first"):
            call()


def test_rows_in_are_rows_out_in_the_promised_form(sample, fitted) -> None:
    encoded = fitted.encode(sample.columns)
    assert encoded.values.shape == (sample.height, *fitted.shape())
    assert encoded.values.dtype == sample.dtype
    assert encoded.present.shape == (sample.height,)
    assert encoded.present.dtype == np.bool_
    assert np.isfinite(encoded.values).all()
    assert encoded.errors == {}


def test_the_row_with_nothing_in_it_is_absent_and_zero(sample, fitted) -> None:
    encoded = fitted.encode(sample.columns)
    assert encoded.present[:-1].all()
    assert not encoded.present[-1]
    assert not encoded.values[-1].any()


def test_one_row_alone_is_that_row_among_all(sample, fitted) -> None:
    whole = fitted.encode(sample.columns)
    for row in range(sample.height):
        alone = fitted.encode(sample.rows(row, row + 1))
        assert alone.values.tobytes() == whole.values[row : row + 1].tobytes()
        assert alone.present.tolist() == [whole.present[row]]


def test_no_rows_give_no_rows(sample, fitted) -> None:
    encoded = fitted.encode(sample.rows(0, 0))
    assert encoded.values.shape == (0, *fitted.shape())
    assert encoded.values.dtype == sample.dtype
    assert encoded.present.shape == (0,)


def test_columns_of_nothing_but_nulls_are_absent(sample, fitted) -> None:
    columns = {name: pl.Series([None, None]) for name in sample.columns}
    encoded = fitted.encode(columns)
    assert encoded.values.shape == (2, *fitted.shape())
    assert not encoded.present.any()
    assert encoded.errors == {}


def test_encode_changes_neither_its_input_nor_the_feature(sample, fitted) -> None:
    before = {name: pickle.dumps(column) for name, column in sample.columns.items()}
    state = content(fitted.state())
    fitted.encode(sample.columns)
    fitted.encode(sample.rows(0, 1))
    after = {name: pickle.dumps(column) for name, column in sample.columns.items()}
    assert after == before
    assert content(fitted.state()) == state


def test_fitting_again_gives_the_same_state(sample, fitted) -> None:
    again = fitted.fit(sample.columns)
    assert content(again.state()) == content(fitted.state())


def test_other_columns_of_the_table_do_not_matter(sample, fitted) -> None:
    table = {"other": pl.Series(range(sample.height)), **sample.columns}
    again = sample.feature.named("input").fit(table)
    assert content(again.state()) == content(fitted.state())
    assert same(again.encode(table), fitted.encode(sample.columns))


def test_a_lacking_column_is_named(sample, fitted) -> None:
    name = next(iter(sample.columns))
    columns = {key: column for key, column in sample.columns.items() if key != name}
    with pytest.raises(DataError, match=f"lacks `{name}`"):
        fitted.encode(columns)


def test_the_state_survives_files_to_the_last_bit(sample, fitted) -> None:
    state = through_files(fitted.state())
    restored = sample.feature.restore(state)
    assert content(restored.state()) == content(fitted.state())
    assert restored.shape() == fitted.shape()
    assert restored.encoder_arguments() == fitted.encoder_arguments()
    assert same(restored.encode(sample.columns), fitted.encode(sample.columns))


def test_encoder_arguments_are_plain_data(fitted) -> None:
    arguments = fitted.encoder_arguments()
    assert json.loads(json.dumps(arguments)) == arguments


@pytest.mark.parametrize("cut", [1, 3, 5])
def test_merged_halves_encode_like_the_whole(sample, fitted, cut) -> None:
    one = sample.feature.fit(sample.rows(0, cut))
    two = sample.feature.fit(sample.rows(cut, sample.height))
    for merged in (one.merge(two), two.merge(one)):
        assert merged.shape() == fitted.shape()
        np.testing.assert_allclose(
            merged.encode(sample.columns).values,
            fitted.encode(sample.columns).values,
            rtol=1e-5,
            atol=1e-6,
        )


def test_merging_changes_neither_part(sample) -> None:
    one = sample.feature.fit(sample.rows(0, 3))
    two = sample.feature.fit(sample.rows(3, sample.height))
    before = content(one.state()), content(two.state())
    one.merge(two)
    assert (content(one.state()), content(two.state())) == before


def test_another_feature_cannot_be_merged(fitted) -> None:
    other = Number("other").fit({"other": pl.Series([1.0])})
    with pytest.raises(DataError, match="cannot merge"):
        fitted.merge(other)


def test_a_fitted_feature_can_be_sent_to_another_process(sample, fitted) -> None:
    fitted.encode(sample.columns)
    again = pickle.loads(pickle.dumps(fitted))
    assert same(again.encode(sample.columns), fitted.encode(sample.columns))


@pytest.mark.parametrize("name", WITH_ERRORS)
def test_an_unreadable_row_is_an_error_in_its_place(name) -> None:
    sample = SAMPLES[name]
    fitted = sample.feature.fit(sample.columns)
    encoded = fitted.encode(sample.unreadable)
    assert list(encoded.errors) == [0]
    reason = encoded.errors[0]
    assert any(f"`{column}`" in reason for column in sample.columns)
    assert reason.endswith(".")
    assert encoded.present.tolist() == [False, True]
    assert not encoded.values[0].any()
    good = {key: column[1:] for key, column in sample.unreadable.items()}
    alone = fitted.encode(good)
    assert alone.values.tobytes() == encoded.values[1:].tobytes()


@pytest.mark.parametrize("name", list(SAMPLES))
def test_only_targets_decode(name) -> None:
    feature = SAMPLES[name].feature
    assert feature.is_target == (name in TARGETS)
    assert feature.is_target == (type(feature).decode is not Feature.decode)
    assert feature.is_target == (
        type(feature).encode_target is not Feature.encode_target
    )
    if not feature.is_target:
        fitted = feature.fit(SAMPLES[name].columns)
        with pytest.raises(DataError, match="cannot be predicted"):
            fitted.encode_target(SAMPLES[name].columns)
        with pytest.raises(DataError, match="cannot be predicted"):
            fitted.decode(np.zeros(1))


@pytest.mark.parametrize("name", ONE_COLUMN_TARGETS)
def test_labels_come_back_as_they_were(name) -> None:
    sample = SAMPLES[name]
    fitted = sample.feature.fit(sample.columns)
    labels = fitted.encode_target(sample.columns)
    assert labels.present.tolist() == [True] * (sample.height - 1) + [False]
    assert len(labels.values) == sample.height
    decoded = fitted.decode(labels.values[:-1])
    again = fitted.encode_target({fitted.names_[0]: decoded})
    assert again.values.tobytes() == labels.values[:-1].tobytes()


@pytest.mark.parametrize("name", TARGETS)
def test_an_absent_label_is_marked_as_the_losses_expect(name) -> None:
    sample = SAMPLES[name]
    if name in ONE_COLUMN_TARGETS or sample.kind in ("flags", "box"):
        fitted = sample.feature.fit(sample.columns)
        last = fitted.encode_target(sample.columns).values[-1]
        expected = -1 if sample.kind in ("category", "mask") else np.nan
        np.testing.assert_array_equal(last, np.full_like(last, expected))


def test_features_need_no_keras() -> None:
    code = (
        "import sys, importlib\n"
        "from sensorium.features import FEATURES\n"
        "for reference in FEATURES.values():\n"
        "    importlib.import_module(reference.partition(':')[0])\n"
        "heavy = {'keras', 'jax', 'tensorflow', 'torch', 'sklearn', 'tokenizers'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
