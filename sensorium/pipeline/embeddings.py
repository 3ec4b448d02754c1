"""Encodings of frozen encoders: computed once, kept on the disk, trained on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

from sensorium import __version__
from sensorium.data.newest import keep_newest
from sensorium.data.store import ArrayStore, ArrayWriter, cache_key
from sensorium.engine import engine
from sensorium.errors import DataError
from sensorium.nn.encoded import shown
from sensorium.nn.joining import PRESENT
from sensorium.pipeline.prepare import Prepared
from sensorium.training.freezing import weights_digest

FOLDER = "embeddings"
KEPT = 16
BLOCK = 256
"""Rows that are encoded at a time."""


class Embeddings:
    """What frozen encoders make of encoded rows, by part and input.

    Args:
        prepared: The encoded rows.
        folder: Where encodings are kept, under a key of the encoder's weights and
            settings, its feature and the rows; `None` keeps them in memory.
    """

    def __init__(self, prepared: Prepared, folder: Path | None) -> None:
        self._prepared = prepared
        self._folder = None if folder is None else folder / FOLDER
        self._held: dict[str, np.ndarray] = {}
        self._forward: dict[tuple[str, bool], tuple[str, Any]] = {}
        self.computed = 0
        """How many were computed and not found."""

    def of(self, part: str, name: str, encoder: Any, *, tokens: bool) -> np.ndarray:
        """The encodings of an input's rows.

        Args:
            part: Name of the rows, e.g. `train` or `photos.valid`.
            name: The input.
            encoder: Its encoder, frozen.
            tokens: Whether its tokens are wanted, as `Embedded` takes them.

        Returns:
            float32, `(rows, units)` or `(rows, tokens, units + 1)`; what stands where
            the input is absent does not count.
        """
        key = self._key(part, name, encoder, tokens)
        if key not in self._held:
            self._held[key] = self._found(key, part, name, encoder, tokens)
        return self._held[key]

    def labels(self, part: str, name: str, encoder: Any) -> np.ndarray:
        """The encodings of an input's rows, NaN where the input is absent.

        Args:
            part: Name of the rows.
            name: The input.
            encoder: Its encoder.
        """
        arrays, absent = self._prepared.parts[part], np.float32(np.nan)
        if name not in arrays:
            rows = len(next(iter(arrays.values())))
            return np.broadcast_to(absent, (rows, encoder.units))
        values = self.of(part, name, encoder, tokens=False)
        here = np.asarray(arrays[f"{name}/present"])[:, None]
        return np.where(here, values, absent)

    def _key(self, part: str, name: str, encoder: Any, tokens: bool) -> str:
        policy = encoder.dtype_policy.name
        kind = f"{type(encoder).__module__}.{type(encoder).__qualname__}"
        shape = [int(size) for size in self._prepared.parts[part][name].shape]
        backend = [keras.__version__, keras.backend.backend()]
        weights = weights_digest(encoder)
        prepared, table = self._prepared, part.rpartition(".")[0]
        rows = prepared.keys.get(table, prepared.key)
        feature = prepared.state_key(name)
        return cache_key(
            [
                *(__version__, rows, feature, part, name, kind, policy, shape),
                *(weights, tokens, str(encoder.get_config()), *backend),
            ]
        )

    def _found(
        self, key: str, part: str, name: str, encoder: Any, tokens: bool
    ) -> np.ndarray:
        place = None if self._folder is None else self._folder / key[:32]
        found = None if place is None else _opened(place)
        if found is not None:
            return found
        self.computed += 1
        blocks = self._blocks(part, name, encoder, tokens)
        if place is None:
            return np.concatenate(list(blocks))
        with ArrayWriter(place) as writer:
            for block in blocks:
                writer.append({"values": block})
        kept = [path.parent for path in place.parent.glob("*/store.json")]
        keep_newest(kept, KEPT + 2 * len(self._held))
        return ArrayStore.open(place)["values"]

    def _blocks(
        self, part: str, name: str, encoder: Any, tokens: bool
    ) -> Iterator[np.ndarray]:
        arrays = self._prepared.parts[part]
        forward = self._compiled(name, encoder, tokens)
        given = [key for key in (name, name + PRESENT) if key in arrays]
        for start in range(0, len(arrays[name]), BLOCK):
            taken = {k: np.asarray(arrays[k][start : start + BLOCK]) for k in given}
            count = len(taken[name])
            found = forward({key: _padded(array) for key, array in taken.items()})
            yield np.asarray(keras.ops.convert_to_numpy(found["values"]))[:count]

    def _compiled(self, name: str, encoder: Any, tokens: bool) -> Any:
        """The function for all parts: compiling often takes longer than encoding."""
        state = f"{id(encoder)} {weights_digest(encoder)}"
        held, forward = self._forward.get((name, tokens), ("", None))
        if held != state:
            forward = forward_of(encoder, name, tokens=tokens)
            self._forward[name, tokens] = state, forward
        return forward


class _Alone(keras.Model):
    """One encoder as a model of its own."""

    def __init__(self, encoder: Any, name: str, tokens: bool) -> None:
        super().__init__(autocast=False, name="alone")
        self.encoder = encoder
        self.input_name = name
        self.as_tokens = tokens

    def call(self, inputs: Any, training: bool | None = None) -> dict[str, Any]:
        ops, name = keras.ops, self.input_name
        values, _ = shown(inputs[name], inputs.get(name + PRESENT))
        if not self.as_tokens:
            found = self.encoder(values, training=False)
            return {"values": ops.cast(found, "float32")}
        found, mask = self.encoder.tokens(values, training=False)
        found = ops.cast(found, "float32")
        mask = ops.ones_like(found[..., 0]) if mask is None else mask
        mask = ops.cast(mask, "float32")[..., None]
        return {"values": ops.concatenate([found, mask], axis=-1)}


def forward_of(encoder: Any, name: str, *, tokens: bool) -> Any:
    """A compiled function from `{name: rows, name/present: ...}` to `{values: ...}`.

    Args:
        encoder: A built encoder.
        name: Its input.
        tokens: Whether its tokens are wanted.
    """
    model = _Alone(encoder, name, tokens)
    model.built = True  # the encoder is
    return engine().compiled_forward(model)


def _padded(array: np.ndarray) -> np.ndarray:
    """Blocks of one shape are compiled once."""
    missing = BLOCK - len(array)
    return np.concatenate([array, np.zeros((missing, *array.shape[1:]), array.dtype)])


def _opened(place: Path) -> np.ndarray | None:
    """Encodings that were kept; damaged ones are removed, to be computed anew."""
    if not ArrayStore.exists(place):
        return None
    try:
        found = ArrayStore.open(place)["values"]
    except (DataError, KeyError):
        shutil.rmtree(place, ignore_errors=True)
        return None
    place.touch()
    return found
