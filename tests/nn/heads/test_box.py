from __future__ import annotations

import keras
import numpy as np
import pytest

import sensorium as sm
from sensorium.nn.encoders import MLP
from sensorium.nn.heads import Box
from sensorium.nn.places import Places
from tests.nn.samples import array


def built(**arguments):
    head = Box(**arguments)
    head.build((None, 3))
    return head


def outputs(head, factor: float = 1.0) -> np.ndarray:
    rows = np.random.default_rng(0).normal(size=(50, 3)) * factor
    return array(head(rows.astype("float32")))


@pytest.mark.parametrize("factor", [1.0, 1e3])
def test_a_box_is_never_inside_out(factor) -> None:
    head = built()
    head.adapt([300.0, 200.0], [40.0, 30.0], [90.0, 0.001])
    corners = outputs(head, factor)
    assert np.isfinite(corners).all()
    assert (corners[:, 2:] >= corners[:, :2]).all()
    sizes = built(form="center_size")
    assert (outputs(sizes, factor)[:, 2:] >= 0).all()


@pytest.mark.parametrize("size", [[40.0, 0.5], [1e-6, 500.0]])
def test_training_begins_at_the_mean_box(size) -> None:
    head = built(form="center_size")
    head.adapt([300.0, 200.0], size, [90.0, 2.0])
    head.output_layer.kernel.assign(np.zeros((3, 4), "float32"))
    middle, found = np.split(outputs(head)[0], 2)
    np.testing.assert_allclose(middle, [300.0, 200.0], rtol=1e-6)
    smallest = np.array([90.0, 2.0]) * 1e-3
    np.testing.assert_allclose(found, np.maximum(size, smallest), rtol=1e-4)


def test_statistics_that_cannot_divide_are_replaced() -> None:
    head = built()
    head.adapt([1.0, np.nan], [4.0, 0.0], [np.inf, 0.0])
    assert array(head.target_scale).tolist() == [4.0, 1.0]
    assert array(head.target_middle).tolist() == [1.0, 0.0]
    assert len(head.trainable_weights) == 2


@pytest.mark.parametrize("loss", ["smooth_l1", "giou", "sum"])
def test_both_forms_have_the_same_loss_in_all_units(loss) -> None:
    truth = np.array([[1.0, 2.0, 3.0, 3.0]], "float32")
    guess = np.array([[1.2, 1.0, 4.0, 2.5]], "float32")
    found = []
    for form in ("corners", "center_size"):
        for units in (1.0, 512.0):
            head = built(loss=loss, form=form)
            scale = np.array([1.0, 2.0]) * units
            head.adapt([0.0, 0.0], scale, scale)
            rows = [
                as_form(boxes * np.float32(units), form) for boxes in (truth, guess)
            ]
            found.append(float(array(head.loss_function()(*rows))))
    assert found == pytest.approx([found[0]] * 4, rel=1e-5)


def as_form(boxes: np.ndarray, form: str) -> np.ndarray:
    if form == "corners":
        return boxes
    first, second = boxes[:, :2], boxes[:, 2:]
    return np.concatenate([(first + second) / 2, second - first], axis=1)


def test_metrics_are_iou_and_an_error_relative_to_the_picture() -> None:
    truth = np.array([[0.0, 0, 2, 2], [np.nan, 0, 1, 1]], "float32")
    guess = np.array([[1.0, 1, 3, 3], [7.0, 7, 8, 8]], "float32")
    for size, expected in ((None, 1.0), ((10, 20), 0.075)):
        found = {}
        for metric in built(image_size=size).metric_objects():
            metric.update_state(truth, guess)
            found[metric.name] = float(array(metric.result()))
        assert found == pytest.approx({"iou": 1 / 7, "mae": expected})


def test_late_fusion_averages_boxes() -> None:
    network = sm.join(
        {"a": MLP(3), "b": MLP(3)},
        fusion=sm.fusion.Late(3),
        heads={"where": Box()},
    )
    rows = {name: np.ones((4, 2), "float32") for name in ("a", "b")}
    boxes = array(network(rows)["where"])
    assert boxes.shape == (4, 4)
    assert (boxes[:, 2:] >= boxes[:, :2]).all()


def test_a_box_made_of_places_is_never_inside_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    head = Box(image="photo", image_size=(10, 20), filters=(4,))
    head.learn_scales([(None, 4, 4, 3)])
    head.build((None, 3))
    head.adapt([10.0, 5.0], [1.0, 1.0], [3.0, 3.0])
    rows = np.random.default_rng(0).normal(size=(50, 3)).astype("float32")
    maps = [np.zeros((50, 4, 4, 3), "float32")]
    crossed = np.tile(np.array([0.5, 0.25, -0.5, -0.25], "float32"), (50, 1))
    told = keras.ops.convert_to_tensor(crossed)
    monkeypatch.setattr(Places, "__call__", lambda *_: told)
    found = array(head(rows, scales=maps))
    assert (found[:, 2:] >= found[:, :2]).all()
    # Right and left have changed places: 0.5 of the width of 20 to either side.
    assert ((found[:, 2] - found[:, 0]) > 10.0).all()
