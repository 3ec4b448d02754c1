"""What every fusion in the table keeps, above all about absent inputs."""

from __future__ import annotations

import itertools
from typing import Any

import keras
import numpy as np
import pytest

from sensorium.errors import DataError, RecipeError
from sensorium.nn.fusion import FUSIONS
from sensorium.nn.fusion.own import OwnFusion
from sensorium.schema.parameters import parameters_from_source, parameters_of
from tests.nn.samples import FUSION_ROLE, array, compiled, gradients, through_json

TOKENS = [word for word in FUSIONS if FUSION_ROLE.load(word).takes_tokens]
# These compile for long; one of them, `cross_attention`, is tried at once.
LONG = [word for word in TOKENS if word != "cross_attention"]
every_fusion = pytest.mark.parametrize(
    "word",
    [pytest.param(word, marks=[pytest.mark.slow] * (word in LONG)) for word in FUSIONS],
)
MANY = (9, 3, 8, 1, 20)
COUNTS = [(word, (9,)) for word in FUSIONS] + [
    pytest.param(word, MANY, marks=[pytest.mark.slow] if word in TOKENS else [])
    for word in FUSIONS
]
BY_INPUT = ("average", "gated", "tokens", "perceiver", "experts")
BY_INPUT += ("bottleneck", "cross_attention")
WIDTHS = (9, 12, 3)
UNITS = 16
MORE: dict[str, dict[str, Any]] = {
    "own": {"function": "tests>largest"},
    "tensor": {"width": 3},
    "tokens": {"num_layers": 1, "num_heads": 2},
    "bottleneck": {"num_layers": 1, "num_heads": 2},
}


@keras.saving.register_keras_serializable("tests", name="largest")
def largest(values: Any, presence: Any) -> Any:
    """A user's fusion: means and presence, without weights."""
    ops = keras.ops
    means = [ops.mean(item, axis=1, keepdims=True) for item in values]
    return ops.concatenate([*means, ops.cast(presence, means[0].dtype)], axis=1)


def patterns(count: int) -> np.ndarray:
    return np.array(list(itertools.product([False, True], repeat=count)))


def inputs(shapes: Any, rows: int, seed: int = 0) -> list[np.ndarray]:
    generator = np.random.default_rng(seed)
    return [generator.normal(size=(rows, *s)).astype("float32") for s in shapes]


def spoiled(values: Any, presence: np.ndarray, junk: float) -> list[np.ndarray]:
    """The inputs with junk where they are absent."""
    return [
        np.where(presence[:, index].reshape(-1, *[1] * (v.ndim - 1)), v, junk)
        for index, v in enumerate(np.array(v, "float32") for v in values)
    ]


def made(word: str, shapes: Any, **arguments: Any) -> Any:
    """A built fusion, with weights none of which is 0 or 1."""
    units = {} if word == "own" else {"units": UNITS}
    given = {**units, **MORE.get(word, {}), **arguments}
    fusion = FUSION_ROLE.build({"type": word, **given})
    fusion.build([(None, *shape) for shape in shapes])
    generator = np.random.default_rng(1)
    for weight in fusion.trainable_variables:
        noise = generator.normal(0.0, 0.2, weight.shape)
        weight.assign(array(weight.value) + noise.astype("float32"))
    return fusion


@pytest.fixture(scope="module")
def fusions() -> dict[str, Any]:
    """One fusion for each word, with three inputs."""
    keras.utils.set_random_seed(0)
    return {word: made(word, [(width,) for width in WIDTHS]) for word in FUSIONS}


@pytest.fixture(scope="module")
def answer(fusions):
    """A function from word, inputs and presence to the fused rows."""
    functions = {word: compiled(fusion) for word, fusion in fusions.items()}
    return lambda word, values, here: array(functions[word](values, here))


def small(rows: int) -> list[np.ndarray]:
    return inputs([(width,) for width in WIDTHS], rows)


EVERY = patterns(len(WIDTHS))


def test_source_and_class_say_the_same() -> None:
    for word, reference in FUSIONS.items():
        cls = FUSION_ROLE.load(word)
        assert parameters_from_source(reference) == parameters_of(cls)


@every_fusion
def test_values_of_absent_inputs_do_not_count(answer, word) -> None:
    clean = small(len(EVERY))
    expected = answer(word, clean, EVERY)
    assert np.isfinite(expected).all()
    for junk in (np.nan, np.inf, -np.inf, 1e30, 7.0):
        found = answer(word, spoiled(clean, EVERY, junk), EVERY)
        np.testing.assert_array_equal(found, expected)


@every_fusion
def test_gradient_is_zero_to_absent_inputs_and_reaches_all_else(fusions, word) -> None:
    clean = small(len(EVERY))
    dirty = spoiled(clean, EVERY, np.nan)
    to_inputs, to_weights = gradients(fusions[word], dirty, EVERY)
    for index, found in enumerate(to_inputs):
        assert (found[~EVERY[:, index]] == 0).all()
        assert (np.abs(found[EVERY[:, index]]).sum(axis=1) > 0).all()
    assert [name for name, found in to_weights.items() if not found.any()] == []
    assert all(np.isfinite(found).all() for found in to_weights.values())


@every_fusion
def test_presence_itself_counts(answer, word) -> None:
    zeros = [np.zeros_like(values) for values in small(len(EVERY))]
    found = answer(word, zeros, EVERY).reshape(len(EVERY), -1)
    assert len(np.unique(found.round(6), axis=0)) == len(EVERY)


@every_fusion
def test_every_input_counts(answer, word) -> None:
    one = small(len(EVERY))
    here = np.ones_like(EVERY)
    expected = answer(word, one, here)
    for index in range(len(WIDTHS)):
        other = [v + (place == index) * v[:, ::-1] for place, v in enumerate(one)]
        assert np.abs(answer(word, other, here) - expected).max() > 1e-4


@every_fusion
def test_rows_stand_alone_and_the_shape_is_as_said(fusions, answer, word) -> None:
    given = small(len(EVERY))
    whole = answer(word, given, EVERY)
    shapes = [values.shape for values in given]
    assert fusions[word].compute_output_shape(shapes) == whole.shape
    assert fusions[word].compute_output_shape(shapes, EVERY.shape) == whole.shape
    for row in (0, 3, 7):
        one = [values[row : row + 1] for values in given]
        alone = answer(word, one, EVERY[row : row + 1])
        np.testing.assert_allclose(alone, whole[[row]], atol=1e-6, rtol=1e-5)


@pytest.mark.slow
@every_fusion
def test_no_rows_in_no_rows_out(answer, word) -> None:
    none = [values[:0] for values in small(1)]
    found = answer(word, none, EVERY[:0])
    assert found.shape[0] == 0
    assert found.shape[-1] in (UNITS, 2 * len(WIDTHS))


@pytest.mark.parametrize(("word", "widths"), COUNTS)
def test_any_number_of_inputs_of_any_width(word, widths) -> None:
    shapes = [(width,) for width in widths]
    fusion = made(word, shapes)
    here = patterns(len(widths))[-4:] & np.array([[True] * len(widths)])
    here[0] = False
    clean = inputs(shapes, len(here))
    answer = compiled(fusion)
    found = array(answer(clean, here))
    assert np.isfinite(found).all()
    junk = array(answer(spoiled(clean, here, np.nan), here))
    np.testing.assert_array_equal(junk, found)


@pytest.mark.parametrize("word", TOKENS)
def test_tokens_that_are_not_there_do_not_count(word) -> None:
    shapes = [(5, 9), (12,), (3, 10)]
    fusion = made(word, shapes)
    clean = inputs(shapes, len(EVERY))
    mask = np.arange(5) < np.array([[1, 2, 3, 4, 5, 1, 2, 0]]).T
    answer = compiled(
        lambda values, here, mask: fusion(values, here, token_masks=[mask, None, None])
    )
    expected = array(answer(clean, EVERY, mask))
    assert np.isfinite(expected).all()
    assert expected.shape == (len(EVERY), UNITS)
    dirty = spoiled(clean, EVERY, np.nan)
    dirty[0] = np.where(mask[..., None], dirty[0], np.float32(np.nan))
    np.testing.assert_array_equal(array(answer(dirty, EVERY, mask)), expected)
    other = [clean[0][:, [0, 4, 2, 3, 1]], *clean[1:]]
    changed = np.abs(array(answer(other, EVERY, mask)) - expected).max(axis=1) > 1e-6
    # The first input is there from row 4 on, and its second token where there are two.
    assert changed.tolist() == [False] * 4 + [True, False, True, False]


@pytest.mark.parametrize("word", sorted(set(FUSIONS) - set(TOKENS)))
def test_tokens_are_refused_where_they_have_no_place(word) -> None:
    text = r"input `1`: expected \(rows, width\).*\(None, 5, 9\).*Pool it"
    with pytest.raises(DataError, match=text):
        made(word, [(4,), (5, 9)])


@every_fusion
def test_presence_of_another_number_of_inputs_is_refused(fusions, word) -> None:
    with pytest.raises(DataError, match=r"presence of 3 inputs, \(rows, 3\).*\(2, 2\)"):
        fusions[word](small(2), np.ones((2, 2), bool))


@pytest.mark.slow
@pytest.mark.parametrize("word", sorted(set(FUSIONS) - {"own", *TOKENS}))
def test_dropout_works_in_training_only(word) -> None:
    here, given = np.ones((2, 3), bool), small(2)
    fusion = made(word, [(width,) for width in WIDTHS], dropout=0.5)
    calm = array(fusion(given, here, training=False))
    found = array(fusion(given, here, training=True))
    np.testing.assert_array_equal(array(fusion(given, here)), calm)
    changed = found != calm
    np.testing.assert_allclose(
        found[changed & (found != 0)], 2 * calm[changed & (found != 0)], rtol=1e-5
    )
    assert 0.1 < (found == 0).mean() < 0.95


@every_fusion
def test_config_comes_back_from_json_equal_and_unbuilt(fusions, word) -> None:
    again = through_json(fusions[word])
    assert again == fusions[word]
    assert not again.built
    assert FUSION_ROLE.build(FUSION_ROLE.document(again)) == again


def test_saved_fusions_give_equal_outputs(fusions, answer, tmp_path) -> None:
    shapes = [(width,) for width in WIDTHS]
    tensors = [keras.Input(shape) for shape in shapes]
    presence = keras.Input((len(WIDTHS),), dtype="bool")
    outputs = {word: fusion(tensors, presence) for word, fusion in fusions.items()}
    keras.Model([*tensors, presence], outputs).save(tmp_path / "all.keras")
    again = keras.saving.load_model(tmp_path / "all.keras")
    given = small(len(EVERY))
    for word, found in compiled(again)([*given, EVERY]).items():
        expected = answer(word, given, EVERY)
        np.testing.assert_allclose(array(found), expected, atol=1e-5, err_msg=word)


@every_fusion
def test_an_unknown_argument_is_refused_with_a_hint(word) -> None:
    cls = FUSION_ROLE.load(word)
    known = next(iter(parameters_of(cls)))
    more = {"function": largest} if cls is OwnFusion else {}
    with pytest.raises(RecipeError, match=f"Did you mean `{known}`"):
        cls(**{known + "z": 3}, **more)


@pytest.mark.slow
@every_fusion
def test_low_precision_stays_finite(word) -> None:
    dtype = {"dtype": "mixed_bfloat16"}
    fusion = made(word, [(width,) for width in WIDTHS], **dtype)
    given = [100 * values for values in small(len(EVERY))]
    found = compiled(fusion)(spoiled(given, EVERY, np.inf), EVERY)
    assert keras.backend.standardize_dtype(found.dtype) == "bfloat16"
    assert np.isfinite(array(keras.ops.cast(found, "float32"))).all()


@pytest.mark.parametrize("word", sorted(set(FUSIONS) - set(BY_INPUT)))
def test_fusions_without_weights_by_input_say_so(fusions, word) -> None:
    with pytest.raises(DataError, match=r"has no weight for each input.*Use `average`"):
        fusions[word].weights_by_input()


@pytest.mark.parametrize("word", sorted(set(BY_INPUT) - {"average"}))
def test_weights_that_depend_on_the_row_need_rows(fusions, word) -> None:
    with pytest.raises(DataError, match="Give encoded rows"):
        fusions[word].weights_by_input()


@pytest.mark.parametrize("word", BY_INPUT)
def test_weights_by_input_are_shares_of_what_is_there(fusions, word) -> None:
    given = small(len(EVERY))
    found = fusions[word].weights_by_input(spoiled(given, EVERY, np.nan), EVERY)
    shares = np.array([np.mean(share) for share in found.values()])
    assert (shares > 0).all()
    # These have no share at all in the row without inputs.
    assert word in ("average", "gated", "experts") or abs(shares.sum() - 1) < 1e-5
    alone = np.tile([True, False, True], (len(EVERY), 1))
    shares = fusions[word].weights_by_input(given, alone)
    assert np.max(list(shares.values())[1]) == 0
