from __future__ import annotations

import numpy as np

from sensorium.nn.fusion import Perceiver
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


def test_learned_tokens_read_the_inputs_and_then_each_other() -> None:
    fusion = built(Perceiver(4, num_latents=3, num_tokens=2, num_heads=2))
    seen = np.concatenate(tokens(fusion.tokenizer), axis=1)
    shown = np.repeat(HERE, 2, axis=1)
    x, shares = attending(fusion.reading, for_every_row(fusion.latents), seen, shown)
    x, _ = attending(fusion.blocks[0], x, None, np.ones((4, 3), bool))
    close(fused(fusion), norm(fusion.final_norm, x.mean(axis=1)))
    mean = shares.mean(axis=(0, 1, 2)).reshape(3, 2).sum(axis=1)
    found = list(fusion.weights_by_input(inputs(), HERE).values())
    close(found, mean / mean.sum())
