from __future__ import annotations

import numpy as np

from sensorium.nn.fusion import CrossAttention
from tests.nn.fusion.by_hand import (
    HERE,
    attending,
    built,
    close,
    fused,
    inputs,
    mean_of_present,
    norm,
    tokens,
    weight,
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
