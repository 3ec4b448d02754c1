"""Guesses for columns of texts: text, category, codes, numbers, dates, flags."""

from __future__ import annotations

import polars as pl

from sensorium.features import guess_names
from sensorium.features.base import Reading
from sensorium.features.guess_numbers import guess_number
from sensorium.features.guess_profile import (
    Guess,
    Profile,
    left_out,
    profile,
    share,
    shown,
)
from sensorium.features.instants import instants
from sensorium.features.parse import MISSING_WORDS, floats

_FEW = 20
"""So many different texts, each seen again, are a category however long they are."""

_LONG = 8
"""Mean number of words from which a text tells enough without pieces of its words."""

_RARE = 0.2
"""Share of rare words from which pieces of words are read too."""

_SEPARATORS = (";", "|", ",")
_ZEROS = r"^[+-]?0\d"
_NO_NUMBER = rf"{_ZEROS}|^\+\d{{7,}}$|^[+-]?\d{{16,}}$"
"""Digits that are a code: leading zeros, a telephone number, too many for a float."""

_COMMA = r"^[-+]?\d[\d.]*,\d+$"
_ADDRESS = r"^(?i)(https?|ftp|s3|gs)://"
_UUID = r"^\{?[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}\}?$"
_CODE = r"^\S*\d\S*$"
_ISO = (
    r"^\d{4}-\d{2}-\d{2}"
    r"([T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?\s?(Z|[+-]\d{2}:?\d{2})?)?$"
)
_FORMATS: dict[str, tuple[str | None, ...]] = {
    _ISO: (None,),
    r"^\d{4}/\d{1,2}/\d{1,2}$": ("%Y/%m/%d",),
    r"^\d{1,2}\.\d{1,2}\.\d{4}$": ("%d.%m.%Y",),
    r"^\d{1,2}/\d{1,2}/\d{4}$": ("%d/%m/%Y", "%m/%d/%Y"),
    r"^\d{1,2}-\d{1,2}-\d{4}$": ("%d-%m-%Y", "%m-%d-%Y"),
    r"^[A-Z][a-z]{2} \d{1,2} \d{4}$": ("%b %d %Y",),
    r"^[A-Z][a-z]{2} \d{1,2}, \d{4}$": ("%b %d, %Y",),
    r"^\d{1,2} [A-Z][a-z]{2} \d{4}$": ("%d %b %Y",),
    r"^\d{1,2}-[A-Z][a-z]{2}-\d{4}$": ("%d-%b-%Y",),
}


def guess_text(found: Profile) -> Guess:
    """Guesses what a column of texts means.

    A text is a category when its values come back: one word at least twice, several
    words at least 20 times on average, or at most 20 different values three times.
    Names of several words that rarely come back are text and never left out.

    Args:
        found: The column; it has at least one value.
    """
    rules = (_one, _numbers, _times, _address, _identifier, _group, _flags, _category)
    for rule in rules:
        guess = rule(found)
        if guess is not None:
            return guess
    return _text(found)


def _one(found: Profile) -> Guess | None:
    if found.num_unique > 1:
        return None
    value = shown(found.present[0])
    reason = f"{value} or missing: only whether it is there can tell something"
    return Guess(found.name, "category", {}, reason)


def matches(values: pl.Series, pattern: str) -> float:
    """The share of values that fit a pattern."""
    return float(values.str.contains(pattern).mean() or 0.0)  # type: ignore[arg-type]


def _numbers(found: Profile) -> Guess | None:
    if matches(found.unique, _NO_NUMBER):
        return None
    _, faults = floats(found.unique, found.name, Reading())
    if not faults:
        read, _ = floats(found.values, found.name, Reading())
        numbers = profile(found.name, pl.Series(read))
        if not numbers.num_present:
            return None
        return _stored_as_text(guess_number(numbers))
    if matches(found.unique, _COMMA) > 0.9:
        value = shown(found.unique.filter(found.unique.str.contains(_COMMA))[0])
        reason = f"numbers with a comma such as {value}; write decimal points"
        return left_out(found.name, "unreadable", reason, "number")
    return _mixed(found, len(faults))


def _stored_as_text(guess: Guess) -> Guess:
    values = {**vars(guess), "reason": f"{guess.reason} (numbers stored as text)"}
    return Guess(**values)


def _mixed(found: Profile, faults: int) -> Guess | None:
    """Mostly numbers, but some are not: no feature would read all of it well."""
    if faults > 0.2 * found.num_unique or found.num_unique <= _FEW:
        return None
    numbers = found.unique.str.strip_chars().cast(pl.Float64, strict=False)
    odd = listed(found.unique.filter(numbers.is_null()))
    texts = f"{faults:,} texts such as {odd}" if faults > 1 else f"the text {odd}"
    reason = f"numbers, but for {texts}; leave these fields empty"
    return left_out(found.name, "unreadable", reason, "category")


def listed(values: pl.Series, limit: int = 2) -> str:
    """The first values, for a reason."""
    return ", ".join(shown(value) for value in values.head(limit).to_list())


def _times(found: Profile) -> Guess | None:
    words = found.unique.str.to_lowercase().is_in(list(MISSING_WORDS))
    texts = found.unique.filter(~words)
    for pattern, formats in _FORMATS.items():
        if len(texts) and matches(texts, pattern) == 1:
            return _dated(found, texts, formats)
    return None


def _dated(
    found: Profile, texts: pl.Series, formats: tuple[str | None, ...]
) -> Guess | None:
    """A guess that texts are dates, if the feature reads them all in some format."""
    fitting = [
        form for form in formats if not instants(texts, found.name, Reading(), form)[1]
    ]
    if not fitting:
        return None
    arguments = {"format": fitting[0]} if fitting[0] else {}
    reason = f"dates such as {listed(texts, 1)}"
    guess = Guess(found.name, "time", arguments, reason)
    if len(fitting) == 1:
        return guess
    return guess.warned("the day may stand before or after the month: check `format`")


def _address(found: Profile) -> Guess | None:
    if found.num_unique <= _FEW or matches(found.unique, _ADDRESS) < 0.9:
        return None
    reason = f"addresses such as {listed(found.unique, 1)}; nothing is downloaded"
    return left_out(found.name, "unreadable", reason, "text")


def _identifier(found: Profile) -> Guess | None:
    many = found.num_present > _FEW
    nearly_all = found.num_unique >= 0.9 * found.num_present
    named = guess_names.is_identifier(found.name) and found.all_differ
    if not (many and nearly_all and (named or _is_code(found.unique))):
        return None
    reason = f"codes that name the rows, such as {listed(found.unique, 1)}: "
    return left_out(found.name, "id", reason + found.seen(), "text")


def _group(found: Profile) -> Guess | None:
    if not guess_names.is_group(found.name) or found.num_unique < 3:
        return None
    several = _several_words(found.unique) >= 0.5
    coded = matches(found.unique, _CODE) >= 0.8
    named = coded or guess_names.is_reference(found.name)
    if several or found.repeats < 2 or not named:
        return None
    reason = f"rows of one {found.name} belong together: {found.seen()}"
    return left_out(found.name, "group", reason, "category")


def _flags(found: Profile) -> Guess | None:
    for separator in _SEPARATORS:
        counts = found.present.str.count_matches(separator, literal=True)
        joined = float((counts > 0).mean() or 0.0)  # type: ignore[arg-type]
        if joined < 0.5 or (separator == "," and counts.n_unique() == 1):
            continue
        parts = found.present.str.split(separator).explode().str.strip_chars()
        parts = parts.filter(parts != "")
        num = parts.n_unique()
        if _are_labels(parts) and num <= found.num_unique:
            text = f"{num:,} labels joined by `{separator}`, such as "
            reason = text + listed(found.unique, 1)
            return Guess(found.name, "flags", {"separator": separator}, reason)
    return None


def _are_labels(parts: pl.Series) -> bool:
    """Whether parts of texts come back and are short: labels, not prose."""
    unique = parts.unique()
    words = unique.str.count_matches(r"\s+")
    short = float(words.mean() or 0.0) <= 2  # type: ignore[arg-type]
    return bool(len(unique) > 1 and len(parts) >= 5 * len(unique) and short)


def _is_code(values: pl.Series) -> bool:
    """Whether texts are codes: digits among them, or capitals of one length."""
    length = int(values.str.len_chars().median() or 0)  # type: ignore[arg-type]
    if length <= 8 and matches(values, rf"^[A-Z\d]{{{length}}}$") >= 0.95:
        return True
    return matches(values, _CODE) >= 0.9 or matches(values, _UUID) == 1


def _several_words(values: pl.Series) -> float:
    return matches(values.head(5000), r"\S\s+\S")


def _is_long(values: pl.Series) -> bool:
    words = values.head(5000).str.count_matches(r"\S+").mean()
    return float(words or 0.0) >= _LONG  # type: ignore[arg-type]


def _category(found: Profile) -> Guess | None:
    several = _several_words(found.unique) >= 0.5
    long = _is_long(found.unique)
    often = found.repeats >= 20
    few = found.num_unique <= _FEW and found.repeats >= 3
    one_word = not several and found.repeats >= 2
    if not ((few and (often or not long)) or one_word or (often and not long)):
        return _rare_codes(found, several)
    reason = f"texts that come back {found.repeats:.0f} times each: {found.seen()}"
    zeros = matches(found.unique, _ZEROS)
    if zeros and matches(found.unique, r"^\d+$") >= 0.9:
        reason = f"codes with leading zeros, no numbers: {found.seen()}"
    guess = Guess(found.name, "category", {}, reason)
    if guess_names.is_group(found.name) or guess_names.is_reference(found.name):
        text = f"if new rows bring new values, split by `group: {found.name}`"
        return guess.warned(text)
    return guess


def _rare_codes(found: Profile, several: bool) -> Guess | None:
    if several or found.num_present <= _FEW or matches(found.unique, _CODE) < 0.9:
        return None
    reason = f"codes such as {listed(found.unique, 1)}: {found.seen()}"
    warning = "most values are seen once: it may be worth little"
    return Guess(found.name, "category", {}, reason).warned(warning)


def _text(found: Profile) -> Guess:
    words = found.unique.head(5000).str.count_matches(r"\S+")
    mean = float(words.mean() or 0.0)  # type: ignore[arg-type]
    rarely = share(found.num_unique, found.num_present)
    if mean < 1.5:
        reason = f"names that rarely come back ({rarely} differ): {found.seen()}"
    else:
        reason = f"texts of about {mean:.0f} words: {found.seen()}"
    rare = _rare_words(found.unique) if mean < _LONG else 0.0
    if rare < _RARE:
        return Guess(found.name, "text", {}, reason)
    reason += f"; {rare:.0%} of the words are rare, so pieces of them are read too"
    return Guess(found.name, "text", {"tokens": "ngrams"}, reason)


def _rare_words(values: pl.Series) -> float:
    """The share of words in texts that come less than five times."""
    words = values.head(5000).str.to_lowercase().str.extract_all(r"\w+")
    counts = words.explode().drop_nulls().value_counts(name="count")["count"]
    return int(counts.filter(counts < 5).sum()) / max(int(counts.sum()), 1)
