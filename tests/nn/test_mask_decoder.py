"""The decoder of masks."""

from __future__ import annotations

import numpy as np
import pytest

from sensorium.nn.mask_decoder import MaskDecoder, MaskStage
from tests.nn.samples import array, compiled


def maps(*shapes: tuple[int, ...], rows: int = 2) -> list[np.ndarray]:
    generator = np.random.default_rng(0)
    return [generator.normal(size=(rows, *shape)).astype("float32") for shape in shapes]


def built(size: tuple[int, int], scales: list[np.ndarray]) -> MaskDecoder:
    decoder = MaskDecoder(size, 3, (8, 4))
    decoder.build((None, 5), [(None, *scale.shape[1:]) for scale in scales])
    return decoder


VECTOR = np.random.default_rng(1).normal(size=(2, 5)).astype("float32")


@pytest.mark.parametrize(
    ("size", "shapes", "stages"),
    [
        ((16, 16), [(8, 8, 2), (4, 4, 3)], 2),
        ((15, 9), [(8, 5, 2), (4, 3, 3), (2, 2, 3)], 3),  # odd sides
        ((16, 16), [(2, 2, 3)], 3),  # one coarse map: it doubles by itself
        ((8, 8), [(16, 16, 1), (8, 8, 2), (4, 4, 3)], 2),  # a map finer than the mask
        ((13, 20), [], 3),  # no maps: from the vector alone
    ],
)
def test_any_size_comes_out_of_any_maps(size, shapes, stages) -> None:
    scales = maps(*shapes)
    decoder = built(size, scales)
    assert len(decoder.stages) == stages
    found = array(compiled(decoder)(VECTOR, scales))
    assert found.shape == (2, *size, 3) == decoder.compute_output_shape((2, 5))
    assert found.dtype == np.float32


def test_every_map_and_the_vector_are_wired() -> None:
    scales = maps((8, 8, 2), (4, 4, 3), (2, 2, 3))
    decoder = built((16, 16), scales)
    for stage in decoder.stages:  # its weights begin small
        stage.film.kernel.assign(np.ones(stage.film.kernel.shape))
    answer = compiled(decoder)
    before = array(answer(VECTOR, scales))
    for at in range(3):
        changed = [s + 3.0 * (i == at) for i, s in enumerate(scales)]
        assert np.abs(array(answer(VECTOR, changed)) - before).max() > 1e-3
    assert np.abs(array(answer(VECTOR * 2, scales)) - before).max() > 1e-3


def test_rows_do_not_see_each_other() -> None:
    scales = maps((4, 4, 2), (2, 2, 3))
    answer = compiled(built((8, 8), scales))
    whole = array(answer(VECTOR, scales))
    alone = array(answer(VECTOR[1:], [scale[1:] for scale in scales]))
    np.testing.assert_allclose(alone, whole[1:], atol=1e-5)


def test_matches_are_dot_products_with_keys_of_the_vector() -> None:
    (x,) = maps((3, 3, 4))
    stage = MaskStage(2, (3, 3))
    stage.build((None, 3, 3, 4), (None, 5))
    keys = array(stage.keys(VECTOR)).reshape(2, 8, 4)
    normed = array(stage.seen_norm(x))
    found = array(stage._matches(x, VECTOR))
    assert found.shape == (2, 3, 3, 8)
    assert found[1, 2, 0, 5] == pytest.approx(
        normed[1, 2, 0] @ keys[1, 5] / 2, rel=1e-4
    )
    stage.look.kernel.assign(np.zeros(stage.look.kernel.shape))
    stage.film.kernel.assign(np.zeros(stage.film.kernel.shape))
    expected = np.maximum(array(stage.matched(found)), 0.0)
    np.testing.assert_allclose(array(stage(x, VECTOR)), expected, atol=1e-5)


def test_film_scales_by_one_and_shifts_by_nothing_where_the_vector_is_zero() -> None:
    (x,) = maps((3, 3, 2))
    stage = MaskStage(4, (3, 3))
    stage.build((None, 3, 3, 2), (None, 5))
    stage.matched.kernel.assign(np.zeros(stage.matched.kernel.shape))
    expected = np.maximum(array(stage.norm(stage.look(x))), 0.0)
    np.testing.assert_allclose(
        array(stage(x, np.zeros((2, 5), "float32"))), expected, atol=1e-6
    )
    stage.film.kernel.assign(np.zeros((5, 8)))
    stage.film.bias.assign([1.0] * 4 + [0.5] * 4)  # gamma, beta
    expected = np.maximum(2 * array(stage.norm(stage.look(x))) + 0.5, 0.0)
    np.testing.assert_allclose(array(stage(x, VECTOR)), expected, atol=1e-5)


def test_balance_sets_what_is_said_without_knowledge() -> None:
    decoder = built((4, 4), maps((2, 2, 3)))
    decoder.balance([1.0, 2.0, -3.0])
    decoder.last.kernel.assign(np.zeros(decoder.last.kernel.shape))
    found = array(compiled(decoder)(VECTOR, maps((2, 2, 3))))
    assert (found == np.array([1.0, 2.0, -3.0])).all()
