"""Maps of image encoders in a network."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.network import join
from sensorium.nn.encoders import MLP, Residual, Wrapped
from sensorium.nn.fusion import Concat, Late
from sensorium.nn.heads import Box, Classification, Segmentation
from tests.nn.samples import QUICK, array

ROWS = 4
RNG = np.random.default_rng(0)
INPUTS = {
    "photo": RNG.integers(0, 256, (ROWS, 8, 8, 3)).astype("uint8"),
    "query": RNG.normal(size=(ROWS, 3)).astype("float32"),
}
MASKS = RNG.integers(-1, 2, (ROWS, 8, 8)).astype("int16")
LABELS = {"mask": MASKS, "kind": np.array([0, 1, -1, 0])}


def made(photo=None, **mask):
    encoders = {
        "photo": photo or Residual(6, filters=(4, 5), dropout=0.0),
        "query": MLP(4),
    }
    heads = {
        "mask": Segmentation((8, 8, 2), filters=(4,), **mask),
        "kind": Classification(2),
    }
    network = join(encoders, Concat(5, dropout=0.0), heads, seed=0)
    shapes = {"photo": ((8, 8, 3), "uint8"), "query": ((3,), "float32")}
    return network.build_from(shapes)


@pytest.fixture(scope="module")
def network():
    return made()


def answers(network, **changed):
    return {
        name: array(values)
        for name, values in network({**INPUTS, **changed}, training=False).items()
    }


def test_the_only_image_is_found(network) -> None:
    assert network.looked_at() == {"photo"}
    assert answers(network)["mask"].shape == (ROWS, 8, 8, 2)


def test_the_vector_is_the_encoders_own(network) -> None:
    scales = network.encoders["photo"].scales(INPUTS["photo"])
    shapes = network.encoders["photo"].scales_shape((None, 8, 8, 3))
    assert [scale.shape[1:] for scale in scales] == [shape[1:] for shape in shapes]
    np.testing.assert_allclose(
        array(network.encoders["photo"].from_scales(scales)),
        array(network.encoders["photo"](INPUTS["photo"])),
        rtol=1e-5,
    )


def test_both_inputs_decide_the_mask(network) -> None:
    before = answers(network)["mask"]
    other = answers(network, query=INPUTS["query"] + 3.0)["mask"]
    assert np.abs(other - before).max() > 1e-3
    assert np.abs(answers(network, photo=INPUTS["photo"] // 2)["mask"] - before).max()


def test_an_absent_image_changes_nothing_and_gives_numbers(network) -> None:
    here = {"photo/present": np.array([True, False, True, False])}
    one = answers(network, **here)["mask"]
    noise = np.where(here["photo/present"][:, None, None, None], INPUTS["photo"], 77)
    np.testing.assert_array_equal(answers(network, photo=noise, **here)["mask"], one)
    none = {name + "/present": np.zeros(ROWS, bool) for name in INPUTS}
    assert np.isfinite(answers(network, **none)["mask"]).all()


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="asks JAX for gradients")
def test_an_absent_image_gives_its_encoder_no_gradient(network) -> None:
    import jax

    def total(weights, present):
        state = [v.value for v in network.non_trainable_variables]
        inputs = {**INPUTS, "photo/present": present}
        outputs, _ = network.stateless_call(weights, state, inputs)
        return keras.ops.sum(outputs["mask"] ** 2)

    weights = [v.value for v in network.trainable_variables]
    found = jax.jit(jax.grad(total), compiler_options=QUICK)(
        weights, np.zeros(ROWS, bool)
    )
    by_path = dict(
        zip((v.path for v in network.trainable_variables), found, strict=True)
    )
    own = {path: np.abs(g).max() for path, g in by_path.items() if "photo/" in path}
    assert own
    assert max(own.values()) == 0.0


def test_it_learns_and_comes_back_from_a_file(network, tmp_path) -> None:
    network.compile("adam")
    history = network.fit(INPUTS, LABELS, epochs=2, batch_size=ROWS, verbose=0)
    assert {"mask_iou", "mask_loss"} <= set(history.history)
    network.save(tmp_path / "n.keras")
    again = keras.models.load_model(tmp_path / "n.keras")
    np.testing.assert_allclose(answers(again)["mask"], answers(network)["mask"])


def test_a_keras_model_gives_its_last_map() -> None:
    body = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, strides=4, padding="same")]
    )
    network = made(Wrapped(body))
    assert answers(network)["mask"].shape == (ROWS, 8, 8, 2)


def test_what_cannot_be_looked_at_is_refused() -> None:
    flat = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(4)]
    )
    with pytest.raises(DataError, match=r"output `mask`: .*gives no maps"):
        made(Wrapped(flat), image="photo")
    with pytest.raises(DataError, match="no image input `foto`"):
        made(image="foto")
    with pytest.raises(DataError, match="gives no maps"):
        made(image="query")


def test_masks_have_the_size_of_their_image() -> None:
    network = join({"photo": Residual(4)}, heads={"mask": Segmentation((4, 8, 2))})
    with pytest.raises(DataError, match="4 x 8 and 8 x 8"):
        network.build_from({"photo": ((8, 8, 3), "uint8")})


def boxed(fusion=None, **box):
    encoders = {"photo": Residual(6, filters=(4, 5), dropout=0.0), "query": MLP(4)}
    heads = {"box": Box(filters=(4,), **box), "kind": Classification(2)}
    fusion = fusion or Concat(5, dropout=0.0)
    network = join(encoders, fusion, heads, seed=0)
    shapes = {"photo": ((8, 8, 3), "uint8"), "query": ((3,), "float32")}
    return network.build_from(shapes)


def test_a_box_looks_at_the_image_that_it_names() -> None:
    assert boxed(image_size=(8, 8)).looked_at() == set()
    network = boxed(image="photo", image_size=(8, 8))
    assert network.looked_at() == {"photo"}
    before, expected = answers(network)["box"], np.zeros((ROWS, 4))
    network.heads["box"].extent[:] = 0.0  # nothing of the maps
    expected = answers(network)["box"]
    assert 1e-3 < np.abs(before - expected).max() <= 0.5 * 8


def test_an_absent_image_changes_no_box() -> None:
    network = boxed(image="photo", image_size=(8, 8))
    here = {"photo/present": np.array([True, False, True, False])}
    one = answers(network, **here)["box"]
    noise = np.where(here["photo/present"][:, None, None, None], INPUTS["photo"], 77)
    np.testing.assert_array_equal(answers(network, photo=noise, **here)["box"], one)


def test_a_box_that_looks_comes_back_from_a_file(tmp_path) -> None:
    network = boxed(image="photo", image_size=(8, 8), form="center_size")
    network.compile("adam")
    labels = {"box": RNG.uniform(1, 4, (ROWS, 4)).astype("float32")}
    labels["box"][1] = np.nan
    network.fit(INPUTS, labels, epochs=1, batch_size=ROWS, verbose=0)
    network.save(tmp_path / "n.keras")
    again = keras.models.load_model(tmp_path / "n.keras")
    np.testing.assert_allclose(answers(again)["box"], answers(network)["box"])


def test_what_a_box_cannot_look_at_is_refused() -> None:
    with pytest.raises(DataError, match="`image_size`"):
        boxed(image="photo")
    with pytest.raises(DataError, match="no image input `foto`"):
        boxed(image="foto", image_size=(8, 8))
    with pytest.raises(DataError, match="late fusion has no vector"):
        boxed(Late(), image="photo", image_size=(8, 8))


@pytest.mark.slow
@pytest.mark.skipif(keras.backend.backend() != "jax", reason="numbers of one backend")
def test_maps_find_a_thing_far_sooner_than_the_vector() -> None:
    random = np.random.default_rng(0)
    corner = random.integers(0, 12, (256, 2))
    photo = random.integers(0, 90, (256, 16, 16, 1)).astype("uint8")
    for row, (left, top) in enumerate(corner):
        photo[row, top : top + 4, left : left + 4] = 255
    boxes = np.concatenate([corner, corner + 4], axis=1).astype("float32")
    found = []
    for image in (None, "photo"):
        head = Box(image=image, image_size=(16, 16), filters=(16,))
        encoders = {"photo": Residual(16, filters=(8, 16), dropout=0.0)}
        network = join(encoders, heads={"box": head}, seed=0)
        network.build_from({"photo": ((16, 16, 1), "uint8")})
        network.heads["box"].adapt([8.0, 8.0], [4.0, 4.0], [3.5, 3.5])
        network.compile(keras.optimizers.Adam(3e-3))
        kept = {"batch_size": 16, "verbose": 0, "shuffle": False}
        network.fit({"photo": photo}, {"box": boxes}, epochs=6, **kept)
        guess = array(network({"photo": photo})["box"])
        found.append(float(np.abs(guess - boxes).mean()))
    assert found[1] < 0.5 * found[0]
