from __future__ import annotations

import numpy as np

from sensorium.nn.fusion import CrossAttention
from tests.nn.fusion.by_hand import (
    HERE,
    attending,
    built,
    close,
    flow,
    fused,
    inputs,
    mean_of_present,
    norm,
    tokens,
    weight,
    weights_by_input,
)


def test_the_tokens_of_each_input_look_at_those_of_the_others() -> None:
    fusion = built(CrossAttention(4, num_tokens=2, num_heads=2, num_layers=2))
    own = tokens(fusion.tokenizer)
    for block in fusion.blocks:
        after = []
        for index in range(3):
            shown = np.repeat(HERE, 2, axis=1)
            shown[:, 2 * index : 2 * index + 2] = False
            x, _ = attending(block, np.concatenate(own, axis=1), None, shown)
            after.append(x[:, 2 * index : 2 * index + 2])
        own = after
    pooled = [norm(fusion.final_norm, x.mean(axis=1)) for x in own]
    expected = mean_of_present(pooled)
    expected[3] = weight(fusion.nothing)
    close(fused(fusion), expected)


def test_an_input_alone_looks_at_itself() -> None:
    shapes, here = ((9,),), np.ones((4, 1), bool)
    fusion = built(CrossAttention(4, num_tokens=2, num_heads=2), shapes)
    (own,) = tokens(fusion.tokenizer, inputs(shapes))
    x, _ = attending(fusion.blocks[0], own, None, np.ones((4, 2), bool))
    expected = norm(fusion.final_norm, x.mean(axis=1))
    close(fused(fusion, inputs(shapes), here), expected)


def test_weights_by_input_follow_what_inputs_tell_each_other() -> None:
    fusion = built(CrossAttention(4, num_tokens=2, num_heads=2, num_layers=2))
    x, shown = np.concatenate(tokens(fusion.tokenizer), axis=1), np.repeat(HERE, 2, 1)
    owner = np.repeat(np.arange(3), 2)
    may = owner[:, None] != owner
    expected = np.eye(3)
    for block in fusion.blocks:
        expected = flow(block, x, shown, owner, may) @ expected
        x = np.concatenate(
            [
                attending(block, x, None, shown & may[2 * index])[0][
                    :, 2 * index : 2 * index + 2
                ]
                for index in range(3)
            ],
            axis=1,
        )
    total = (HERE[:, :, None] * expected).sum(axis=(0, 1))
    found = list(weights_by_input(fusion, inputs(), HERE).values())
    close(found, total / total.sum())


def test_two_inputs_are_told_apart_by_how_much_each_says() -> None:
    shapes = ((9,), (9,))
    fusion = built(CrossAttention(4, num_heads=2), shapes)
    fusion.tokenizer.projections[1].kernel.assign(np.zeros((9, 16)))
    fusion.tokenizer.projections[1].bias.assign(np.full(16, 1e-3))
    first, second = weights_by_input(fusion, inputs(shapes)).values()
    assert first > 0.6
    close(first + second, 1)


def test_tokens_that_do_not_count_add_no_weight() -> None:
    shapes = ((9,), (5, 9))
    fusion = built(CrossAttention(4, num_heads=2), shapes)
    values = inputs(shapes)
    mask = np.array([[True, True, False, False, False]] * len(HERE))
    other = np.where(mask[:, :, None], values[1], np.float32(1e3))
    masks = [None, mask]
    found = weights_by_input(fusion, values, token_masks=masks)
    assert weights_by_input(fusion, [values[0], other], token_masks=masks) == found
    assert abs(weights_by_input(fusion, values)["0"] - found["0"]) > 1e-3
