"""Which optimizer each part of a network gets, from a stage's words. No Keras."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sensorium.errors import Problem, listing, near

OPTIMIZERS = (
    "adam", "adamw", "sgd", "rmsprop", "adagrad", "adadelta", "adamax", "nadam",
    "ftrl", "lion", "lamb", "adafactor", "muon",
)  # fmt: skip

DEFAULT = "adam"
"""The optimizer of parts for which a stage names none."""


def is_by_part(given: Any) -> bool:
    """Whether a stage names an optimizer for each part, and not one for all.

    Args:
        given: What stands under `optimizer`. A mapping with `type`, or of numbers
            alone, is one optimizer.
    """
    if not isinstance(given, Mapping) or "type" in given:
        return False
    return any(_is_optimizer(value) for value in given.values())


def optimizer_of(given: Any, part: str, group: str) -> Any:
    """The optimizer of a part: its own, that of its group, or that of `others`.

    Args:
        given: What stands under `optimizer`.
        part: Name of the part.
        group: `encoders`, `heads`, or empty.
    """
    if not is_by_part(given):
        return given
    return given.get(part, given.get(group, given.get("others", DEFAULT)))


def averages_by_default(given: Any) -> bool:
    """Whether a stage's optimizer leaves it to us to keep averages.

    A Keras optimizer is taken as it is; in a word or a mapping, `use_ema: false` says
    no, and `use_ema: true` keeps averages with the momentum given there. Of several by
    part it is enough that one leaves it to us.

    Args:
        given: What the stage names.
    """
    if isinstance(given, str):
        return True
    if is_by_part(given):
        own = [averages_by_default(value) for value in given.values()]
        return any(own) or "others" not in given
    return isinstance(given, Mapping) and given.get("use_ema") is not False


def optimizer_problems(
    given: Any, parts: Sequence[str], path: str
) -> Iterator[Problem]:
    """Lists unknown parts and optimizers.

    Args:
        given: What stands under a stage's `optimizer`.
        parts: Parts and groups that it may name.
        path: Where it stands.
    """
    if not is_by_part(given):
        yield from _word_problems(given, path)
        return
    known = [*parts, "others"]
    for name, value in given.items():
        if name not in known:
            fix = near(str(name), known)
            fix = fix or f"Known: {listing([f'`{k}`' for k in known], 12)}."
            yield Problem(f"{path}.{name}", f"there is no part `{name}`. {fix}")
        elif not _is_optimizer(value):
            text = f"expected an optimizer, e.g. `{DEFAULT}`. Received: {value!r}."
            yield Problem(f"{path}.{name}", text)
        yield from _word_problems(value, f"{path}.{name}")


def _word_problems(given: Any, path: str) -> Iterator[Problem]:
    word = given.get("type", DEFAULT) if isinstance(given, Mapping) else given
    if not isinstance(word, str) or ">" in word or word.lower() in OPTIMIZERS:
        return  # what the user registered is looked for when training begins
    text = f"Keras has no optimizer `{word}`. {near(word, OPTIMIZERS)}"
    yield Problem(path, text.rstrip())


def _is_optimizer(value: Any) -> bool:
    """Whether a value can be one: a word, a mapping, or an object of Keras."""
    return value is not None and not isinstance(value, (bool, int, float))
