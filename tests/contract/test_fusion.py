"""What every fusion in the table keeps, above all about absent inputs."""

from __future__ import annotations

import itertools

import keras
import numpy as np
import pytest

from sensorium.errors import RecipeError
from sensorium.network import join
from sensorium.nn.encoders import MLP
from sensorium.nn.fusion import FUSIONS
from sensorium.nn.heads import Classification, Regression
from sensorium.schema.parameters import parameters_from_source, parameters_of
from tests.nn.samples import FUSION_ROLE, array, built, gradient, labels, through_json

every_fusion = pytest.mark.parametrize("word", FUSIONS)
WIDTHS = (9, 12, 3)
PATTERNS = np.array(list(itertools.product([False, True], repeat=len(WIDTHS))))


@pytest.fixture(scope="module")
def fusions():
    """One built fusion for each word, with three inputs."""
    keras.utils.set_random_seed(0)
    found = {word: built(FUSION_ROLE, word) for word in FUSIONS}
    for fusion in found.values():
        fusion.build([(None, width) for width in WIDTHS])
    return found


def inputs(rows: int = len(PATTERNS), seed: int = 0) -> list[np.ndarray]:
    generator = np.random.default_rng(seed)
    return [generator.normal(size=(rows, w)).astype("float32") for w in WIDTHS]


def test_source_and_class_say_the_same() -> None:
    for reference in FUSIONS.values():
        cls = FUSION_ROLE.load(next(w for w in FUSIONS if FUSIONS[w] == reference))
        assert parameters_from_source(reference) == parameters_of(cls)


@every_fusion
@pytest.mark.parametrize("junk", [np.nan, np.inf, -np.inf, 1e30, 7.0])
def test_values_of_absent_inputs_do_not_count(fusions, word, junk) -> None:
    clean = inputs()
    dirty = [
        np.where(PATTERNS[:, [index]], values, np.float32(junk))
        for index, values in enumerate(clean)
    ]
    expected = array(fusions[word](clean, PATTERNS))
    np.testing.assert_array_equal(array(fusions[word](dirty, PATTERNS)), expected)
    assert np.isfinite(expected).all()


@every_fusion
@pytest.mark.parametrize("junk", [1.0, np.nan])
def test_no_gradient_reaches_absent_inputs(fusions, word, junk) -> None:
    clean = inputs()
    for index in range(len(WIDTHS)):
        dirty = np.where(PATTERNS[:, [index]], clean[index], np.float32(junk))

        def total(values, index=index):
            given = [*clean[:index], values, *clean[index + 1 :]]
            return keras.ops.sum(fusions[word](given, PATTERNS) ** 2)

        found = gradient(total, dirty.astype("float32"))
        assert (found[~PATTERNS[:, index]] == 0).all()
        assert (np.abs(found[PATTERNS[:, index]]).sum(axis=1) > 0).all()


@every_fusion
def test_presence_itself_counts(fusions, word) -> None:
    zeros = [np.zeros_like(values) for values in inputs()]
    found = array(fusions[word](zeros, PATTERNS))
    assert len(np.unique(found.round(6), axis=0)) == len(PATTERNS)


@every_fusion
def test_output_is_one_vector_a_row_and_rows_stand_alone(fusions, word) -> None:
    fusion, given = fusions[word], inputs()
    whole = array(fusion(given, PATTERNS))
    assert whole.shape == (len(PATTERNS), fusion.units)
    shapes = [values.shape for values in given]
    assert fusion.compute_output_shape(shapes) == whole.shape
    for row in range(len(PATTERNS)):
        one = [values[row : row + 1] for values in given]
        alone = array(fusion(one, PATTERNS[row : row + 1]))
        np.testing.assert_allclose(alone, whole[[row]], atol=1e-6)
    none = [values[:0] for values in given]
    assert array(fusion(none, PATTERNS[:0])).shape == (0, fusion.units)


@every_fusion
def test_config_comes_back_from_json_equal_and_unbuilt(fusions, word) -> None:
    again = through_json(fusions[word])
    assert again == fusions[word]
    assert not again.built
    assert FUSION_ROLE.build(FUSION_ROLE.document(again)) == again


@every_fusion
def test_an_unknown_argument_is_refused_with_a_hint(word) -> None:
    with pytest.raises(RecipeError, match="Did you mean `units`"):
        FUSION_ROLE.load(word)(unitz=3)


@every_fusion
def test_one_step_changes_every_weight(word) -> None:
    encoders = {name: MLP(10) for name in "abc"}
    fusion = built(FUSION_ROLE, word)
    network = join(encoders, fusion, {"y": Regression()}, seed=0)
    generator = np.random.default_rng(0)
    x = {name: generator.normal(size=(32, 4)).astype("float32") for name in "abc"}
    x |= {f"{name}/present": generator.random(32) > 0.3 for name in "abc"}
    network(x)
    before = network.weights_by_name()
    network.compile(keras.optimizers.SGD(0.1))
    network.train_on_batch(x, {"y": labels("regression", 32)})
    after = network.weights_by_name()
    same = [name for name in before if np.array_equal(before[name], after[name])]
    assert same == ["y/target_mean", "y/target_scale"]


@every_fusion
def test_an_interaction_of_two_inputs_is_learned(word) -> None:
    generator = np.random.default_rng(0)
    signs = generator.choice([-1.0, 1.0], (2, 2000))
    noise = generator.normal(0.0, 0.5, (2, 2000, 8))
    a, b = (signs[..., None] + noise).astype("float32")
    y = (signs[0] * signs[1] > 0).astype("int32")
    network = join(
        {"a": MLP(16, dropout=0.0), "b": MLP(16, dropout=0.0)},
        FUSION_ROLE.load(word)(32),
        {"y": Classification(2)},
        seed=0,
    )
    network.compile(keras.optimizers.Adam(3e-3))
    keras.utils.set_random_seed(0)
    x = {"a": a[:1500], "b": b[:1500]}
    network.fit(x, {"y": y[:1500]}, epochs=6, batch_size=50, verbose=0)
    logits = network.predict({"a": a[1500:], "b": b[1500:]}, verbose=0)["y"]
    assert (logits.argmax(axis=1) == y[1500:]).mean() > 0.9
