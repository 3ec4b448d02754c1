"""Gradients and steps of the backend in use; the numbers are worked out by hand."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from sensorium.engine import engine


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_gradients_of_any_weighted_sum() -> None:
    a, b = keras.Variable([1.0, 2.0]), keras.Variable(3.0)
    times = []

    def losses():
        times.append(1)
        return (ops.sum(a**2), ops.sum(a) * b), {"out": a + 1.0}

    found = engine().differentiate(losses, [a, b])
    np.testing.assert_allclose(array(found.losses), [5.0, 9.0])
    np.testing.assert_allclose(array(found.extra["out"]), [2.0, 3.0])
    first = found.pull(np.array([1.0, 0.0], "float32"))
    np.testing.assert_allclose(array(first[0]), [2.0, 4.0])
    np.testing.assert_allclose(array(first[1]), 0.0)
    both = found.pull(ops.convert_to_tensor([2.0, 10.0]))
    np.testing.assert_allclose(array(both[0]), [34.0, 38.0])
    np.testing.assert_allclose(array(both[1]), 30.0)
    assert times == [1]


def test_gradients_of_looked_up_rows() -> None:
    table = keras.Variable(np.ones((3, 2), "float32"))
    unused = keras.Variable([1.0])

    def losses():
        return (ops.sum(ops.take(table, np.array([0, 2, 2]), axis=0)),), None

    found = engine().differentiate(losses, [table, unused])
    looked_up, none = found.pull(np.ones(1, "float32"))
    np.testing.assert_allclose(array(looked_up), [[1, 1], [0, 0], [2, 2]])
    np.testing.assert_allclose(array(none), [0.0])


def test_other_variables_change_once() -> None:
    weight = keras.Variable(2.0)
    count = keras.Variable(0.0, trainable=False)

    def losses():
        count.assign_add(1.0)
        return (weight * count,), None

    found = engine().differentiate(losses, [weight])
    np.testing.assert_allclose(array(found.pull(np.ones(1, "float32"))[0]), 1.0)
    found.pull(np.ones(1, "float32"))
    assert float(array(count.value)) == 1.0


def test_gradients_that_can_be_differentiated_again() -> None:
    weight = keras.Variable(3.0)
    inputs = ops.convert_to_tensor([[1.0, 2.0]])

    def losses():
        slope = engine().input_gradients(lambda x: weight * ops.square(x), inputs)
        return (ops.sum(slope),), slope

    found = engine().differentiate(losses, [weight])
    np.testing.assert_allclose(array(found.extra), [[6.0, 12.0]])
    np.testing.assert_allclose(array(found.pull(np.ones(1, "float32"))[0]), 6.0)


class Twice(keras.Model):
    """Its step takes the plain gradient times two."""

    def __init__(self) -> None:
        super().__init__()
        self.normal = keras.layers.BatchNormalization()
        self.out = keras.layers.Dense(1, kernel_initializer="zeros")

    def call(self, inputs, training=None):
        return self.out(self.normal(inputs, training=training))

    def train_step(self, *arguments):
        return engine().train_step(self, self.step, *arguments)

    def step(self, data):
        x, y = data

        def losses():
            outputs = self(x, training=True)
            return (self.compute_loss(x, y, outputs),), outputs

        variables = self.trainable_variables
        found = engine().differentiate(losses, variables)
        engine().apply(self.optimizer, found.pull(ops.full((1,), 2.0)), variables)
        self._loss_tracker.update_state(found.losses[0])
        return self.compute_metrics(x, y, found.extra)


def test_a_step_changes_what_a_step_of_keras_changes() -> None:
    x = np.array([[1.0], [2.0], [3.0], [6.0]], "float32")
    model = Twice()
    model.compile(keras.optimizers.SGD(0.1), "mse", metrics=["mae"])
    logs = model.fit(x, x, batch_size=4, epochs=1, verbose=0).history
    plain = keras.Sequential(
        [
            keras.layers.BatchNormalization(),
            keras.layers.Dense(1, kernel_initializer="zeros"),
        ]
    )
    plain.compile(keras.optimizers.SGD(0.2), "mse")
    plain.fit(x, x, batch_size=4, epochs=1, verbose=0)
    np.testing.assert_allclose(logs["loss"], [12.5])
    np.testing.assert_allclose(logs["mae"], [3.0])
    assert int(array(model.optimizer.iterations)) == 1
    for ours, theirs in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    assert np.abs(model.get_weights()[0]).sum() > 0
