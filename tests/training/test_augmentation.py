"""Augmentation: what it changes, what it leaves alone, and that it is a function."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sensorium.errors import RecipeError
from sensorium.training.augmentation import SETTINGS, Augment, Augmentation, Draws
from tests.training.made import batches

PLACE = (0, "main", 0)
IMAGES = np.random.default_rng(0).integers(0, 256, (60, 9, 8, 3)).astype("uint8")
SIGNALS = np.random.default_rng(1).normal(size=(60, 12, 3)).astype("float32")
SIGNALS[..., -1] = 1.0
SIGNALS[::2, 7:] = 0.0  # shorter recordings
NUMBERS = np.random.default_rng(2).normal(size=(60, 5)).astype("float32")
TOKENS = np.random.default_rng(3).integers(2, 50, (60, 20)).astype("int32")
TOKENS[:, 15:] = 0
VALUES = {
    "image": IMAGES,
    "signal": SIGNALS,
    "number": NUMBERS,
    "vector": NUMBERS,
    "text": TOKENS,
}
STRENGTHS: dict[str, Any] = {
    "noise": 0.5,
    "erase": 0.5,
    "shift": 2,
    "flip": True,
    "coarse": 3,
}
CASES = [(kind, name) for kind in sorted(SETTINGS) for name in sorted(SETTINGS[kind])]


def changed(
    kind: str,
    values: Any = None,
    place: Any = PLACE,
    rows: Any = None,
    present: Any = None,
    **settings: Any,
) -> np.ndarray:
    values = VALUES[kind] if values is None else values
    rows = np.arange(len(values)) if rows is None else rows
    return Augmentation(Augment(**settings), kind, kind)(values, present, rows, place)


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_every_setting_changes_rows_and_keeps_shape_and_type(kind, name) -> None:
    found = changed(kind, **{name: STRENGTHS[name]})
    assert (found.shape, found.dtype) == (VALUES[kind].shape, VALUES[kind].dtype)
    assert np.isfinite(found).all()
    rows = (found != VALUES[kind]).reshape(60, -1).any(axis=1)
    assert 0.3 <= rows.mean() <= 1.0


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_a_row_is_changed_alike_in_any_batch(kind, name) -> None:
    whole = changed(kind, **{name: STRENGTHS[name]})
    rows = np.array([40, 3, 17])
    few = changed(kind, VALUES[kind][rows], rows=rows, **{name: STRENGTHS[name]})
    np.testing.assert_array_equal(few, whole[rows])


@pytest.mark.parametrize("kind", sorted(SETTINGS))
@pytest.mark.parametrize("place", [(1, "main", 0), (0, "other", 0), (0, "main", 1)])
def test_another_seed_stage_or_epoch_changes_otherwise(kind, place) -> None:
    settings = {name: STRENGTHS[name] for name in SETTINGS[kind]}
    assert (changed(kind, **settings) != changed(kind, place=place, **settings)).any()


@pytest.mark.parametrize("kind", sorted(SETTINGS))
def test_rows_that_lack_the_input_stay_as_they_are(kind) -> None:
    present = np.arange(60) % 3 > 0
    settings = {name: STRENGTHS[name] for name in SETTINGS[kind]}
    found = changed(kind, present=present, **settings)
    np.testing.assert_array_equal(found[~present], VALUES[kind][~present])
    assert (found[present] != VALUES[kind][present]).any()


@pytest.mark.parametrize("kind", sorted(SETTINGS))
def test_without_settings_nothing_changes(kind) -> None:
    np.testing.assert_array_equal(changed(kind), VALUES[kind])


def test_values_in_memory_are_not_touched() -> None:
    before = {kind: values.copy() for kind, values in VALUES.items()}
    for kind in SETTINGS:
        changed(kind, **{name: STRENGTHS[name] for name in SETTINGS[kind]})
    for kind, values in VALUES.items():
        np.testing.assert_array_equal(values, before[kind])


# --- random numbers ---


def test_draws_are_even_and_normal() -> None:
    draws = Draws(7, np.arange(500))
    normal = draws.normal((401,))
    assert abs(normal.mean()) < 0.01
    assert normal.std() == pytest.approx(1.0, abs=0.01)
    assert np.abs(normal).max() < 3.5
    neighbours = np.corrcoef(normal[:, 0::2][:, :200].ravel(), normal[:, 1::2].ravel())
    assert abs(neighbours[0, 1]) < 0.01
    even = draws.uniforms(200)
    assert (even.min() >= 0, even.max() < 1) == (True, True)
    np.testing.assert_allclose(np.histogram(even, 10, (0, 1))[0] / 1e5, 0.1, atol=0.005)
    whole = Draws(7, np.arange(5000)).whole(-2, 2)
    np.testing.assert_allclose(np.bincount(whole + 2) / 5000, 0.2, atol=0.03)


def test_two_draws_differ() -> None:
    draws = Draws(7, np.arange(5))
    assert (draws.uniform() != draws.uniform()).all()


def test_numbers_follow_the_published_hash_on_every_machine() -> None:
    """Written out with Python's whole numbers: splitmix64 of key, row and place."""
    draws = Draws(7, np.array([0, 5]))
    found = np.stack([draws.uniform(), *draws.normal((2,)).T])
    expected = []
    for row in (0, 5):
        key = mixed(mixed(row ^ 7) + 7)
        even = (mixed(key ^ mixed(0)) >> 11) / 2**53
        parts = mixed(key ^ mixed(1)).to_bytes(8, "little")
        sums = [sum(parts[:4]), sum(parts[4:])]
        expected.append([even, *((s - 510) / math.sqrt(65535 / 3) for s in sums)])
    np.testing.assert_allclose(found.T, expected, rtol=1e-6)


def mixed(value: int) -> int:
    value = (value + 0x9E3779B97F4A7C15) % 2**64
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB % 2**64
    return value ^ (value >> 31)


# --- images ---


def test_noise_is_a_share_of_the_full_range() -> None:
    grey = np.full((400, 8, 8, 1), 128, "uint8")
    found = changed("image", grey, noise=0.2).astype(float)
    per_row = found.std(axis=(1, 2, 3))
    # The strength of a row is even in [0, 0.2 * 255]; its mean is half of that.
    assert per_row.mean() == pytest.approx(0.1 * 255, rel=0.05)
    assert per_row.max() < 0.2 * 255 * 1.3


def test_noise_stays_within_bytes() -> None:
    ends = np.stack([np.zeros((4, 4, 1)), np.full((4, 4, 1), 255)] * 30).astype("uint8")
    found = changed("image", ends, noise=0.3).astype(int)
    assert found[0::2].max() < 255
    assert found[1::2].min() > 0


def test_an_erased_part_is_one_box_of_at_most_the_share() -> None:
    white = np.full((600, 20, 30, 2), 255, "uint8")
    lost = changed("image", white, erase=0.3) == 0
    assert (lost[..., 0] == lost[..., 1]).all()
    shares = lost[..., 0].mean(axis=(1, 2))
    assert shares.max() < 0.33  # whole pixels
    assert shares.mean() == pytest.approx(0.15, abs=0.02)
    lines, columns = lost[..., 0].any(axis=2), lost[..., 0].any(axis=1)
    box = lines[:, :, None] & columns[:, None, :]
    np.testing.assert_array_equal(box, lost[..., 0])
    full_width = columns.all(axis=1) & lines.any(axis=1)
    full_height = lines.all(axis=1) & columns.any(axis=1)
    assert 0.15 < full_width.mean() < 0.4
    assert 0.15 < full_height.mean() < 0.4


def test_a_shifted_image_repeats_its_edge() -> None:
    ramp = np.arange(10, dtype="uint8")[None, :, None, None] + np.zeros(
        (200, 10, 10, 1), "uint8"
    )
    found = changed("image", ramp, shift=3)[:, :, 0, 0].astype(int)
    expected = {
        tuple(np.clip(np.arange(10) - down, 0, 9).tolist()) for down in range(-3, 4)
    }
    assert {tuple(row) for row in found.tolist()} == expected


def test_half_of_the_rows_are_flipped() -> None:
    found = changed("image", flip=True)
    same = (found == IMAGES).all(axis=(1, 2, 3))
    turned = (found == IMAGES[:, :, ::-1]).all(axis=(1, 2, 3))
    assert (same | turned).all()
    assert 0.3 < turned.mean() < 0.7


def test_coarse_images_are_means_of_squares() -> None:
    found = changed("image", coarse=2).astype(float)
    same = (found == IMAGES).all(axis=(1, 2, 3))
    assert 0.3 < same.mean() < 0.7
    squares = IMAGES[~same][:, :8].reshape(-1, 4, 2, 4, 2, 3).mean(axis=(2, 4))
    np.testing.assert_array_equal(found[~same][:, :8:2, ::2], np.rint(squares))
    last = IMAGES[~same][:, 8].reshape(-1, 4, 2, 3).mean(axis=2)
    np.testing.assert_array_equal(found[~same][:, 8, 1::2], np.rint(last))


# --- signals ---


def test_noise_leaves_unobserved_steps_at_zero() -> None:
    found = changed("signal", noise=1.0)
    np.testing.assert_array_equal(found[..., -1], SIGNALS[..., -1])
    assert (found[::2, 7:] == 0).all()
    assert (found[::2, :7, :-1] != SIGNALS[::2, :7, :-1]).mean() > 0.95


def test_an_erased_stretch_is_unobserved_and_one_step_stays() -> None:
    found = changed("signal", erase=0.6)
    lost = (SIGNALS[..., -1] > 0) & (found[..., -1] == 0)
    assert (found[lost] == 0).all()
    kept = found[..., -1] > 0
    np.testing.assert_array_equal(found[kept], SIGNALS[kept])
    assert lost.any(axis=1).mean() > 0.5
    assert kept.any(axis=1).all()
    edges = np.diff(lost.astype(int), axis=1, prepend=0, append=0)
    assert (np.abs(edges).sum(axis=1) <= 2).all()  # one stretch


def test_a_recording_of_one_step_keeps_it() -> None:
    short = np.zeros((50, 6, 2), "float32")
    short[:, 5] = 1.0
    found = changed("signal", short, erase=0.9, shift=3)
    assert (found[..., -1].sum(axis=1) == 1).all()


def test_steps_that_a_shift_uncovers_are_unobserved() -> None:
    found = changed("signal", SIGNALS[1::2], shift=3)
    observed = found[..., -1].sum(axis=1)
    assert set(observed.tolist()) == {9.0, 10.0, 11.0, 12.0}
    assert (found[found[..., -1] == 0] == 0).all()
    one = int(np.flatnonzero(found[:, 0, -1] == 0)[0])
    late = int((found[one, :, -1] == 0).sum())
    np.testing.assert_array_equal(found[one, late:], SIGNALS[1::2][one, : 12 - late])


# --- the rest ---


def test_flags_of_missing_numbers_are_not_touched() -> None:
    change = Augmentation(Augment(noise=1.0), "number", "facts", 3)
    found = change(NUMBERS, None, np.arange(60), PLACE)
    np.testing.assert_array_equal(found[:, 3:], NUMBERS[:, 3:])
    assert (found[:, :3] != NUMBERS[:, :3]).mean() > 0.95


def test_erased_tokens_become_unknown_and_padding_stays() -> None:
    found = changed("text", erase=0.6)
    assert (found[:, 15:] == 0).all()
    lost = found[:, :15] != TOKENS[:, :15]
    assert (found[:, :15][lost] == 1).all()
    assert lost.mean() == pytest.approx(0.3, abs=0.06)


@pytest.mark.parametrize(
    "wrong", [{"noise": -1.0}, {"erase": 1.0}, {"coarse": 0}, {"blur": 1}]
)
def test_settings_out_of_range_are_refused(wrong) -> None:
    with pytest.raises(RecipeError, match=next(iter(wrong))):
        Augment(**wrong)


# --- batches ---


def arrays() -> dict[str, np.ndarray]:
    return {
        "photo": IMAGES,
        "photo/present": np.arange(60) % 4 > 0,
        "facts": NUMBERS,
        "label//sold": np.arange(60, dtype="int32"),
    }


def augmented(**arguments: Any) -> Any:
    change = Augmentation(Augment(noise=0.3, shift=1), "image", "photo")
    return batches(arrays(), augmented={"photo": change}, **arguments)


def test_only_the_named_input_changes_and_labels_stay() -> None:
    plain, found = batches(arrays()), augmented()
    for index in range(len(plain)):
        assert (found[index][0]["photo"] != plain[index][0]["photo"]).any()
        for part in (0, 1):
            for name in plain[index][part]:
                if name != "photo":
                    one, two = plain[index][part][name], found[index][part][name]
                    np.testing.assert_array_equal(one, two)


def test_a_resumed_epoch_has_the_rows_of_an_unbroken_one() -> None:
    unbroken, resumed = augmented(), augmented()
    first = unbroken[1][0]["photo"].copy()
    for _ in range(2):
        unbroken.on_epoch_end()
    resumed.begin(2)
    np.testing.assert_array_equal(resumed[1][0]["photo"], unbroken[1][0]["photo"])
    resumed.begin(0)
    np.testing.assert_array_equal(resumed[1][0]["photo"], first)


def test_a_row_is_changed_by_its_position_and_not_by_its_place_in_a_batch() -> None:
    one, two = augmented(), augmented(batch_size=60, shuffle=False)
    whole = two[0][0]["photo"]
    for index in range(len(one)):
        rows = one.rows(index)
        np.testing.assert_array_equal(one[index][0]["photo"][: len(rows)], whole[rows])


def test_labels_can_be_made_of_changed_inputs() -> None:
    def total(given: Any) -> np.ndarray:
        return given["photo"].astype("float32").sum(axis=(1, 2, 3))

    change = Augmentation(Augment(noise=0.3), "image", "photo")
    made = {
        "label//sum": lambda changed, _: total(changed),
        "label//clean": lambda _, given: total(given),
    }
    found = batches(arrays(), augmented={"photo": change}, made=made)
    inputs, labels = found[0]
    np.testing.assert_array_equal(labels["sum"], total(inputs))
    clean, _ = batches(arrays())[0]
    np.testing.assert_array_equal(labels["clean"], total(clean))
    assert (labels["clean"] != labels["sum"]).any()


def test_a_row_that_comes_again_within_an_epoch_is_changed_anew() -> None:
    noise = Augmentation(Augment(noise=0.5), "image", "photo")
    found = batches(arrays(), augmented={"photo": noise}, batch_size=60)
    first, again = found.turn(0)[0]["photo"], found.turn(1)[0]["photo"]
    places = np.argsort(found.rows(0)), np.argsort(found.rows(1))
    differ = (first[places[0]] != again[places[1]]).any(axis=(1, 2, 3))
    np.testing.assert_array_equal(differ, arrays()["photo/present"])
