"""Who learns, how fast, and that what is frozen does not change by a bit."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from sensorium.errors import TrainingError
from sensorium.network import Network, join
from sensorium.nn.encoders import MLP
from sensorium.nn.encoders.tokens import Tokens
from sensorium.nn.encoders.transformer import Transformer
from sensorium.nn.fusion import Concat
from sensorium.nn.heads import Regression
from sensorium.nn.trunk import Trunk
from sensorium.training import Parts, Stage, Step, train
from sensorium.training.dataset import LABEL, EncodedBatches
from sensorium.training.freezing import (
    check_frozen,
    fingerprints,
    freeze,
    learners,
    let_learn,
    parts_of,
    variable_owners,
    variable_rates,
    weights_digest,
)
from sensorium.training.stages.unfreeze import Unfreeze
from tests.nn.samples import array
from tests.training.made import batches

PARTS = Parts(("photo", "sound"), ("size",), trunk=True)

STEADY: dict[str, Any] = {
    "warmup": 0.0,
    "schedule": "constant",
    "batch_size": 32,
    "optimizer": {"type": "sgd", "use_ema": False},
}
ONE_STEP = Stage(1, learning_rate=0.0625, **STEADY)


def photo_model(layers: int = 3) -> keras.Model:
    """A model of somebody else, with batch normalisation between its layers."""
    inputs = keras.Input((4,))
    x = inputs
    for number in range(layers):
        x = keras.layers.Dense(5, activation="tanh", name=f"dense_{number}")(x)
        x = keras.layers.BatchNormalization(name=f"norm_{number}")(x)
    return keras.Model(inputs, keras.layers.Dropout(0.5)(x), name="backbone")


def one_layer() -> keras.layers.Layer:
    seeded = keras.initializers.GlorotUniform(seed=1)
    return keras.layers.Dense(3, kernel_initializer=seeded)


def network_of(photo: Any, seed: int = 0) -> Network:
    network = join(
        {"photo": photo, "sound": MLP(4, num_layers=1, dropout=0.0)},
        Concat(6, dropout=0.0),
        {"size": Regression()},
        trunk=Trunk(5, num_layers=1, dropout=0.0),
        seed=seed,
    )
    return network.build_from({"photo": ((4,), "float32"), "sound": ((2,), "float32")})


def rows(count: int = 32) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(0)
    photo = draw.normal(size=(count, 4)).astype("float32") + 3
    return {
        "photo": photo,
        "sound": draw.normal(size=(count, 2)).astype("float32"),
        f"{LABEL}size": photo[:, 0] * 2,
    }


def step_of(learn: Any, stage: Stage | None = None, **settings: Any) -> Step:
    stage = stage or ONE_STEP
    return Step("main", stage, PARTS.inputs, learn, PARTS.outputs, **settings)


def all_rows() -> EncodedBatches:
    return batches(rows(), batch_size=32, shuffle=False)


def taken(network: Network, step: Step) -> None:
    freeze(network, step)
    rates = variable_rates(network, step)
    train(network, step.stage, all_rows(), rates=rates)


def values(layer: Any) -> list[np.ndarray]:
    return [array(weight.value) for weight in layer.weights]


def moved(layer: Any, before: list[np.ndarray]) -> list[bool]:
    pairs = zip(values(layer), before, strict=True)
    return [not np.array_equal(a, b) for a, b in pairs]


# --- frozen is frozen ---


def test_batch_normalisation_keeps_its_bytes_while_frozen_and_moves_afterwards() -> (
    None
):
    network = network_of(photo_model(1))
    photo = network.encoders["photo"]
    before, digest = values(photo), weights_digest(photo)
    probe = ("sound", "fusion", "trunk", "size")
    taken(network, step_of(probe))
    assert moved(photo, before) == [False] * len(before)
    assert weights_digest(photo) == digest
    for name in probe:
        assert parts_of(network)[name].trainable
    taken(network, step_of(PARTS.every))
    assert all(moved(photo, before)), "means and variances too"
    assert weights_digest(photo) != digest


@pytest.mark.parametrize("frozen", [("sound", "trunk"), ("fusion", "size")])
def test_any_part_can_be_frozen_while_all_others_learn(frozen: Any) -> None:
    network = network_of(one_layer())
    before = {name: values(part) for name, part in parts_of(network).items()}
    taken(network, step_of(tuple(n for n in PARTS.every if n not in frozen)))
    for name, part in parts_of(network).items():
        assert any(moved(part, before[name])) == (name not in frozen), name


def test_disposable_heads_learn_though_no_step_names_them() -> None:
    network = network_of(photo_model(1))
    step = Step("s", Stage(), ("photo", "sound"), ("photo",))
    freeze(network, step)
    found = {name: bool(p.trainable_weights) for name, p in parts_of(network).items()}
    assert found == {
        "photo": True,
        "sound": False,
        "fusion": False,
        "trunk": False,
        "size": True,  # not among the step's outputs: it is not the recipe's
    }


def test_layers_that_came_frozen_stay_frozen_while_the_others_learn() -> None:
    model = photo_model(2)
    model.get_layer("dense_0").trainable = False
    network = network_of(model)
    for learn in (("fusion", "size"), PARTS.every):
        freeze(network, step_of(learn))
    assert not model.get_layer("dense_0").trainable
    assert model.get_layer("dense_1").trainable
    photo = network.encoders["photo"]
    let_learn(photo, False)
    assert photo.trainable_weights == []
    let_learn(photo, True)
    assert len(photo.trainable_weights) == 2 + 2 * 2


def test_fusion_is_no_part_where_every_head_reads_an_input() -> None:
    heads = {"size": Regression(reads="a")}
    network = join({"a": MLP(3), "b": MLP(3)}, Concat(4), heads, trunk=Trunk(4))
    network.build_from({"a": ((2,), "float32"), "b": ((2,), "float32")})
    assert list(parts_of(network)) == ["a", "b", "size"]


class Counting(keras.layers.Layer):
    """A layer that changes its own weight in every call, as none should."""

    def build(self, input_shape: Any) -> None:
        self.calls = self.add_weight(shape=(), trainable=False, name="calls")
        self.scale = self.add_weight(shape=(), initializer="ones", name="scale")

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def call(self, inputs: Any) -> Any:
        self.calls.assign(self.calls + 1.0)
        return inputs * self.scale


def test_a_frozen_layer_that_changes_itself_is_named() -> None:
    network = network_of(Counting())
    step = step_of(("sound", "fusion", "size"))
    parts = parts_of(network)
    before = fingerprints({"photo": parts["photo"]})
    assert before == {}, "it counts as frozen only once it is"
    freeze(network, step)
    before = fingerprints(parts)
    assert list(before) == ["photo", "trunk"]
    assert len(before["photo"]) == 2
    check_frozen(before, parts, "main")
    taken(network, step)
    with pytest.raises(TrainingError) as caught:
        check_frozen(before, parts, "main")
    path = network.encoders["photo"].layer.calls.path
    assert str(caught.value) == (
        "stage `main`: `photo` was frozen but 1 of its 2 arrays changed: "
        f"{path}. A layer changes its own weights; take it out of the encoder."
    )


def test_fingerprints_see_a_single_bit() -> None:
    network = network_of(photo_model(1))
    freeze(network, step_of(("size",)))
    photo = network.encoders["photo"]
    before = fingerprints({"photo": photo})
    kernel = np.array(photo.weights[0].value)
    kernel.view("uint32")[0, 0] ^= 1
    photo.weights[0].assign(kernel)
    with pytest.raises(TrainingError, match=r"1 of its 6 arrays changed: .*kernel"):
        check_frozen(before, {"photo": photo}, "main")


# --- the table of who learns ---


def test_the_table_says_how_many_weights_learn_and_how_fast() -> None:
    network = network_of(photo_model(1))
    rates = {"photo": 0.25, "heads": 0.5, "others": 0.125}
    step = step_of(("photo", "trunk", "size"), Stage(learning_rate=rates))
    freeze(network, step)
    found = {row.part: row for row in learners(network, step)}
    assert list(found) == list(PARTS.every)
    assert (found["photo"].learns, found["photo"].weights) == (25 + 10, 25 + 20)
    assert (found["sound"].learns, found["sound"].rate) == (0, 0.0)
    assert found["sound"].weights == network.encoders["sound"].count_params()
    assert [found[n].rate for n in ("photo", "fusion", "trunk", "size")] == [
        0.25, 0.0, 0.125, 0.5,
    ]  # fmt: skip


# --- rates ---


def test_every_part_moves_by_its_rate_times_the_gradient() -> None:
    network = network_of(one_layer())
    rates = {"photo": 0.0625, "sound": 0.5, "trunk": 0.125, "others": 0.25}
    stage = Stage(1, learning_rate=rates, **STEADY)
    expected = _steps_of_rate_one()
    before = {name: values(part) for name, part in parts_of(network).items()}
    taken(network, step_of(PARTS.every, stage))
    for name, part in parts_of(network).items():
        found = [
            old - array(weight.value)
            for weight, old in zip(part.weights, before[name], strict=True)
        ]
        assert max(np.abs(change).max() for change in found) > 1e-3, name
        for change, gradient in zip(found, expected[name], strict=True):
            wanted = rates.get(name, 0.25) * gradient
            np.testing.assert_allclose(change, wanted, rtol=1e-3, atol=1e-5)


def _steps_of_rate_one() -> dict[str, list[np.ndarray]]:
    """The gradients: what SGD with one optimizer for all takes off at the rate 1."""
    network = network_of(one_layer())
    before = {name: values(part) for name, part in parts_of(network).items()}
    train(network, Stage(1, learning_rate=1.0, **STEADY), all_rows())
    return {
        name: [
            old - array(weight.value)
            for weight, old in zip(part.weights, before[name], strict=True)
        ]
        for name, part in parts_of(network).items()
    }


def test_every_variable_that_learns_has_a_rate_and_no_other() -> None:
    network = network_of(photo_model(1))
    step = step_of(("photo", "size"))
    freeze(network, step)
    found = variable_rates(network, step)
    assert found == {id(v): 0.0625 for v in network.trainable_variables}
    assert len(found) == 4 + 2


def test_every_variable_that_learns_has_its_part_and_group() -> None:
    network = network_of(photo_model(1))
    freeze(network, step_of(("photo", "size")))
    found = variable_owners(network)
    photo, size = (parts_of(network)[name] for name in ("photo", "size"))
    expected = dict.fromkeys(map(id, photo.trainable_variables), ("photo", "encoders"))
    expected |= dict.fromkeys(map(id, size.trainable_variables), ("size", "heads"))
    assert found == expected


# --- group after group ---


def learning(network: Network, step: Step) -> list[str]:
    """The layers of `photo` that learn in a step."""
    freeze(network, step)
    layers = network.encoders["photo"].layer.layers
    return [layer.name for layer in layers if layer.trainable_variables]


def test_groups_of_layers_join_from_the_last_to_the_first() -> None:
    network = network_of(photo_model())
    steps = Unfreeze(groups=3).steps(PARTS)
    assert [learning(network, step) for step in steps] == [
        [],
        ["dense_2", "norm_2"],
        ["dense_1", "norm_1", "dense_2", "norm_2"],
        ["dense_0", "norm_0", "dense_1", "norm_1", "dense_2", "norm_2"],
    ]


def test_the_last_group_is_rounded_up() -> None:
    network = network_of(photo_model())  # six layers in four groups: 2, 1, 2, 1
    steps = Unfreeze(groups=4).steps(PARTS)
    counts = [len(learning(network, step)) for step in steps]
    assert counts == [0, 2, 3, 5, 6]


def test_each_group_learns_more_slowly_than_the_one_after_it() -> None:
    network = network_of(photo_model())
    step = Unfreeze(groups=3, decay=2.6, learning_rate=0.5).steps(PARTS)[-1]
    freeze(network, step)
    found = variable_rates(network, step)
    layers = {layer.name: layer for layer in network.encoders["photo"].layer.layers}
    for name, power in (("dense_2", 1), ("dense_1", 2), ("dense_0", 3)):
        for variable in layers[name].trainable_variables:
            assert found[id(variable)] == pytest.approx(0.5 / 2.6**power)
    for part in ("fusion", "trunk", "size"):
        for variable in parts_of(network)[part].trainable_variables:
            assert found[id(variable)] == 0.5


def test_without_decay_all_groups_learn_alike() -> None:
    network = network_of(photo_model())
    step = Unfreeze(groups=3, decay=1.0, learning_rate=0.5).steps(PARTS)[-1]
    freeze(network, step)
    assert set(variable_rates(network, step).values()) == {0.5}


def test_layers_below_stay_as_they_are_to_the_bit() -> None:
    network = network_of(photo_model(2))
    layers = {layer.name: layer for layer in network.encoders["photo"].layer.layers}
    before = {name: values(layer) for name, layer in layers.items()}
    taken(network, Unfreeze(1, learning_rate=0.05, **STEADY).steps(PARTS)[1])
    changed = {name for name in layers if any(moved(layers[name], before[name]))}
    assert changed == {"dense_1", "norm_1"}


def test_weights_that_an_encoder_has_beside_its_layers_are_its_first_group() -> None:
    encoder = Transformer(6, vocabulary_size=9, num_layers=1, embedding_dim=4)
    network = join({"text": encoder}, Concat(4), {"size": Regression()})
    network.build_from({"text": ((5,), "int32")})
    encoder = network.encoders["text"]
    assert isinstance(encoder, Tokens)
    parts = Parts(("text",), ("size",))
    own = [encoder.table, encoder.positions]
    seen = []
    for step in Unfreeze(groups=2, decay=2.0, learning_rate=1.0).steps(parts):
        freeze(network, step)
        rates = variable_rates(network, step)
        seen.append([rates.get(id(variable)) for variable in own])
    assert seen == [[None, None], [None, None], [0.25, 0.25]]


def test_a_single_layer_is_one_group() -> None:
    network = network_of(one_layer())
    steps = Unfreeze(groups=2, decay=2.0, learning_rate=1.0).steps(PARTS)
    kernel = network.encoders["photo"].layer.kernel
    seen = []
    for step in steps:
        freeze(network, step)
        seen.append(variable_rates(network, step).get(id(kernel)))
    assert seen == [None, 0.5, 0.5]
