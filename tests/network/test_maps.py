"""Maps of image encoders in a network."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.network import join
from sensorium.nn.encoders import MLP, Residual, Wrapped
from sensorium.nn.fusion import Concat
from sensorium.nn.heads import Classification, Segmentation
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
