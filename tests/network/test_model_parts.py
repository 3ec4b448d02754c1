"""How a network computes: what a head reads, frozen parts, late fusion, tokens."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.errors import RecipeError
from sensorium.network import Network, join
from sensorium.nn.encoders import MLP
from sensorium.nn.encoders.base import Encoder
from sensorium.nn.fusion import Concat, Fusion
from sensorium.nn.heads import Classification, Regression
from tests.nn.samples import array

# On TensorFlow Keras warns of encoders that no head reads.
pytestmark = pytest.mark.filterwarnings("ignore:Gradients do not exist")

SHAPES = {"a": ((3,), "float32"), "b": ((2,), "float32")}


def made(heads, fusion=None, **encoders) -> Network:
    own = {"a": MLP(4, dropout=0.0), "b": MLP(5, dropout=0.5), **encoders}
    return join(own, fusion or Concat(8, dropout=0.5), heads, seed=0).build_from(SHAPES)


def rows(count=6):
    generator = np.random.default_rng(0)
    return {
        name: generator.normal(size=(count, *shape)).astype("float32")
        for name, (shape, _) in SHAPES.items()
    }


def test_a_head_reads_one_inputs_encoding_alone() -> None:
    network = made({"y": Regression(reads="a"), "z": Regression()})
    x = rows()
    other = {**x, "b": x["b"] + 1}
    before, after = network(x), network(other)
    assert array(before["y"]).tolist() == array(after["y"]).tolist()
    assert array(before["z"]).tolist() != array(after["z"]).tolist()
    assert network.heads["y"].output_layer.kernel.shape == (4, 1)


def test_fusion_and_trunk_are_left_out_where_no_head_needs_them() -> None:
    network = made({"y": Regression(reads="a")})
    assert not [name for name in network.weights_by_name() if "fusion" in name]
    network.compile("sgd")
    network.fit(rows(), {"y": np.ones(6, "float32")}, verbose=0)


def test_no_gradient_reaches_an_encoder_from_rows_without_its_input() -> None:
    network = made({"y": Regression(reads="a")})
    network.compile("sgd")
    before = network.weights_by_name()
    x = {**rows(), "a/present": np.zeros(6, bool)}
    network.fit(x, {"y": np.ones(6, "float32")}, verbose=0)
    after = network.weights_by_name()
    same = [n for n in before if n.startswith("a/") and (before[n] != after[n]).any()]
    assert same == []
    assert (before["y/output/bias"] != after["y/output/bias"]).any()


def test_a_head_that_reads_an_unknown_input_is_refused() -> None:
    with pytest.raises(RecipeError, match="there is no input `c`"):
        made({"y": Regression(reads="c")})


def test_a_frozen_part_works_as_in_prediction_while_the_others_learn() -> None:
    network = made({"y": Regression()})
    x = rows()
    noisy = array(network(x, training=True)["y"])
    assert noisy.tolist() != array(network(x)["y"]).tolist()
    for part in (network.encoders["b"], network.fusion):
        part.trainable = False
    assert (
        array(network(x, training=True)["y"]).tolist()
        == array(network(x)["y"]).tolist()
    )


def test_embeddings_are_the_encodings_and_zeros_where_absent() -> None:
    network, x = made({"y": Regression()}), rows()
    x["b/present"] = np.array([True] * 5 + [False])
    found = network.embed(x)
    assert array(found["a"]).tolist() == array(network.encoders["a"](x["a"])).tolist()
    assert not array(found["b"])[5].any()
    assert array(found["b"])[:5].any()


@keras.saving.register_keras_serializable("tests")
class Members(Fusion):
    """Every input alone, and the mean of the answers of those that are there."""

    late = True

    def __init__(self, units: int = 4, **kwargs) -> None:
        super().__init__(**kwargs)
        self.units = units

    def call(self, inputs, presence, training=None):
        shown = [values[:, : self.units] for values, _ in self.parts(inputs, presence)]
        return keras.ops.stack(shown, axis=1)

    def compute_output_shape(self, inputs_shape, presence_shape=None):
        return (inputs_shape[0][0], len(inputs_shape), self.units)

    def combine(self, outputs, presence, target):
        weights = keras.ops.cast(presence, "float32")[:, :, None]
        total = keras.ops.sum(weights, axis=1)
        return keras.ops.sum(outputs * weights, axis=1) / keras.ops.maximum(total, 1)


def test_late_fusion_gives_each_input_a_head_of_its_own() -> None:
    heads = {"y": Regression(), "kind": Classification(3)}
    network, x = made(heads, fusion=Members()), rows()
    assert network.heads["kind"].output_layer.kernel.shape == (2, 4, 3)
    network.heads["y"].adapt(10.0, 2.0)
    kernel = array(network.heads["kind"].output_layer.kernel)
    encoded = {name: array(value) for name, value in network.embed(x).items()}
    alone = [encoded["a"][:, :4] @ kernel[0], encoded["b"][:, :4] @ kernel[1]]
    found = network(x)
    assert np.allclose(array(found["kind"]), (alone[0] + alone[1]) / 2, atol=1e-5)
    assert found["y"].shape == (6,)
    only = network({**x, "b/present": np.zeros(6, bool)})
    assert np.allclose(array(only["kind"]), alone[0], atol=1e-5)


class Steps(Encoder):
    """Gives its input's numbers as tokens of one number; the last never counts."""

    gives_tokens = True

    def __init__(self, units: int = 1, **kwargs) -> None:
        super().__init__(**kwargs)
        self.units = units

    def call(self, inputs, training=None):
        return keras.ops.mean(inputs, axis=1, keepdims=True)

    def tokens(self, inputs, training=None):
        mask = keras.ops.stack([inputs[:, 0] == inputs[:, 0]] * 2, axis=1)
        last = keras.ops.zeros_like(inputs[:, :1], dtype="bool")
        return inputs[:, :, None], keras.ops.concatenate([mask, last], axis=1)

    def tokens_shape(self, input_shape):
        return (*input_shape, 1)


class Sum(Fusion):
    """Adds all tokens that count."""

    takes_tokens = True

    def __init__(self, units: int = 1, **kwargs) -> None:
        super().__init__(**kwargs)
        self.units = units

    def call(self, inputs, presence, training=None, token_masks=None):
        tokens, vector = inputs
        assert token_masks[1] is None
        counted = keras.ops.where(token_masks[0][:, :, None], tokens, 0.0)
        return keras.ops.sum(counted, axis=1) + 0.0 * vector[:, :1]


def test_a_fusion_that_takes_tokens_gets_them_with_their_mask() -> None:
    heads = {"y": Regression(scale=False), "own": Regression(reads="a")}
    network, x = made(heads, fusion=Sum(), a=Steps()), rows()
    head = network.heads["y"].output_layer
    expected = x["a"][:, :2].sum(axis=1) * array(head.kernel)[0, 0]
    assert np.allclose(array(network(x)["y"]), expected, atol=1e-5)
    assert np.allclose(
        array(network.embed(x)["a"])[:, 0], x["a"].mean(axis=1), atol=1e-6
    )
