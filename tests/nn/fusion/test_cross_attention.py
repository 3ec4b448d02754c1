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
    for layer in range(2):
        after = []
        for index in range(3):
            others = [place for place in range(3) if place != index]
            keys = np.concatenate([own[place] for place in others], axis=1)
            shown = np.repeat(HERE[:, others], 2, axis=1)
            block = fusion.layers_of[3 * layer + index]
            after.append(attending(block, own[index], keys, shown)[0])
        own = after
    pooled = [norm(fusion.final_norm, x.mean(axis=1)) for x in own]
    expected = mean_of_present(pooled)
    expected[3] = weight(fusion.nothing)
    close(fused(fusion), expected)


def test_an_input_alone_looks_at_itself() -> None:
    shapes, here = ((9,),), np.ones((4, 1), bool)
    fusion = built(CrossAttention(4, num_tokens=2, num_heads=2), shapes)
    (own,) = tokens(fusion.tokenizer, inputs(shapes))
    x, _ = attending(fusion.layers_of[0], own, own, np.ones((4, 2), bool))
    expected = norm(fusion.final_norm, x.mean(axis=1))
    close(fused(fusion, inputs(shapes), here), expected)
