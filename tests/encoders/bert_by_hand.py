"""BERT as published (Devlin et al., 2018) and a mean over its tokens, in NumPy."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file


def sentence_vectors(folder: Path, ids: np.ndarray) -> np.ndarray:
    """Vectors of length 1, in float64; id 0 is padding."""
    settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    arrays = load_file(folder / "model.safetensors")
    weights = {name: array.astype("float64") for name, array in arrays.items()}
    there = ids > 0
    first = "embeddings."
    x = weights[f"{first}word_embeddings.weight"][ids]
    x = x + weights[f"{first}position_embeddings.weight"][: ids.shape[1]]
    x = x + weights[f"{first}token_type_embeddings.weight"][0]
    x = norm(x, weights, f"{first}LayerNorm", settings)
    for number in range(settings["num_hidden_layers"]):
        x = block(x, there, weights, f"encoder.layer.{number}.", settings)
    mean = (x * there[..., None]).sum(1) / there.sum(1, keepdims=True)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def block(x, there, weights, name, settings):
    heads = settings["num_attention_heads"]

    def split(part):
        found = linear(x, weights, f"{name}attention.self.{part}")
        return found.reshape(*x.shape[:2], heads, -1).transpose(0, 2, 1, 3)

    query, key, value = split("query"), split("key"), split("value")
    scores = query @ key.transpose(0, 1, 3, 2) / math.sqrt(query.shape[-1])
    scores = np.where(there[:, None, None, :], scores, -np.inf)
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    shares = shares / shares.sum(-1, keepdims=True)
    seen = (shares @ value).transpose(0, 2, 1, 3).reshape(x.shape)
    seen = linear(seen, weights, f"{name}attention.output.dense")
    x = norm(x + seen, weights, f"{name}attention.output.LayerNorm", settings)
    hidden = linear(x, weights, f"{name}intermediate.dense")
    hidden = hidden * (1 + np.vectorize(math.erf)(hidden / math.sqrt(2))) / 2
    hidden = linear(hidden, weights, f"{name}output.dense")
    return norm(x + hidden, weights, f"{name}output.LayerNorm", settings)


def linear(x, weights, name):
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def norm(x, weights, name, settings):
    center = x - x.mean(-1, keepdims=True)
    spread = np.sqrt((center**2).mean(-1, keepdims=True) + settings["layer_norm_eps"])
    return center / spread * weights[f"{name}.weight"] + weights[f"{name}.bias"]
