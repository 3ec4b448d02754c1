from __future__ import annotations

import math

import keras
import numpy as np
import pytest
from keras import ops

from sensorium.engine import engine
from sensorium.nn.heads.domain import Domain, reversed_gradient

ROWS = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
LABELS = np.array([0, 1, 0, 1, -1, 1])


def built(**settings) -> Domain:
    head = Domain("photo", 2, units=4, name="domain", **settings)
    head.build((None, 3))
    return head


def pulled(head: Domain) -> list[np.ndarray]:
    """Gradients of the head's loss: of the encoding, then of its own weights."""
    encoding = keras.Variable(ROWS)
    loss = head.loss_function()

    def losses():
        return (loss(LABELS, head(encoding * 1.0, training=True)),), None

    weights = [encoding, *head.trainable_variables]
    found = engine().differentiate(losses, weights)
    return [ops.convert_to_numpy(g) for g in found.pull(np.ones(1, "float32"))]


def test_values_pass_and_gradients_are_reversed() -> None:
    variable = keras.Variable(ROWS)
    found = engine().differentiate(
        lambda: ((ops.sum(reversed_gradient(variable * 1.0, 0.3) ** 2),), None),
        [variable],
    )
    np.testing.assert_allclose(float(found.losses[0]), (ROWS**2).sum(), rtol=1e-5)
    (gradient,) = found.pull(np.ones(1, "float32"))
    expected = -0.3 * 2 * ROWS
    np.testing.assert_allclose(
        ops.convert_to_numpy(gradient), expected, rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("strength", [0.5, 1.0])
@pytest.mark.parametrize("done", [0, 25, 100, 300])
def test_the_encoder_goes_up_the_loss_as_the_paper_says(strength, done) -> None:
    head = built(strength=strength)
    head.all_steps = 100
    head.done.assign(done)
    share = min(done / 100, 1.0)
    factor = strength * (2 / (1 + math.exp(-10 * share)) - 1)
    own = pulled(head)
    assert float(head.done.value) == done + 1  # a step of training counts

    def plain(x):
        hidden = ops.relu(head.hidden(x))
        return ops.expand_dims(
            head.loss_function()(LABELS, head.output_layer(hidden)), 0
        )

    down = ops.convert_to_numpy(engine().input_gradients(plain, ROWS))
    np.testing.assert_allclose(own[0], -factor * down, rtol=1e-4, atol=1e-6)
    assert np.abs(own[1]).max() > 1e-4  # the head itself goes down, in full


def test_rows_without_a_label_move_nothing() -> None:
    head = built()
    head.all_steps, _ = 1, head.done.assign(1)
    assert (pulled(head)[0][4] == 0).all()


def test_predicting_counts_no_step() -> None:
    head = built()
    head(ROWS, training=False)
    assert float(head.done.value) == 0


def test_the_encoding_names_a_table() -> None:
    head = built()
    np.testing.assert_array_equal(head.decode([[2.0, 1.0], [0.0, 1.0]])["id"], [0, 1])
