"""Steps with a balance: what they change, what they tell, and what they leave alone."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.errors import DataError, RecipeError
from sensorium.network import join
from sensorium.nn.balance import Balance, Fixed, Uncertainty
from sensorium.nn.encoders import MLP
from sensorium.nn.fusion import Experts
from sensorium.nn.heads import Classification, Regression
from tests.network.balances import (
    SHAPES,
    Constant,
    ConstantByGradients,
    SharedOnly,
    array,
    learn,
    rows,
    small,
)

X, Y = rows()


def same(one, two, **tolerance) -> bool:
    return all(
        np.allclose(a, b, **{"rtol": 1e-5, "atol": 1e-6, **tolerance})
        for a, b in zip(one.get_weights(), two.get_weights(), strict=True)
    )


def plain(weights, optimizer=None, **arguments):
    network = small()
    weights = dict(zip(("sold", "price"), weights, strict=True))
    network.compile(optimizer or keras.optimizers.SGD(0.1), loss_weights=weights)
    return network, learn(network, X, Y, **{"epochs": 2, **arguments})


def balanced(balance, optimizer=None, **arguments):
    network = small()
    network.compile(optimizer or keras.optimizers.SGD(0.1), balance=balance)
    return network, learn(network, X, Y, **{"epochs": 2, **arguments})


@pytest.mark.parametrize("rule", [Constant(), ConstantByGradients()])
def test_weights_of_a_balance_count_as_weights_of_losses_do(rule) -> None:
    network, _ = balanced(rule)
    assert same(network, plain((2.0, 1.5))[0])
    assert not same(network, plain((2.0, 1.0))[0])


def test_logs_have_the_names_of_keras_and_the_weights() -> None:
    _, told = balanced(Constant())
    _, by_keras = plain((2.0, 1.5))
    assert set(told) - set(by_keras) == {"sold_weight", "price_weight"}
    np.testing.assert_allclose(told["sold_weight"], [2.0, 2.0])
    np.testing.assert_allclose(told["price_weight"], [1.5, 1.5])
    for name in ("sold_loss", "price_loss", "sold_accuracy", "price_mae"):
        np.testing.assert_allclose(told[name], by_keras[name], rtol=1e-4)


def test_losses_told_are_by_the_outputs_own_weights() -> None:
    network, told = balanced(Uncertainty(), validation_data=(X, Y))
    for prefix in ("", "val_"):
        total = np.array(told[f"{prefix}sold_loss"])
        total = total + 0.5 * np.array(told[f"{prefix}price_loss"])
        np.testing.assert_allclose(told[f"{prefix}loss"], total, rtol=1e-5)
    assert "val_sold_weight" not in told
    assert "sold_weight" not in network.evaluate(X, Y, return_dict=True, verbose=0)


def test_heads_can_follow_their_own_loss_while_the_shared_part_is_weighed() -> None:
    one, _ = balanced(SharedOnly(), epochs=1, batch_size=32)
    weighed, _ = plain((2.0, 1.5), epochs=1, batch_size=32)
    own, _ = plain((1.0, 0.5), epochs=1, batch_size=32)
    for part in ("facts", "more"):
        found, wanted = (n.encoders[part].get_weights() for n in (one, weighed))
        np.testing.assert_allclose(found[0], wanted[0], rtol=1e-5, atol=1e-6)
    for part in ("sold", "price"):
        found, wanted = (n.heads[part].get_weights() for n in (one, own))
        np.testing.assert_allclose(found[0], wanted[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("rule", [Constant(), ConstantByGradients(), Uncertainty()])
def test_an_output_without_labels_in_a_batch_is_not_known_there(rule) -> None:
    price = np.where(np.arange(32) < 16, np.nan, Y["price"]).astype("float32")
    network = small()
    network.compile("sgd", balance=rule)
    told = learn(network, X, {"sold": Y["sold"], "price": price})
    assert np.isfinite(list(told.values())).all()
    if rule == Uncertainty():  # where it begins there is nothing to learn
        np.testing.assert_allclose(array(network.balance.steps), [1.0, 0.0])
        return
    np.testing.assert_allclose(array(network.balance.seen), [2.0, 1.0])
    np.testing.assert_allclose(told["price_weight"], 1.5)


def test_rows_of_no_weight_are_no_labels() -> None:
    network = small()
    network.compile("sgd", balance=Constant())
    shares = {"sold": np.ones(32), "price": np.zeros(32)}
    learn(network, X, Y, sample_weight=shares)
    np.testing.assert_allclose(array(network.balance.seen), [2.0, 0.0])


def test_an_output_of_weight_zero_is_not_balanced() -> None:
    network = small()
    network.compile("sgd", balance=Constant(), loss_weights={"price": 0.0})
    learn(network, X, Y)
    np.testing.assert_allclose(array(network.balance.seen), [2.0, 0.0])


def test_sample_weights_count_in_the_losses() -> None:
    shares = {name: np.linspace(0, 1, 32) for name in ("sold", "price")}
    one, _ = balanced(Constant(), sample_weight=shares)
    assert same(one, plain((2.0, 1.5), sample_weight=shares)[0])


def experts(**arguments):
    network = join(
        {"facts": MLP(4, num_layers=1, dropout=0)},
        Experts(4, num_experts=2, balance=5.0, dropout=0),
        {"sold": Classification(2, dropout=0), "price": Regression(dropout=0)},
        seed=0,
    ).build_from({"facts": SHAPES["facts"]})
    network.compile(keras.optimizers.SGD(0.1), **arguments)
    told = learn(network, {"facts": X["facts"]}, Y)
    return network, told


@pytest.mark.parametrize("rule", [Constant, ConstantByGradients])
def test_terms_that_layers_add_keep_their_weight(rule) -> None:
    network, told = experts(balance=rule())
    wanted, by_keras = experts(loss_weights={"sold": 2.0, "price": 3.0})
    assert same(network, wanted)
    added = by_keras["loss"][0] - 2 * by_keras["sold_loss"][0]
    added -= 3 * by_keras["price_loss"][0]
    assert added > 0.1
    ours = told["loss"][0] - told["sold_loss"][0] - told["price_loss"][0]
    np.testing.assert_allclose(ours, added, rtol=1e-3)


def test_dropout_and_its_random_numbers_go_on_from_step_to_step() -> None:
    one, two = small(dropout=0.5), small(dropout=0.5)
    one.compile(keras.optimizers.SGD(0.1), balance=Constant(1.0, 1.0))
    two.compile(keras.optimizers.SGD(0.1))
    for network in (one, two):
        learn(network, X, Y, 2)
    assert same(one, two)


def moving(**arguments):
    return keras.optimizers.Adam(0.05, use_ema=True, ema_momentum=0.5, **arguments)


def by_part():
    slow, fast = keras.optimizers.SGD(0.01), keras.optimizers.Adam(0.05)

    class Choose:
        def __call__(self, variable):
            return slow if "facts" in variable.path else fast

        def values(self):
            return [slow, fast]

    return keras.optimizers.MultiOptimizer(Choose())


@pytest.mark.parametrize("make", [moving, by_part])
def test_any_optimizer_takes_the_gradients(make) -> None:
    one, _ = balanced(ConstantByGradients(), make())
    two, _ = plain((2.0, 1.5), make())
    assert same(one, two, rtol=1e-3, atol=1e-4)
    pairs = zip(one.optimizer.variables, two.optimizer.variables, strict=True)
    for a, b in pairs:
        np.testing.assert_allclose(array(a), array(b), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("rule", ["uncertainty", ConstantByGradients()])
def test_half_precision_scales_losses_and_skips_what_overflows(rule) -> None:
    keras.config.set_dtype_policy("mixed_float16")
    try:
        network = small()
        network.compile(keras.optimizers.SGD(0.1), balance=rule)
        before = network.get_weights()
        optimizer = network.optimizer
        assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        optimizer.initial_scale = 2.0**30  # too much for half precision
        learn(network, X, Y)
        assert all(
            np.array_equal(a, b)
            for a, b in zip(before, network.get_weights(), strict=True)
        )
        assert float(array(optimizer.dynamic_scale)) == 2.0**28
        optimizer.dynamic_scale.assign(1024.0)
        told = learn(network, X, Y, 8)
        assert told["price_loss"][-1] < 0.99 * told["price_loss"][0]
        assert all(np.isfinite(array(v)).all() for v in network.balance_variables)
    finally:
        keras.config.set_dtype_policy("float32")


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_saved_network_goes_on_with_its_balance(tmp_path) -> None:
    network, _ = balanced(Uncertainty(0.1), keras.optimizers.Adam(0.01))
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    assert loaded.balance == Uncertainty(0.1)
    for one, two in zip(
        network.balance_variables, loaded.balance_variables, strict=True
    ):
        np.testing.assert_array_equal(array(one), array(two))
    for each in (network, loaded):
        learn(each, X, Y, 2)
    assert same(network, loaded, rtol=0, atol=0)


def test_state_of_a_balance_is_no_weight_of_the_network() -> None:
    network, _ = balanced("uncertainty")
    assert len(network.get_weights()) == len(small().get_weights())
    assert set(network.weights_by_name()) == set(small().weights_by_name())
    network.compile("sgd")
    assert network.balance is None
    assert network.balance_variables == []


@pytest.mark.parametrize("balance", [None, "fixed", {"type": "fixed"}, Fixed()])
def test_without_a_balance_steps_are_those_of_keras(balance, monkeypatch) -> None:
    network = small()
    network.compile("sgd", balance=balance)
    called = []
    original = keras.Model.train_step

    def spy(self, *arguments):
        called.append(1)
        return original(self, *arguments)

    monkeypatch.setattr(keras.Model, "train_step", spy)
    learn(network, X, Y)
    assert called


def test_one_output_has_nothing_to_balance() -> None:
    network = join({"facts": MLP(4)}, heads={"sold": Classification(2)})
    with pytest.raises(DataError, match="a balance needs two outputs or more"):
        network.compile("sgd", balance="uncertainty")


def test_unknown_words_are_refused() -> None:
    with pytest.raises(RecipeError, match="Did you mean `uncertainty`"):
        small().compile("sgd", balance="uncertanty")
    with pytest.raises(RecipeError, match="learning_rate"):
        small().compile("sgd", balance={"type": "uncertainty", "learning_rate": -1.0})


def test_a_balance_is_copied_as_other_descriptions_are() -> None:
    rule = Uncertainty()
    one, two = small(), small()
    one.compile("sgd", balance=rule)
    two.compile("sgd", balance=rule)
    assert isinstance(one.balance, Balance)
    assert one.balance is not two.balance
    assert not rule.built
