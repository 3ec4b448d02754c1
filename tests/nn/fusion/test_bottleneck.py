from __future__ import annotations

import numpy as np

from sensorium.nn.fusion import Bottleneck
from tests.nn.fusion.by_hand import (
    HERE,
    attending,
    built,
    close,
    for_every_row,
    fused,
    norm,
    tokens,
)


def test_inputs_meet_only_in_the_mean_of_the_shared_tokens() -> None:
    fusion = built(
        Bottleneck(4, num_bottlenecks=3, num_tokens=2, num_heads=2, num_layers=2)
    )
    own, shared = tokens(fusion.tokenizer), for_every_row(fusion.shared)
    for layer in range(2):
        told = []
        for index in range(3):
            block = fusion.layers_of[3 * layer + index]
            shown = np.concatenate(
                [np.repeat(HERE[:, [index]], 2, axis=1), np.ones((4, 3), bool)], axis=1
            )
            x = np.concatenate([own[index], shared], axis=1)
            x, _ = attending(block, x, None, shown)
            own[index] = x[:, :2]
            told.append(x[:, 2:] * HERE[:, index, None, None])
        number = HERE.sum(axis=1)[:, None, None]
        mean = sum(told) / np.maximum(number, 1)
        shared = np.where(number > 0, mean, shared)
    close(fused(fusion), norm(fusion.final_norm, shared.mean(axis=1)))
