from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.nn.fusion import Late
from sensorium.nn.heads import Box, Classification, Flags, Regression, Segmentation
from sensorium.nn.heads.base import numbers
from tests.nn.samples import array, compiled


def test_absent_labels_fit_the_outputs() -> None:
    logits = np.zeros((2, 3), "float32")
    assert array(Classification(3).absent(logits)).tolist() == [-1.0, -1.0]
    assert np.isnan(array(Regression().absent(logits[:, 0]))).tolist() == [True, True]
    assert np.isnan(array(Flags(3).absent(logits))).all()


def test_loss_carries_the_name_it_was_chosen_by() -> None:
    assert Regression(loss="huber").loss_function().name == "huber"


def test_open_sizes_are_named() -> None:
    with pytest.raises(DataError, match=r"output `tags`: `Flags` needs `num_flags`"):
        Flags(name="tags").build((None, 3))


def test_numbers_are_float64() -> None:
    assert numbers(np.ones(2, "float32")).dtype == np.float64


def test_dropout_is_before_the_last_layer() -> None:
    head = Regression(dropout=0.5)
    x = np.ones((50, 4), "float32")
    head(x)
    assert len(np.unique(array(head(x)))) == 1
    assert len(np.unique(array(head(x, training=True)))) > 1


MAPS = [np.ones((3, 4, 4, 2), "float32"), np.ones((3, 2, 2, 5), "float32")]
VECTORS = np.random.default_rng(0).normal(size=(3, 6)).astype("float32")


def looking(kind: type, **settings):
    given = {"shape": (8, 8, 2)} if kind is Segmentation else {"image_size": (8, 8)}
    return kind(image="photo", name="found", filters=(4,), **given, **settings)


@pytest.mark.parametrize("kind", [Box, Segmentation])
def test_dropout_of_heads_that_look_works_in_training_only(kind) -> None:
    found = []
    for rate in (0.0, 0.5):
        head = looking(kind, dropout=rate)
        head.learn_scales([(None, *each.shape[1:]) for each in MAPS])
        head.build((None, 6))
        random = np.random.default_rng(0)
        for variable in head.trainable_variables:  # some begin at zero
            variable.assign(random.normal(size=variable.shape))
        quiet, loud = (
            array(compiled(partial(head, scales=MAPS, training=how))(VECTORS))
            for how in (False, True)
        )
        found.append(float(np.abs(quiet - loud).max()))
    assert found[0] == 0.0
    assert found[1] > 1e-3


@pytest.mark.parametrize("kind", [Box, Segmentation])
def test_a_late_fusion_gives_heads_nothing_to_look_for(kind) -> None:
    head = looking(kind)
    head.join_members(Late().joiner("found"))
    with pytest.raises(DataError, match="output `found`: a late fusion has no vector"):
        head.build((None, 2, 6))
