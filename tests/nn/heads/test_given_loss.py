from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.errors import DataError, RecipeError
from sensorium.nn.heads import Classification, Flags, Regression
from sensorium.nn.heads.given_loss import described, given_loss
from tests.nn.samples import array, through_json

LABELS = np.array([1.0, np.nan, 4.0], "float32")
OUTPUTS = np.array([2.0, 7.0, 1.0], "float32")


@keras.saving.register_keras_serializable("losses_of_tests")
def cubic(y_true, y_pred):
    return keras.ops.abs(y_true - y_pred) ** 3


@keras.saving.register_keras_serializable("losses_of_tests")
class Power(keras.losses.Loss):
    """A loss of a user, with an argument."""

    def __init__(self, exponent=1.0, **kwargs):
        super().__init__(**kwargs)
        self.exponent = exponent

    def call(self, y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** self.exponent, axis=-1)

    def get_config(self):
        return {**super().get_config(), "exponent": self.exponent}


def loss_of(head, scale=1.0):
    head.build((None, 2))
    head.adapt(0.0, scale)
    return float(array(head.loss_function()(LABELS, OUTPUTS)))


@pytest.mark.parametrize(
    "loss",
    [
        cubic,
        "losses_of_tests>cubic",
        {"type": "losses_of_tests>cubic"},
        Power(3.0),
        {"type": "losses_of_tests>Power", "exponent": 3.0},
        lambda y_true, y_pred: keras.ops.abs(y_true - y_pred)[:, 0] ** 3,
    ],
)
def test_a_loss_of_the_users_sees_labels_that_are_there_in_their_units(loss) -> None:
    assert loss_of(Regression(loss=loss), scale=5.0) == pytest.approx((1 + 27) / 2)


@pytest.mark.parametrize(
    "loss",
    [
        keras.losses.Huber(2.0),
        {"type": "huber", "delta": 2.0},
    ],
)
def test_losses_of_differences_are_computed_on_the_scale(loss) -> None:
    # Differences 1 and 3 on the scale 0.5: 2 and 6; Huber's 2^2 / 2 and 2 (6 - 2 / 2).
    assert loss_of(Regression(loss=loss), scale=0.5) == pytest.approx((2 + 10) / 2)


def test_words_of_keras_stand_for_its_losses() -> None:
    logs = [np.log(np.cosh(x)) for x in (1.0, 3.0)]
    assert loss_of(Regression(loss="log_cosh")) == pytest.approx(np.mean(logs))
    percent = 100 * np.mean([1 / 1, 3 / 4])
    assert loss_of(Regression(loss="mape"), scale=9.0) == pytest.approx(percent)


def test_objects_of_keras_are_held_as_documents() -> None:
    assert Regression(loss=keras.losses.LogCosh()).loss == "log_cosh"
    assert Regression(loss=keras.losses.mean_squared_error).loss == "mse"
    head = Regression(loss=keras.losses.Huber(0.5))
    assert head.loss == {"type": "huber", "delta": 0.5}
    assert through_json(head) == head
    smooth = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.5)
    document = {"type": "binary_crossentropy", "label_smoothing": 0.5}
    assert described(smooth, "flags") == document


def test_objects_of_the_users_come_back_from_a_saved_head() -> None:
    head = Regression(loss=Power(3.0))
    plain = keras.saving.serialize_keras_object(head)
    again = keras.saving.deserialize_keras_object(plain)
    assert isinstance(again.loss, Power)
    assert again.loss.exponent == 3.0


def test_losses_of_logits_fit_classes_and_flags() -> None:
    logits = np.log([[0.2, 0.8]]).astype("float32")
    for loss in (
        {"type": "sparse_categorical_crossentropy"},
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        keras.losses.sparse_categorical_crossentropy,
    ):
        found = Classification(2, loss=loss).loss_function()(np.array([1]), logits)
        assert float(array(found)) == pytest.approx(-np.log(0.8), rel=1e-5)
    flags = Flags(2, loss={"type": "binary_crossentropy", "label_smoothing": 0.5})
    same = Flags(2, label_smoothing=0.5)
    labels = np.array([[1.0, 0.0]], "float32")
    one, two = (float(array(h.loss_function()(labels, logits))) for h in (flags, same))
    assert one == pytest.approx(two, rel=1e-5)


def test_class_weights_count_for_a_loss_of_the_users_too() -> None:
    head = Classification(
        2,
        loss=lambda labels, logits: keras.ops.ones_like(logits[:, 0]),
        class_weight=[1.0, 3.0],
    )
    head.build((None, 2))
    found = head.loss_function()(np.array([0, 1, -1]), np.zeros((3, 2), "float32"))
    assert float(array(found)) == 2.0


def test_losses_that_do_not_fit_are_refused() -> None:
    probabilities = keras.losses.BinaryCrossentropy()
    with pytest.raises(DataError, match=r"takes probabilities\. Say `from_logits"):
        Flags(2, loss=probabilities)
    total = keras.losses.MeanSquaredError(reduction="sum")
    with pytest.raises(DataError, match="not their sum"):
        Regression(loss=total)
    with pytest.raises(DataError, match=r"cannot be made.*delat"):
        Regression(loss={"type": "huber", "delat": 1.0}).loss_function()


def test_a_loss_that_averages_itself_is_refused() -> None:
    mean = Regression(loss=lambda t, p: keras.ops.mean(keras.ops.square(t - p)))
    with pytest.raises(DataError, match=r"one value a row, .* Received: 'shape \(\)'"):
        loss_of(mean)


def test_a_name_is_looked_for_when_training_begins() -> None:
    head = Regression(loss="nobody>knows", name="price")
    head.build((None, 2))
    assert array(head(np.zeros((3, 2), "float32"))).shape == (3,)
    text = "output `price`: no loss is registered as `nobody>knows`. Import what holds"
    with pytest.raises(DataError, match=text):
        head.loss_function()


def test_misspelt_words_are_refused_with_a_hint() -> None:
    with pytest.raises(RecipeError, match="Did you mean `huber`"):
        Regression(loss="hubre")
    with pytest.raises(RecipeError, match=r"Regression\.loss\.type: .* `huber`"):
        Regression(loss={"type": "hubre"})


def test_messages_name_loss_and_output() -> None:
    assert given_loss(cubic, "number", "output `a`").name == (
        "output `a`: loss `cubic`"
    )
