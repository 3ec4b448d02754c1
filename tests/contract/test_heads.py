"""What every head in the table keeps, above all about absent labels."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.errors import RecipeError
from sensorium.nn.heads import HEADS
from sensorium.schema.parameters import parameters_from_source, parameters_of
from tests.nn.samples import (
    FROM_DATA,
    HEAD_ROLE,
    array,
    built,
    compiled,
    gradient,
    is_absent,
    labels,
    through_json,
)

every_head = pytest.mark.parametrize("word", HEADS)


@pytest.fixture(scope="module")
def heads():
    """One built head for each word."""
    keras.utils.set_random_seed(0)
    found = {word: built(HEAD_ROLE, word) for word in HEADS}
    for head in found.values():
        head.build((None, 6))
    return found


@pytest.fixture(scope="module")
def losses(heads):
    """The loss of each word's head."""
    return {word: compiled(head.loss_function()) for word, head in heads.items()}


@pytest.fixture(scope="module")
def answer(heads):
    """A function from word and rows to the head's outputs."""
    functions = {word: compiled(head) for word, head in heads.items()}
    return lambda word, rows: array(functions[word](rows))


# Almost everywhere: each further number of rows compiles everything once more.
ROWS = 12


def fused(rows: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, 6)).astype("float32")


@every_head
def test_source_and_class_say_the_same(word) -> None:
    from_source = parameters_from_source(HEADS[word])
    assert from_source == parameters_of(HEAD_ROLE.load(word))
    assert {"loss", "weight"} <= set(from_source)


@every_head
def test_output_is_float32_and_rows_stand_alone(heads, answer, word) -> None:
    whole = answer(word, fused(ROWS))
    assert whole.shape == heads[word].compute_output_shape((ROWS, 6))
    assert whole.dtype == np.float32
    for row in range(5):
        alone = answer(word, fused(ROWS)[row : row + 1])
        np.testing.assert_allclose(alone, whole[[row]], atol=1e-6)
    assert len(answer(word, fused(0))) == 0


@every_head
def test_output_stays_float32_under_mixed_precision(word) -> None:
    head = built(HEAD_ROLE, word, dtype="mixed_bfloat16")
    head.build((None, 6))
    output = compiled(head)(keras.ops.cast(fused(ROWS), "bfloat16"))
    assert keras.backend.standardize_dtype(output.dtype) == "float32"
    loss = compiled(head.loss_function())(labels(word, ROWS), output)
    assert keras.backend.standardize_dtype(loss.dtype) == "float32"
    assert np.isfinite(array(loss))


def test_statistics_of_the_labels_are_not_rounded_by_mixed_precision() -> None:
    head = built(HEAD_ROLE, "regression", dtype="mixed_bfloat16")
    head.build((None, 6))
    head.adapt(1000.5, 3.0)
    head.output_layer.kernel.assign(np.zeros((6, 1), "float32"))
    assert array(head(fused(2))).tolist() == [1000.5, 1000.5]


@every_head
def test_absent_labels_weigh_nothing(losses, answer, word) -> None:
    loss = losses[word]
    y, outputs = labels(word, ROWS, absent=0.5), answer(word, fused(ROWS))
    gone = is_absent(y)
    assert 0 < gone.sum() < ROWS
    expected = array(loss(y[~gone], outputs[~gone]))
    np.testing.assert_allclose(array(loss(y, outputs)), expected, rtol=1e-6)


@every_head
@pytest.mark.parametrize("junk", [1.0, np.nan, np.inf])
def test_no_gradient_comes_from_absent_labels(heads, answer, word, junk) -> None:
    loss = heads[word].loss_function()
    y = labels(word, ROWS, absent=0.5)
    outputs = answer(word, fused(ROWS)).copy()
    gone = is_absent(y)
    outputs[gone] = junk
    found = gradient(lambda values: loss(y, values), outputs).reshape(ROWS, -1)
    assert (found[gone] == 0).all()
    assert (np.abs(found[~gone]).sum(axis=1) > 0).all()


@every_head
def test_a_batch_without_labels_has_loss_and_gradient_zero(
    heads, losses, answer, word
) -> None:
    loss = losses[word]
    outputs = answer(word, fused(ROWS))
    y = array(heads[word].absent(outputs))
    assert array(loss(y, outputs)) == 0.0
    inner = heads[word].loss_function()
    assert (gradient(lambda values: inner(y, values), outputs) == 0).all()
    nothing = np.empty((0, *outputs.shape[1:]), "float32")
    assert array(loss(y[:0], nothing)) == 0.0


@every_head
def test_sample_weights_give_a_weighted_mean(losses, answer, word) -> None:
    loss = losses[word]
    y, outputs = labels(word, ROWS), answer(word, fused(ROWS))
    each = [array(loss(y[[row]], outputs[[row]])) for row in range(ROWS)]
    weights = np.array([1.0, 0.0, 3.0, 0.5] * 3, "float32")
    expected = (weights * each).sum() / weights.sum()
    np.testing.assert_allclose(array(loss(y, outputs, weights)), expected, rtol=1e-5)
    none = np.zeros(ROWS, "float32")
    assert array(loss(y, outputs, none)) == 0.0


@every_head
def test_metrics_count_labels_that_are_there(heads, answer, word) -> None:
    y, outputs = labels(word, ROWS, absent=0.5), answer(word, fused(ROWS))
    gone = is_absent(y)
    for metric, other in zip(
        heads[word].metric_objects(), heads[word].metric_objects(), strict=True
    ):
        assert np.isnan(array(metric.result())), "no label yet"
        for part in (slice(0, 4), slice(4, ROWS)):
            metric.update_state(y[part], outputs[part])
        other.update_state(y[~gone], outputs[~gone])
        np.testing.assert_allclose(
            array(metric.result()), array(other.result()), rtol=1e-6
        )
        metric.reset_state()
        assert np.isnan(array(metric.result()))


@every_head
def test_labels_may_come_as_a_column(losses, answer, word) -> None:
    if word in ("flags", "reconstruction", "box", "segmentation"):
        pytest.skip("flags are columns already, and values have axes of their own")
    loss, y = losses[word], labels(word, ROWS, absent=0.3)
    outputs = answer(word, fused(ROWS))
    expected = array(loss(y, outputs))
    np.testing.assert_array_equal(array(loss(y[:, None], outputs)), expected)


@every_head
def test_decode_gives_float64_and_no_rows_for_no_rows(heads, answer, word) -> None:
    for rows in (ROWS, 0):
        found = heads[word].decode(answer(word, fused(rows)))
        assert {len(values) for values in found.values()} == {rows}
        for name, values in found.items():
            assert values.dtype == (np.int64 if name == "id" else np.float64)


@every_head
def test_config_comes_back_from_json_equal_and_unbuilt(heads, word) -> None:
    again = through_json(heads[word])
    assert again == heads[word]
    assert not again.built
    assert HEAD_ROLE.build(HEAD_ROLE.document(again)) == again


@every_head
def test_an_unknown_argument_is_refused_with_a_hint(word) -> None:
    with pytest.raises(RecipeError, match="Did you mean `weight`"):
        HEAD_ROLE.load(word)(**FROM_DATA.get(word, {}), weigth=3)
