"""`join`: encoders, fusion and heads as one Keras model."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from sensorium.errors import RecipeError
from sensorium.network.model import Network
from sensorium.nn.fusion.base import Fusion
from sensorium.nn.fusion.concat import ConcatFusion
from sensorium.nn.heads.base import Head
from sensorium.nn.joining import join_problems
from sensorium.nn.parts import as_encoder, fresh


def join(
    encoders: Mapping[str, Any],
    fusion: Fusion | None = None,
    heads: Mapping[str, Head] | None = None,
    trunk: Any = None,
    name: str = "network",
    seed: int | None = None,
    modality_dropout: float | Mapping[str, float] = 0.0,
) -> Network:
    """Joins encoders, a fusion and heads into one Keras model.

    Sensorium's own layers are descriptions: each is copied, so that two networks made
    from the same ones share no weights. A Keras model or layer, and a layer of ours
    that has weights already, is used as it is and keeps its weights.

    Args:
        encoders: An encoder, or any Keras model or layer, for each input by name.
        fusion: How the encoded inputs are joined; by default `Concat()`.
        heads: A head for each output by name.
        trunk: A layer between fusion and heads, e.g. `Trunk()`; by default none.
        name: Name of the model.
        seed: Decides the first weights; by default Python's `random` does, so that
            `keras.utils.set_random_seed` decides them. A part's weights depend on the
            seed and its name only, not on the other parts.
        modality_dropout: Share of rows, in [0, 1), for which an input is treated as
            absent in training, for all inputs or by name; see `InputDropout`.

    Raises:
        RecipeError: If names or layers cannot be joined; lists every mistake.
    """
    heads = heads or {}
    problems = join_problems(encoders, fusion, heads, modality_dropout)
    if problems:
        raise RecipeError(problems)
    return Network(
        {key: as_encoder(layer, key) for key, layer in encoders.items()},
        fresh(fusion or ConcatFusion(), "fusion"),
        {key: fresh(head, key) for key, head in heads.items()},
        None if trunk is None else fresh(trunk, "trunk"),
        name=name,
        seed=random.getrandbits(31) if seed is None else seed,
        modality_dropout=modality_dropout,
    )
