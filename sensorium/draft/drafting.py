"""Drafts a recipe for a table: what `sensorium init` writes.

The text is made here and not by the recipe's own writer because its comments are half
of its worth: each guess stands beside its reason, and what was left out beside the line
that puts it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from sensorium.data import Table, require_columns
from sensorium.draft.wording import comment, entry, remark, scalar, unused
from sensorium.errors import DataError, listing, sentence
from sensorium.features.guess import Guess, Sample, guess_table, look, varied
from sensorium.features.guess_corners import with_boxes
from sensorium.features.guess_leaks import Leak, find_leaks
from sensorium.features.guess_split import training_rows
from sensorium.features.guess_targets import TargetGuess, guess_target

_JOINED = {"number": "numbers", "category": "categories"}
_MANY_ROWS = 20_000
_MANY_STEPS = 4_000_000


def draft(table: Table, targets: Sequence[str], path_in_document: str) -> str:
    """Writes a commented recipe in YAML for a table.

    Numbers become one input, categories another; every text, picture, signal, vector,
    set of flags and time is an input of its own under the user's name. Nothing is
    fitted and nothing is random: the same table gives the same text.

    Args:
        table: The table.
        targets: Columns to predict, at least one; none of them is an input.
        path_in_document: The table's path as the recipe says it.

    Raises:
        DataError: A target does not exist, has no two different values or no head
            that predicts it, or no column is left as an input.
    """
    names = _checked(table, targets)
    sample = look(table)
    place = table.where, table.folder
    heads = [guess_target(name, varied(table, sample, name), *place) for name in names]
    guesses = guess_table(sample, names)
    rows = training_rows(sample.columns, guesses, names)
    leaks = find_leaks(rows, guesses, {head.column: head.head for head in heads})
    heads = with_boxes(heads, sample.columns)
    guesses = sorted(guesses, key=lambda guess: _num_groups(guess, sample))
    plan = _plan([g for g in guesses if g.column not in names], leaks, heads)
    plan = replace(plan, whole=_whole(sample))
    if not plan.inputs:
        reasons = [f"`{guess.column}` ({guess.reason})" for guess in plan.apart]
        text = f"no column can be an input for {listing([f'`{n}`' for n in names])}"
        fix = f"Left out: {listing(reasons)}." if reasons else "Add a column."
        raise DataError(sentence(table.where, text, fix=fix))
    _require_images(plan, table.where)
    parts = [
        _head(sample, plan, path_in_document),
        _split(sample, plan),
        _inputs(plan),
        _left_out(plan),
        _outputs(plan),
        _training(table.num_rows),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _require_images(plan: _Plan, where: str) -> None:
    if not plan.images and "segmentation" in {o.head for o in plan.outputs.values()}:
        text = "a mask is found in a picture, and no column holds pictures"
        raise DataError(sentence(where, text, fix="Add their paths."))


@dataclass(frozen=True)
class _Input:
    """One input of the recipe and the guesses that it is made of."""

    name: str
    guesses: tuple[Guess, ...]

    @property
    def document(self) -> dict[str, Any]:
        first = self.guesses[0]
        if len(self.guesses) > 1:
            columns: Any = [guess.column for guess in self.guesses]
            return {"type": first.kind, "columns": columns}
        document = {"type": first.kind, **first.arguments}
        if "columns" not in document and first.column != self.name:
            document["columns"] = first.column
        return document


@dataclass(frozen=True)
class _Plan:
    """Everything the text says."""

    inputs: list[_Input]
    apart: list[Guess]
    outputs: dict[str, TargetGuess]
    doubts: Mapping[str, list[str]] = field(default_factory=dict)
    leaks: list[Leak] = field(default_factory=list)
    whole: frozenset[str] = frozenset()

    @property
    def groups(self) -> list[str]:
        """Columns whose values stand for rows that belong together."""
        return [g.column for g in self.of_role("group") if g.column in self.whole]

    @property
    def images(self) -> list[str]:
        """The inputs that are pictures."""
        return [item.name for item in self.inputs if item.guesses[0].kind == "image"]

    def of_role(self, *roles: str) -> list[Guess]:
        return [guess for guess in self.apart if guess.role in roles]


def _num_groups(guess: Guess, sample: Sample) -> int:
    """Puts the groups last, the coarsest first: it keeps most rows together."""
    if guess.role != "group":
        return 0
    return pl.Series(sample.columns[guess.column]).n_unique()


def _whole(sample: Sample) -> frozenset[str]:
    """The columns that have a value in every row: the split can go by them."""
    return frozenset(
        name
        for name, column in sample.columns.items()
        if not isinstance(column, pl.Series) or not column.null_count()
    )


def _checked(table: Table, targets: Sequence[str]) -> list[str]:
    names = [targets] if isinstance(targets, str) else list(dict.fromkeys(targets))
    if not names:
        known = listing([f"`{name}`" for name in table.columns], limit=20)
        fix = f"Name one of its columns: {known}."
        raise DataError(sentence(table.where, "expected at least one target", fix=fix))
    require_columns(table, names)
    return names


def _plan(
    guesses: Sequence[Guess], leaks: Sequence[Leak], heads: Sequence[TargetGuess]
) -> _Plan:
    sure = {leak.column: leak for leak in reversed(leaks) if leak.certain}
    doubts: dict[str, list[str]] = {}
    for leak in leaks:
        if not leak.certain and leak.column not in sure:
            doubts.setdefault(leak.column, []).append(leak.reason)
    apart = [_apart(g, sure) for g in guesses if g.kind is None or g.column in sure]
    kept = [g for g in guesses if g.kind is not None and g.column not in sure]
    taken: set[str] = set()
    outputs = {_free(head.column, taken): head for head in heads}
    certain = [sure[name] for name in sure]
    return _Plan(_joined(kept, taken), apart, outputs, doubts, certain)


def _apart(guess: Guess, sure: Mapping[str, Leak]) -> Guess:
    if guess.kind is None:
        return guess
    reason = sure[guess.column].reason
    return replace(guess, kind=None, otherwise=guess.kind, reason=reason)


def _joined(guesses: Sequence[Guess], taken: set[str]) -> list[_Input]:
    """Numbers in one input, categories in one, everything else by itself."""
    together = {
        kind: [g for g in guesses if g.kind == kind and not g.arguments]
        for kind in _JOINED
    }
    inputs = [
        (_JOINED[kind] if len(several) > 1 else several[0].column, several)
        for kind, several in together.items()
        if several
    ]
    joined = {guess.column for several in together.values() for guess in several}
    inputs += [(g.column, [g]) for g in guesses if g.column not in joined]
    single = [name for name, several in inputs if len(several) == 1]
    reserved = {*taken, *single}
    return [
        _Input(_free(name, taken if len(several) == 1 else reserved), tuple(several))
        for name, several in inputs
    ]


def _free(name: str, taken: set[str]) -> str:
    """A name that the recipe allows and nothing else has yet."""
    plain = name.replace("/", "_") or "column"
    found, number = plain, 2
    while found in taken:
        found, number = f"{plain}_{number}", number + 1
    taken.add(found)
    return found


def _head(sample: Sample, plan: _Plan, path: str) -> list[str]:
    text = (
        "A draft: read it, change what is wrong, keep it. Every guess stands with its "
        f"reason; they were made on {sample}."
    )
    lines = [*comment(text)]
    notes = [(leak.column, f"{leak.reason}; left out") for leak in plan.leaks]
    notes += [(name, _some(reasons)) for name, reasons in plan.doubts.items()]
    if notes:
        lines += ["#", *comment("Look at these first: they may know the answer.")]
        lines += [line for note in notes for line in remark(*note)]
    groups = [f"`{name}`" for name in plan.groups]
    if groups and not plan.of_role("split"):
        text = (
            f"Look at `split` too: rows that share {' or '.join(groups)} may be alike, "
            "and scores too good when they stand on both sides."
        )
        lines += ["#", *comment(text)]
    return [*lines, "", f"data: {scalar(path)}"]


def _some(reasons: Sequence[str]) -> str:
    more = f"; and {len(reasons) - 3} more such columns" if len(reasons) > 3 else ""
    return "; ".join(reasons[:3]) + more


def _split(sample: Sample, plan: _Plan) -> list[str]:
    shares = {"valid": 0.1, "test": 0.2 if sample.total < _MANY_ROWS else 0.1}
    found = plan.of_role("split")
    if found:
        first = found[0]
        lines = [*comment(f"`{first.column}` {first.reason}.")]
        lines += entry("split", _filled(first, shares), "")
    else:
        text = (
            "Rows held out, each class with its share: `valid` says when to stop, "
            "`test` is for the scores alone."
        )
        lines = [*comment(text), *entry("split", shares, "")]
    for document, reason in _other_splits(plan, shares, found[1:]):
        lines += comment(f"Or, {reason}:")
        lines += unused(entry("split", document, ""))
    return lines


def _filled(guess: Guess, shares: Mapping[str, float]) -> dict[str, Any]:
    """What a column says of the split, with shares for the parts it does not give."""
    rest = {part: shares[part] for part in shares if part not in guess.arguments}
    return {**guess.arguments, **rest}


def _other_splits(
    plan: _Plan, shares: Mapping[str, float], others: Iterable[Guess]
) -> Iterator[tuple[dict[str, Any], str]]:
    for guess in [*others, *plan.of_role("fold")]:
        if guess.arguments:
            yield _filled(guess, shares), f"`{guess.column}`: {guess.reason}"
    for name in plan.groups:
        reason = f"to keep the rows of one `{name}` on one side, so that scores hold "
        yield {**shares, "group": name}, f"{reason}for new ones"
    for item in plan.inputs:
        name = item.guesses[0].column
        if item.guesses[0].kind == "time" and name in plan.whole:
            yield {**shares, "time": name}, f"to test on the latest rows by `{name}`"


def _inputs(plan: _Plan) -> list[str]:
    lines = ["inputs:"]
    for number, item in enumerate(plan.inputs):
        lines += [""] if number else []
        if len(item.guesses) > 1:
            kinds = _JOINED[str(item.guesses[0].kind)]
            lines += comment(f"{len(item.guesses)} columns of {kinds}:", "  ")
        for guess in item.guesses:
            text = _why(guess, plan.doubts.get(guess.column, ()))
            one = len(item.guesses) == 1
            lines += comment(text, "  ") if one else remark(guess.column, text, "  ")
        lines += entry(item.name, item.document, "  ")
    return lines


def _why(guess: Guess, doubts: Sequence[str]) -> str:
    warnings = [*guess.warnings, *([_some(doubts)] if doubts else [])]
    return ". Look: ".join([guess.reason, *warnings])


def _left_out(plan: _Plan) -> list[str]:
    if not plan.apart:
        return []
    lines = comment("Left out; to use one, remove the `# ` before its line:", "  ")
    taken = {item.name for item in plan.inputs} | {*plan.outputs}
    for guess in plan.apart:
        if guess.otherwise:
            item = _Input(_free(guess.column, taken), (_put_back(guess),))
            lines += unused(entry(item.name, item.document, "  "))
            lines += comment(guess.reason, "  ", "#   ")
        else:
            lines += remark(guess.column, guess.reason, "  ")
    return lines


def _put_back(guess: Guess) -> Guess:
    arguments = guess.arguments if guess.role == "input" else {}
    return replace(guess, kind=guess.otherwise, arguments=arguments)


def _outputs(plan: _Plan) -> list[str]:
    lines = ["outputs:"]
    for name, head in plan.outputs.items():
        lines += comment(". Look: ".join([head.reason, *head.warnings]), "  ")
        document: dict[str, Any] = {"type": head.head}
        if head.columns:
            document["column"] = list(head.columns)
        elif name != head.column:
            document["column"] = head.column
        document.update(_image_of(head, plan.images))
        if document.get("image") and len(plan.images) > 1:
            lines += comment("Look: does it belong to this image?", "  ")
        if head.head == "flags" and head.arguments:
            text = "the labels stand in one text: make a column of lists of them first"
            lines += comment(f"Look: {text}", "  ")
        lines += entry(name, document, "  ")
    return lines


def _image_of(head: TargetGuess, images: Sequence[str]) -> dict[str, Any]:
    """What a mask, or a box in shares of a picture, says of the image it stands in."""
    if images and "image_size" in head.arguments:
        return {"image": images[0], **head.arguments}
    several = head.head == "segmentation" and len(images) > 1
    return {"image": images[0]} if several else {}


def _training(rows: int) -> list[str]:
    epochs = max(5, min(40, _MANY_STEPS // max(rows, 1)))
    text = "Stops earlier once the rows of `valid` show no more progress."
    return [
        "fusion: {type: concat}",
        "",
        *comment(text),
        "stages:",
        f"  - {{epochs: {epochs}}}",
        "",
        "seed: 0",
    ]
