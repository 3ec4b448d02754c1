"""`join` and the network: names, presence, training by names, weights, saving."""

from __future__ import annotations

import random

import keras
import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.network import Network, join
from sensorium.nn.encoders import MLP, Bag
from sensorium.nn.fusion import Concat
from sensorium.nn.heads import Classification, Flags, Regression
from sensorium.nn.present import Present
from sensorium.nn.trunk import Trunk
from tests.nn.samples import array, compiled, outputs

SHAPES = {"facts": ((4,), "float32"), "review": ((6,), "int32")}


def small(dropout=0.1, **arguments) -> Network:
    network = join(
        {
            "facts": MLP(8, dropout=dropout),
            "review": Bag(8, vocabulary_size=20, dropout=dropout),
        },
        Concat(16, dropout=dropout),
        {"sold": Classification(3), "price": Regression(weight=0.5)},
        **{"seed": 0, **arguments},
    )
    return network.build_from(SHAPES)


def rows(count: int = 40, seed: int = 0):
    generator = np.random.default_rng(seed)
    x = {
        "facts": generator.normal(size=(count, 4)).astype("float32"),
        "review": generator.integers(0, 20, (count, 6)).astype("int32"),
    }
    y = {
        "sold": generator.integers(-1, 3, count).astype("int32"),
        "price": generator.normal(size=count).astype("float32"),
    }
    y["price"][::3] = np.nan
    return x, y


def test_outputs_have_the_users_names_and_shapes() -> None:
    x, _ = rows(5)
    found = small()(x)
    assert {name: tuple(value.shape) for name, value in found.items()} == {
        "sold": (5, 3),
        "price": (5,),
    }


def test_parts_are_readable_and_carry_the_users_names() -> None:
    network = small(trunk=Trunk(12))
    assert {name: part.name for name, part in network.encoders.items()} == {
        "facts": "facts",
        "review": "review",
    }
    assert [head.name for head in network.heads.values()] == ["sold", "price"]
    assert network.fusion.units == 16
    assert network.trunk.units == 12
    assert network.name == "network"


def test_values_of_absent_inputs_do_not_count() -> None:
    network, (x, _) = small(), rows(6)
    present = np.array([True, False, True, False, True, False])
    dirty = {**x, "facts": x["facts"].copy(), "facts/present": present}
    dirty["facts"][~present] = np.nan
    answer = network.predict_on_batch
    found = answer(dirty)
    zeros = np.where(present[:, None], x["facts"], 0).astype("float32")
    expected = answer({**x, "facts": zeros, "facts/present": present})
    for name in found:
        np.testing.assert_array_equal(array(found[name]), array(expected[name]))
    everything = answer(x)
    same = array(found["price"]) == array(everything["price"])
    np.testing.assert_array_equal(same, present)


def test_presence_left_out_means_present() -> None:
    network, (x, _) = small(), rows(4)
    ones = {f"{name}/present": np.ones(4, bool) for name in x}
    left_out = network.predict_on_batch(x)
    given = network.predict_on_batch({**x, **ones})
    np.testing.assert_array_equal(array(left_out["sold"]), array(given["sold"]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x | {"fact": x["facts"]}, "no input `fact`. Did you mean `facts`"),
        (lambda x: x | {"facts/presen": 1}, "Did you mean `facts/present`"),
        (lambda x: {"facts": x["facts"]}, "the input `review` is missing"),
        (lambda x: x["facts"], "expected a dict of the inputs `facts`, `review`"),
    ],
)
def test_wrong_inputs_are_named(change, message) -> None:
    network, (x, _) = small(), rows(2)
    with pytest.raises(DataError, match=message):
        network(change(x))


def test_losses_and_weights_come_from_the_heads() -> None:
    network, (x, y) = small(), rows()
    network.compile()
    logs = network.evaluate(x, y, batch_size=40, verbose=0, return_dict=True)
    found = network.predict_on_batch(x)
    expected = {
        name: float(array(compiled(head.loss_function())(y[name], found[name])))
        for name, head in network.heads.items()
    }
    assert logs["sold_loss"] == pytest.approx(expected["sold"], rel=1e-5)
    assert logs["price_loss"] == pytest.approx(expected["price"], rel=1e-5)
    total = expected["sold"] + 0.5 * expected["price"]
    assert logs["loss"] == pytest.approx(total, rel=1e-5)
    assert {"sold_accuracy", "price_mae"} <= set(logs)


def test_given_losses_weights_and_metrics_respect_absent_labels() -> None:
    network, (x, y) = small(), rows()
    network.compile(
        loss={"price": "mse"},
        loss_weights={"sold": 0.0},
        metrics={"price": ["mse", keras.metrics.RootMeanSquaredError(name="rmse")]},
    )
    logs = network.evaluate(x, y, batch_size=10, verbose=0, return_dict=True)
    there = ~np.isnan(y["price"])
    squared = (network.predict_on_batch(x)["price"] - y["price"])[there] ** 2
    assert logs["price_mse"] == pytest.approx(squared.mean(), rel=1e-5)
    assert logs["price_rmse"] == pytest.approx(squared.mean() ** 0.5, rel=1e-5)
    whole = network.evaluate(x, y, batch_size=40, verbose=0, return_dict=True)
    assert whole["loss"] == pytest.approx(0.5 * squared.mean(), rel=1e-5)


@pytest.mark.parametrize("argument", ["loss", "loss_weights", "metrics"])
def test_compile_names_an_unknown_output(argument) -> None:
    with pytest.raises(DataError, match=r"no output `prise`. Did you mean `price`"):
        small().compile(**{argument: {"prise": 1.0}})


def test_labels_left_out_count_as_absent() -> None:
    network, (x, y) = small(), rows()
    network.compile(keras.optimizers.SGD(0.1))
    before = network.weights_by_name()
    network.train_on_batch(x, {"sold": y["sold"]})
    after = network.weights_by_name()
    changed = {n for n in before if not np.array_equal(before[n], after[n])}
    assert "sold/output/kernel" in changed
    assert not any(name.startswith("price/") for name in changed)


def test_labels_with_an_unknown_name_are_refused() -> None:
    network, (x, y) = small(), rows()
    network.compile()
    with pytest.raises(DataError, match=r"no output `sould`. Did you mean `sold`"):
        network.train_on_batch(x, {"sould": y["sold"]})


def test_sample_weights_go_by_name() -> None:
    network, (x, y) = small(), rows()
    network.compile()
    weights = np.random.default_rng(1).random(40).astype("float32")
    by_name = network.evaluate(
        x,
        y,
        sample_weight={"sold": weights, "price": np.ones(40, "float32")},
        batch_size=40,
        verbose=0,
        return_dict=True,
    )
    sold = network.heads["sold"].loss_function()
    found = network.predict_on_batch(x)["sold"]
    expected = array(compiled(sold)(y["sold"], found, weights))
    assert by_name["sold_loss"] == pytest.approx(float(expected), rel=1e-5)


def test_a_network_of_one_output_takes_plain_labels() -> None:
    network = join({"facts": MLP(8)}, heads={"price": Regression()}, seed=0)
    x, y = rows()
    network.compile()
    given = {"facts": x["facts"]}
    one = network.evaluate(given, y["price"], verbose=0, batch_size=40)
    two = network.evaluate(given, {"price": y["price"]}, verbose=0, batch_size=40)
    assert one == pytest.approx(two)


def test_training_lowers_the_loss_with_gaps_everywhere() -> None:
    x, _ = rows(300)
    y = {"sold": (x["facts"][:, 0] > 0).astype("int32"), "price": x["facts"][:, 1] * 9}
    y["sold"][::4] = -1
    y["price"] = np.where(np.arange(300) % 5 == 0, np.nan, y["price"]).astype("float32")
    present = np.random.default_rng(0).random(300) > 0.2
    x["facts"][~present] = np.nan
    keras.utils.set_random_seed(0)
    network = small()
    network.heads["price"].adapt(0.0, 9.0)
    network.compile(keras.optimizers.Adam(1e-2))
    history = network.fit(
        {**x, "facts/present": present}, y, epochs=12, batch_size=50, verbose=0
    ).history
    assert history["loss"][-1] < 0.6 * history["loss"][0]
    assert np.isfinite(list(history.values())).all()


def test_weights_have_unique_names_that_do_not_depend_on_the_process() -> None:
    keras.layers.Dense(3)  # moves Keras's counters on
    names = list(small().weights_by_name())
    keras.layers.Dense(3)
    assert list(small().weights_by_name()) == names
    assert len(set(names)) == len(names) == len(small().weights)
    assert {"facts/hidden/layer_1/kernel", "review/table", "sold/output/bias"} <= set(
        names
    )


def test_weights_go_from_one_network_to_another_by_name() -> None:
    first, second, (x, _) = small(seed=1), small(seed=2), rows(4)
    expected = first.predict_on_batch(x)["sold"]
    assert not np.array_equal(second.predict_on_batch(x)["sold"], expected)
    second.load_weights_by_name(first.weights_by_name())
    np.testing.assert_array_equal(second.predict_on_batch(x)["sold"], expected)


def test_weights_that_do_not_fit_are_all_named_and_nothing_changes() -> None:
    network = small()
    before = network.weights_by_name()
    given = {name: value + 1 for name, value in before.items()}
    given["review/tables"] = given.pop("review/table")
    given["sold/output/bias"] = np.zeros(7)
    with pytest.raises(DataError) as caught:
        network.load_weights_by_name(given)
    for text in ("`review/table` is missing", "`review/tables` is unknown", "shape"):
        assert text in str(caught.value)
    for name, value in network.weights_by_name().items():
        np.testing.assert_array_equal(value, before[name])


def test_one_seed_decides_all_weights() -> None:
    found = []
    for seed in (3, 3, 4):
        keras.utils.set_random_seed(seed)
        found.append(small(seed=None).weights_by_name())
    kernel = "sold/output/kernel"
    np.testing.assert_array_equal(found[0][kernel], found[1][kernel])
    assert not np.array_equal(found[0][kernel], found[2][kernel])


def test_weights_of_a_part_do_not_depend_on_the_other_parts() -> None:
    random.seed(0)
    one = join({"facts": MLP(8)}, heads={"price": Regression()}, seed=7)
    one.build_from({"facts": SHAPES["facts"]})
    name = "facts/hidden/layer_1/kernel"
    several = small(seed=7).weights_by_name()
    np.testing.assert_array_equal(one.weights_by_name()[name], several[name])


def test_config_makes_an_equal_network_with_equal_first_weights() -> None:
    network = small(trunk=Trunk(12))
    again = Network.from_config(network.get_config())
    assert not again.built
    again.build_from(SHAPES)
    for name, value in network.weights_by_name().items():
        np.testing.assert_array_equal(again.weights_by_name()[name], value)
    assert again.heads["price"].weight == 0.5


def test_a_saved_network_predicts_and_goes_on_training(tmp_path) -> None:
    network, (x, y) = small(dropout=0.0), rows()
    network.compile(keras.optimizers.Adam(1e-2), loss={"price": "mae"})
    network.fit(x, y, verbose=0)
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    expected, found = network.predict(x, verbose=0), loaded.predict(x, verbose=0)
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name])
    one = network.train_on_batch(x, y, return_dict=True)
    two = loaded.train_on_batch(x, y, return_dict=True)
    assert one["loss"] == pytest.approx(two["loss"], rel=1e-5)
    np.testing.assert_allclose(
        loaded.weights_by_name()["facts/hidden/layer_1/kernel"],
        network.weights_by_name()["facts/hidden/layer_1/kernel"],
        atol=1e-6,
    )


def test_a_keras_model_keeps_its_weights_and_gets_the_users_name() -> None:
    own = keras.Sequential([keras.Input((5,)), keras.layers.Dense(9)])
    other = keras.Sequential([keras.layers.Dense(9, name="last")])
    network = join(
        {"photo": own, "sound": other}, heads={"y": Regression()}, seed=0
    ).build_from({"photo": ((5,), "float32"), "sound": ((3,), "float32")})
    names = list(network.weights_by_name())
    assert any(name.startswith("photo/") for name in names)
    assert any(name.startswith("sound/") for name in names)
    assert network.encoders["photo"].layer is own
    x = np.random.default_rng(0).normal(size=(2, 5)).astype("float32")
    np.testing.assert_array_equal(
        outputs(network.encoders["photo"], x), outputs(own, x)
    )


def test_a_saved_network_with_a_keras_model_comes_back(tmp_path) -> None:
    own = keras.Sequential([keras.Input((5,)), keras.layers.Dense(9)])
    network = join({"photo": own}, heads={"y": Flags(2)}, seed=0)
    x = {"photo": np.random.default_rng(0).normal(size=(2, 5)).astype("float32")}
    expected = network.predict_on_batch(x)["y"]
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(loaded.predict_on_batch(x)["y"], expected)
    assert list(loaded.weights_by_name()) == list(network.weights_by_name())


def test_mixed_precision_trains_with_finite_float32_losses() -> None:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network, (x, y) = small(), rows()
        network.compile()
        logs = network.train_on_batch(x, y, return_dict=True)
        found = network.predict_on_batch(x)
    finally:
        keras.config.set_dtype_policy(before)
    assert np.isfinite(list(logs.values())).all()
    for value in found.values():
        assert keras.backend.standardize_dtype(value.dtype) == "float32"
    assert {weight.dtype for weight in network.weights} == {"float32"}


def test_a_loss_that_is_already_present_is_not_wrapped_twice() -> None:
    network, loss = small(), Present("mse", "number")
    network.compile(loss={"price": loss})
    assert network._head_loss("price", {"price": loss}) is loss
