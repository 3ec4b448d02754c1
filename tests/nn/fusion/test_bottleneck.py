from __future__ import annotations

import numpy as np

from sensorium.nn.fusion import Bottleneck
from tests.nn.fusion.by_hand import (
    HERE,
    attending,
    built,
    close,
    flow,
    for_every_row,
    fused,
    inputs,
    norm,
    tokens,
    weights_by_input,
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


def test_weights_by_input_follow_what_reaches_the_shared_tokens() -> None:
    fusion = built(
        Bottleneck(4, num_bottlenecks=3, num_tokens=2, num_heads=2, num_layers=2)
    )
    own, shared = tokens(fusion.tokenizer), for_every_row(fusion.shared)
    of_own = [np.tile(np.eye(4)[index], (4, 1)) for index in range(3)]
    of_shared = np.tile(np.eye(4)[3], (4, 1))
    groups, number = np.array([0, 0, 1, 1, 1]), np.maximum(HERE.sum(axis=1), 1)
    nothing = ~HERE.any(axis=1)
    for layer in range(2):
        told, of_told = np.zeros_like(shared), np.zeros((4, 4))
        for index in range(3):
            block, here = fusion.layers_of[3 * layer + index], HERE[:, index, None]
            shown = np.concatenate([np.repeat(here, 2, 1), np.ones((4, 3), bool)], 1)
            x = np.concatenate([own[index], shared], axis=1)
            parts = flow(block, x, shown, groups)
            made = parts @ np.stack([of_own[index], of_shared], axis=1)
            x, _ = attending(block, x, None, shown)
            own[index], of_own[index] = x[:, :2], made[:, 0]
            told += x[:, 2:] * here[:, :, None] / number[:, None, None]
            of_told += made[:, 1] * here / number[:, None]
        shared = np.where(nothing[:, None, None], shared, told)
        of_shared = np.where(nothing[:, None], of_shared, of_told)
    total = (of_shared[:, :3] * HERE).sum(axis=0)
    found = list(weights_by_input(fusion, inputs(), HERE).values())
    close(found, total / total.sum())
