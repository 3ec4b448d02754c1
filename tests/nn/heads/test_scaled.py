from __future__ import annotations

import numpy as np
import pytest

from sensorium.errors import RecipeError
from sensorium.nn.heads import Quantiles, Regression
from tests.nn.samples import array

every_kind = pytest.mark.parametrize("kind", [Regression, Quantiles])


def built(kind, **arguments):
    head = kind(**arguments)
    head.build((None, 3))
    return head


def learned(head) -> tuple[float, float]:
    return float(array(head.target_mean)), float(array(head.target_scale))


@every_kind
def test_what_is_learned_comes_back_in_the_users_units(kind) -> None:
    head = built(kind)
    head.adapt(100.0, 7.0)
    assert learned(head) == (100.0, 7.0)
    found = array(head.unscaled(np.array([0.0, 1.0, -2.0], "float32")))
    np.testing.assert_array_equal(found, [100.0, 107.0, 86.0])


@every_kind
def test_scale_false_keeps_the_users_units(kind) -> None:
    head = built(kind, scale=False)
    head.adapt(100.0, 7.0)
    assert learned(head) == (0.0, 1.0)


@every_kind
@pytest.mark.parametrize("scale", [0.0, np.nan, np.inf, -1.0])
def test_a_scale_that_cannot_divide_is_one(kind, scale) -> None:
    head = built(kind)
    head.adapt(3.0, scale)
    assert learned(head) == (3.0, 1.0)


@every_kind
def test_a_mean_that_is_none_is_zero(kind) -> None:
    head = built(kind)
    head.adapt(np.nan, 2.0)
    assert learned(head) == (0.0, 2.0)


@every_kind
def test_mean_and_scale_are_no_weights_to_train(kind) -> None:
    head = built(kind)
    assert len(head.trainable_weights) == 2
    names = [weight.name for weight in head.non_trainable_weights]
    assert names == ["target_mean", "target_scale"]


@every_kind
def test_a_wrong_setting_is_named(kind) -> None:
    with pytest.raises(RecipeError, match="scale: expected"):
        kind(scale="yes")
