from __future__ import annotations

import numpy as np

from sensorium.nn.fusion import Tokens
from tests.nn.fusion.by_hand import (
    HERE,
    attending,
    built,
    close,
    for_every_row,
    fused,
    inputs,
    norm,
    tokens,
)


def by_hand(fusion: Tokens) -> tuple[np.ndarray, np.ndarray]:
    x = np.concatenate([for_every_row(fusion.cls), *tokens(fusion.tokenizer)], axis=1)
    shown = np.concatenate([np.ones((4, 1), bool), np.repeat(HERE, 2, axis=1)], axis=1)
    shares = np.zeros(0)
    for block in fusion.blocks:
        x, shares = attending(block, x, None, shown)
    return x, shares


def test_its_own_token_is_read_after_all_blocks() -> None:
    fusion = built(Tokens(4, num_tokens=2, num_heads=2, num_layers=2))
    x, _ = by_hand(fusion)
    close(fused(fusion), np.maximum(norm(fusion.final_norm, x)[:, 0], 0))


def test_weights_by_input_are_where_its_token_looks() -> None:
    fusion = built(Tokens(4, num_tokens=2, num_heads=2, num_layers=1))
    _, shares = by_hand(fusion)
    mean = shares[:, :, 0, 1:].mean(axis=(0, 1)).reshape(3, 2).sum(axis=1)
    found = list(fusion.weights_by_input(inputs(), HERE).values())
    close(found, mean / mean.sum())
