"""Rows changed at random while training, as a function of (seed, stage, epoch, row).

Nothing is drawn from a generator with a state: every random number is a hash of a key
and of the row's position (as `sensorium.data.order` does for the order of rows), so a
run that resumes sees the very pictures that an unbroken one sees. Only whole numbers
and exact sums are used, which are equal on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from sensorium.data.hashing import Hashes, mix
from sensorium.data.order import key
from sensorium.data.source import Array
from sensorium.schema import Count, Declared, Fraction, NonNegative, Positive

SETTINGS: Mapping[str, frozenset[str]] = {
    "image": frozenset({"noise", "erase", "shift", "flip", "coarse"}),
    "signal": frozenset({"noise", "erase", "shift"}),
    "number": frozenset({"noise"}),
    "vector": frozenset({"noise"}),
    "text": frozenset({"erase"}),
}
"""The settings that each kind of input knows; kinds that are not named know none."""

_AT_ONCE = 2**15
"""Values that are changed at a time, so that what is made on the way stays in cache."""

_BELOW_ONE = 2.0**-53
_BYTES = np.uint64(0x00FF00FF00FF00FF)
_PAIRS = np.uint64(0x0000FFFF0000FFFF)
_MEAN = 510.0  # of the sum of four bytes
_DEVIATION = (4 * (256**2 - 1) / 12) ** 0.5
_UNKNOWN = 1  # a text's id of a token that is not known


class Augment(Declared):
    """How the training rows of one input are changed, anew in every epoch.

    Each row draws how strongly it is changed, from not at all up to what is set here.
    Rows that lack the input still lack it, and validation rows are never changed. What
    is done, in this order:

    - images: `coarse`, `shift`, `flip`, `noise`, `erase` (a black rectangle: Random
      Erasing, Zhong et al. 2020, section 3; in every second row, unlike there, a band
      across the picture). Pixels that a shift uncovers repeat the edge.
    - signals: `shift`, `noise` on observed steps, `erase` (a stretch of steps becomes
      unobserved). One observed step at least stays.
    - numbers and vectors: `noise`; flags of missing numbers are not touched.
    - texts: `erase` (tokens become unknown).

    Args:
        noise: Standard deviation of near-normal noise: a share of the full range for
            images, e.g. 0.2; otherwise in units of the scaled values, which are
            standard deviations where the feature scales.
        erase: Share of an image, a signal's steps or a text's tokens, in [0, 1).
        shift: Pixels in both directions, or steps.
        flip: Whether every second row is turned left to right.
        coarse: Resolution that is lost: squares of up to so many pixels a side become
            their mean; 1 loses none.
    """

    def __init__(
        self,
        noise: NonNegative = 0.0,
        erase: Fraction = 0.0,
        *,
        shift: Count = 0,
        flip: bool = False,
        coarse: Positive = 1,
    ) -> None:
        self.noise = noise
        self.erase = erase
        self.shift = shift
        self.flip = flip
        self.coarse = coarse


Place = tuple[int, str, int]
"""Seed, stage and epoch."""


class Augmentation:
    """Augments the rows of one input in batches.

    Args:
        settings: What is done.
        kind: The word for the kind of the feature, one of `SETTINGS`.
        name: The input; another one draws other numbers.
        plain: How many columns of a number are no flags; `None` is all of them.
    """

    def __init__(
        self, settings: Augment, kind: str, name: str, plain: int | None = None
    ) -> None:
        self.settings = settings
        self.name = name
        self.plain = plain
        self._change = _CHANGES[kind]

    def __call__(
        self, values: Array, present: Array | None, rows: Array, place: Place
    ) -> Array:
        """The changed values; those of rows that lack the input are the same.

        Args:
            values: The encoded rows, first axis = rows.
            present: Whether each row has the input; `None` is all.
            rows: The rows' positions in their table.
            place: Seed, stage and epoch.
        """
        if not len(rows) or values.size == 0:
            return values
        start = place_key(place, self.name)
        step = max(1, _AT_ONCE // values[0].size)
        changed = np.empty_like(values)
        for first in range(0, len(rows), step):
            part = slice(first, first + step)
            changed[part] = self._part(values[part], Draws(start, rows[part]))
        if present is not None and not present.all():
            changed[~present] = values[~present]
        return changed

    def _part(self, values: Array, draws: Draws) -> Array:
        if self.plain is None:
            return self._change(self.settings, values, draws)
        changed = values.copy()
        plain = values[:, : self.plain]
        changed[:, : self.plain] = self._change(self.settings, plain, draws)
        return changed


def place_key(place: Place, name: str) -> int:
    """What the random numbers of an input depend on, beside the row.

    Args:
        place: Seed, stage and epoch.
        name: The input.
    """
    return key(place[0], f"{place[1]}/augment/{name}", place[2])


class Draws:
    """Random numbers of rows: what is drawn for a row depends on its position only.

    Args:
        key: From `sensorium.data.order.key`.
        rows: Positions of rows.
    """

    def __init__(self, key: int, rows: Array) -> None:
        keys = mix(np.asarray(rows).astype(np.uint64) ^ np.uint64(key))
        self._keys = mix(keys + np.uint64(key))
        self._drawn = 0

    def __len__(self) -> int:
        return len(self._keys)

    def uniform(self) -> Array:
        """One number a row in [0, 1); another one at each call."""
        return self._hashes(1)[:, 0].astype(np.float64) * _BELOW_ONE

    def uniforms(self, count: int) -> Array:
        """`(rows, count)` numbers in [0, 1)."""
        return self._hashes(count).astype(np.float64) * _BELOW_ONE

    def whole(self, least: int, most: int | Array) -> Array:
        """One whole number a row, from `least` to `most`, both among them."""
        span = np.asarray(most) - least + 1
        return least + np.floor(self.uniform() * span).astype(np.int64)

    def normal(self, shape: tuple[int, ...]) -> Array:
        """Near-normal numbers `(rows, *shape)`, float32, mean 0 and deviation 1.

        Each is a sum of four random bytes; none is beyond 3.5.
        """
        count = int(np.prod(shape))
        hashes = self._raw(-(-count // 2))
        pairs = (hashes >> np.uint64(8)) & _BYTES
        hashes &= _BYTES
        hashes += pairs
        np.right_shift(hashes, np.uint64(16), out=pairs)
        hashes += pairs
        hashes &= _PAIRS
        sums = hashes.view(np.uint32)[:, :count].astype(np.float32)
        sums -= np.float32(_MEAN)
        sums *= np.float32(1 / _DEVIATION)
        return sums.reshape(len(self), *shape)

    def _hashes(self, count: int) -> Hashes:
        return self._raw(count) >> np.uint64(11)

    def _raw(self, count: int) -> Hashes:
        places = np.arange(self._drawn, self._drawn + count, dtype=np.uint64)
        self._drawn += count
        return mix(self._keys[:, None] ^ mix(places))


# --- images: (rows, height, width, channels), uint8 ---


def _image(settings: Augment, values: Array, draws: Draws) -> Array:
    if settings.coarse > 1:
        values = _coarse(values, draws.whole(1, settings.coarse))
    values = Movement.drawn(settings, draws).of(values)
    if settings.noise:
        values = _noisy_image(values, draws, settings.noise)
    if settings.erase:
        values = np.where(_boxes(values.shape, draws, settings.erase), 0, values)
    return values


def _coarse(values: Array, sides: Array) -> Array:
    """Squares of each row's side become their mean; those at the end may be smaller."""
    found = values.copy()
    for side in np.unique(sides[sides > 1]):
        chosen = sides == side
        part = values[chosen].astype(np.float32)
        for axis in (1, 2):
            starts = np.arange(0, part.shape[axis], side)
            counts = np.diff([*starts, part.shape[axis]])
            sums = np.add.reduceat(part, starts, axis=axis)
            shape = [-1 if at == axis else 1 for at in range(part.ndim)]
            means = sums / counts.reshape(shape).astype(np.float32)
            part = np.repeat(means, counts, axis=axis)
        found[chosen] = np.rint(part)
    return found


@dataclass(frozen=True)
class Movement:
    """Where the pixels of each row's picture go.

    Args:
        down: By how many lines, `(rows,)`; `None` where pictures are not shifted.
        right: By how many columns.
        turned: Whether left and right change places after that, or `None`.
    """

    down: Array | None
    right: Array | None
    turned: Array | None

    @classmethod
    def drawn(cls, settings: Augment, draws: Draws) -> Movement:
        """What a stage's settings make of rows; `coarse` was drawn before."""
        shift, down, right = settings.shift, None, None
        if shift:
            down, right = draws.whole(-shift, shift), draws.whole(-shift, shift)
        # Every second row is turned.
        turned = draws.uniform() < 0.5 if settings.flip else None
        return cls(down, right, turned)

    def of(self, values: Array, fill: int | None = None) -> Array:
        """The moved pixels `(rows, height, width, ...)`.

        Args:
            values: The pixels.
            fill: What stands where a shift uncovers pixels; `None` repeats the edge.
        """
        if self.down is not None and self.right is not None:
            values = _moved(values, self.down, self.right, fill)
        if self.turned is not None:
            turned = self.turned.reshape(-1, *[1] * (values.ndim - 1))
            values = np.where(turned, values[:, :, ::-1], values)
        return values


def _moved(values: Array, down: Array, right: Array, fill: int | None) -> Array:
    height, width = values.shape[1:3]
    line = np.arange(height) - down[:, None]
    column = np.arange(width) - right[:, None]
    lines, columns = np.clip(line, 0, height - 1), np.clip(column, 0, width - 1)
    rows = np.arange(len(values))[:, None, None]
    moved: Array = values[rows, lines[:, :, None], columns[:, None, :]]
    if fill is not None:
        outside = (line != lines)[:, :, None] | (column != columns)[:, None, :]
        moved[outside] = fill
    return moved


def _noisy_image(values: Array, draws: Draws, noise: float) -> Array:
    strength = (draws.uniform() * noise * 255).astype(np.float32)
    found = draws.normal(values.shape[1:])
    found *= strength.reshape(-1, *[1] * (values.ndim - 1))
    found += values
    np.rint(found, out=found)
    np.clip(found, 0, 255, out=found)
    return found.astype(np.uint8)


def _boxes(shape: tuple[int, ...], draws: Draws, share: float) -> Array:
    """Where a row is erased: a rectangle, or a band as wide or as high as the row."""
    area = draws.uniform() * share
    # Both ratios of the sides, 0.3 to 3.3, are as likely (the paper's range).
    ratio = 0.3 + draws.uniform() * 0.7
    lying, banded = draws.uniform(), draws.uniform() < 0.5
    short, long = np.sqrt(area * ratio), np.minimum(np.sqrt(area / ratio), 1.0)
    short, long = np.where(banded, area, short), np.where(banded, 1.0, long)
    lies = lying < 0.5
    high, wide = np.where(lies, short, long), np.where(lies, long, short)
    height, width = shape[1:3]
    inside = _stretch(height, high, draws)[:, :, None]
    across = _stretch(width, wide, draws)[:, None, :]
    return (inside & across)[..., None]


def _stretch(size: int, share: Array, draws: Draws) -> Array:
    """`(rows, size)`: a stretch of this share of the places, somewhere."""
    length = np.rint(share * size).astype(np.int64)
    start = draws.whole(0, size - length)
    places = np.arange(size)
    found: Array = (places >= start[:, None]) & (places < (start + length)[:, None])
    return found


# --- signals: (rows, steps, channels + 1), the last says what was observed ---


def _signal(settings: Augment, values: Array, draws: Draws) -> Array:
    if settings.shift:
        values = _delayed(values, draws.whole(-settings.shift, settings.shift))
    seen = values[..., -1:] > 0
    if settings.noise:
        strength = (draws.uniform() * settings.noise).astype(np.float32)
        noise = draws.normal((values.shape[1], values.shape[2] - 1))
        noise *= strength[:, None, None]
        noisy = np.where(seen, values[..., :-1] + noise, values[..., :-1])
        values = np.concatenate([noisy, values[..., -1:]], axis=-1)
    if settings.erase:
        lost = _lost_steps(seen[..., 0], draws, settings.erase)
        values = np.where(lost[..., None], 0, values)
    return values


def _delayed(values: Array, steps: Array) -> Array:
    """Each row moved; a row that would lose all that was observed stays."""
    place = np.arange(values.shape[1]) - steps[:, None]
    inside = (place >= 0) & (place < values.shape[1])
    taken = np.clip(place, 0, values.shape[1] - 1)
    moved = values[np.arange(len(values))[:, None], taken]
    moved = np.where(inside[..., None], moved, 0)
    kept: Array = np.asarray((moved[..., -1] > 0).any(axis=1))
    return np.where(kept[:, None, None], moved, values)


def _lost_steps(seen: Array, draws: Draws, share: float) -> Array:
    """A stretch between the first and the last observed step, shorter than that."""
    size = seen.shape[1]
    first = seen.argmax(axis=1)
    extent = np.maximum(size - seen[:, ::-1].argmax(axis=1) - first, 1)
    length = np.floor(draws.uniform() * share * (extent + 1)).astype(np.int64)
    length = np.minimum(length, extent - 1)
    start = first + draws.whole(0, extent - length)
    places = np.arange(size)
    found: Array = (places >= start[:, None]) & (places < (start + length)[:, None])
    return found


# --- numbers, vectors, texts ---


def _numbers(settings: Augment, values: Array, draws: Draws) -> Array:
    strength = (draws.uniform() * settings.noise).astype(np.float32)
    shape = (-1, *[1] * (values.ndim - 1))
    noisy: Array = values + draws.normal(values.shape[1:]) * strength.reshape(shape)
    return noisy


def _text(settings: Augment, values: Array, draws: Draws) -> Array:
    share = draws.uniform() * settings.erase
    flat = values.reshape(len(values), -1)
    lost = (draws.uniforms(flat.shape[1]) < share[:, None]) & (flat != 0)
    return np.where(lost, _UNKNOWN, flat).reshape(values.shape)


_CHANGES: Mapping[str, Callable[[Augment, Array, Draws], Array]] = {
    "image": _image,
    "signal": _signal,
    "number": _numbers,
    "vector": _numbers,
    "text": _text,
}
