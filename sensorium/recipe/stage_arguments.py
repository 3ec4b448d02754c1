"""Arguments of a stage that are right by themselves and wrong for the recipe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sensorium.errors import Problem, listing, near
from sensorium.nn.heads import RECONSTRUCTED
from sensorium.training.optimizer_documents import is_by_part

SEVERAL_RATES = ("lp_ft", "unfreeze")
"""Words of stages whose steps or layers learn at different rates."""


def argument_problems(
    documents: Sequence[Mapping[str, Any]], inputs: Mapping[str, Any]
) -> Iterator[Problem]:
    """Lists what a stage asks for and cannot be.

    Args:
        documents: The stages' documents, each with a type.
        inputs: The recipe's inputs: name -> its document.
    """
    for index, document in enumerate(documents):
        path = f"stages.{index}"
        yield from _input_problems(document, path)
        yield from _table_problems(document, path)
        yield from _rate_problems(document, path)
        yield from _adversarial_problems(document, inputs, path)
        if document["type"] == "pretrain":
            yield from _head_problems(document, path)
        if document["type"] == "autoencode":
            yield from _kind_problems(document, inputs, path)


def _input_problems(document: Mapping[str, Any], path: str) -> Iterator[Problem]:
    given = _names(document.get("inputs"))
    if given is None:
        return
    if not given:
        yield Problem(f"{path}.inputs", "names no input.")
    elif len(set(given)) < len(given):
        yield Problem(f"{path}.inputs", _twice("input", given))
    elif document["type"] == "align" and len(given) < 2:
        yield Problem(f"{path}.inputs", "alignment needs two inputs or more.")


def _table_problems(document: Mapping[str, Any], path: str) -> Iterator[Problem]:
    given = _names(document.get("table"))
    if given is None:
        return
    if not given:
        text = "names no table. Leave `table` out to learn from the recipe's `data`."
        yield Problem(f"{path}.table", text)
    elif len(set(given)) < len(given):
        yield Problem(f"{path}.table", _twice("table", given))


def _rate_problems(document: Mapping[str, Any], path: str) -> Iterator[Problem]:
    """One learning rate of an optimizer's own, where several are asked for."""
    given, rates = document.get("optimizer"), document.get("learning_rate")
    rates = rates if isinstance(rates, Mapping) else {}
    by_part: Mapping[str, Any] = {"": given}
    if isinstance(given, Mapping) and is_by_part(given):
        by_part = given
    for part, optimizer in by_part.items():
        if not isinstance(optimizer, Mapping) or optimizer.get("learning_rate") is None:
            continue
        word = document["type"]
        if rates and part in ("", *rates):
            what = f"`learning_rate` names {'another' if part else 'several'}."
        elif word in SEVERAL_RATES:
            what = f"`{word}` learns at several."
        else:
            continue
        text = f"the optimizer has one learning rate of its own, but {what}"
        fix = "Take `learning_rate` out of `optimizer`."
        place = f"{path}.optimizer.{part}" if part else f"{path}.optimizer"
        yield Problem(place, f"{text} {fix}")


def _adversarial_problems(
    document: Mapping[str, Any], inputs: Mapping[str, Any], path: str
) -> Iterator[Problem]:
    """Encoders that shall hide which table rows came from, where there is one."""
    given = document.get("adversarial")
    if not isinstance(given, Mapping) or not given:
        return
    path = f"{path}.adversarial"
    for name in given:
        if name not in inputs:
            hint = near(str(name), inputs) or f"Known: {listing(list(inputs))}."
            yield Problem(f"{path}.{name}", f"there is no input `{name}`. {hint}")
        elif not _is_taught(name, document):
            text = f"`{name}` does not learn in this stage, so it cannot hide anything."
            yield Problem(f"{path}.{name}", text)
    if len(_names(document.get("table")) or ()) < 2:
        text = "the stage learns from one table, so there is nothing to hide. Name two "
        text += "or more: `table: [data, OTHER]`, with `tables: {OTHER: ...}`."
        yield Problem(path, text)


def _is_taught(name: str, document: Mapping[str, Any]) -> bool:
    taught, frozen = (_names(document.get(word)) for word in ("inputs", "freeze"))
    held = {name, "encoders"} & set(frozen or ())
    return not held and (taught is None or name in taught)


def _head_problems(document: Mapping[str, Any], path: str) -> Iterator[Problem]:
    """Disposable heads that have no name or input of their own."""
    heads, inputs = document.get("heads"), _names(document.get("inputs")) or []
    if not isinstance(heads, Mapping):
        return
    if not heads:
        text = "names no head. Leave `heads` out to take copies of the outputs."
        yield Problem(f"{path}.heads", text)
    for name, head in heads.items():
        place = f"{path}.heads.{name}"
        if not isinstance(name, str) or not name or "/" in name:
            text = "a name must be a text without `/`. Rename it and set `column`."
            yield Problem(place, text)
        elif name in (*inputs, "fusion", "trunk"):
            text = f"`{name}` is another part. Rename it and set `column`."
            yield Problem(place, text)
        if _word(head) == "reconstruction":
            text = "an input is rebuilt by a stage of its own. Write "
            yield Problem(place, f"{text}`{{type: autoencode, inputs: [...]}}`.")


def _kind_problems(
    document: Mapping[str, Any], inputs: Mapping[str, Any], path: str
) -> Iterator[Problem]:
    for name in _names(document.get("inputs")) or ():
        text = rebuilding_problem(name, inputs.get(name))
        if text:
            yield Problem(f"{path}.inputs", text)


def rebuilding_problem(name: str, document: Any) -> str:
    """Says that an input cannot be rebuilt by its kind; empty if it can.

    Args:
        name: The input.
        document: Its document.
    """
    kind = _word(document)
    if kind is None or kind in RECONSTRUCTED:
        return ""
    known = listing([f"`{word}`" for word in RECONSTRUCTED])
    text = f"`{name}` is a {kind} input, which cannot be rebuilt. "
    return f"{text}Kinds that can: {known}."


def _names(given: Any) -> list[Any] | None:
    return list(given) if isinstance(given, (list, tuple)) else None


def _word(document: Any) -> Any:
    return document.get("type") if isinstance(document, Mapping) else document


def _twice(what: str, names: Sequence[Any]) -> str:
    twice = [f"`{name}`" for name in dict.fromkeys(names) if names.count(name) > 1]
    return f"names the {what} {listing(twice)} twice. Name it once."
