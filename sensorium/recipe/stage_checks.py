"""Mistakes in stages and tables that would show only after hours of training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sensorium.data import document_problems, is_document
from sensorium.errors import Problem, listing, near
from sensorium.recipe.planning import TAUGHT, stages_of, steps_of
from sensorium.recipe.roles import HEAD, STAGE
from sensorium.recipe.splitting import split_problems
from sensorium.training import Parts

GROUPS = ("encoders", "heads")


def stages_problems(documents: Any, path: str) -> Iterator[Problem]:
    """Lists every mistake in stages that shows without the rest of the recipe."""
    for index, document in enumerate(documents):
        place = f"{path}.{index}"
        if not isinstance(document, Mapping):
            yield Problem(place, "expected a mapping, e.g. `{epochs: 20}`.")
            continue
        yield from STAGE.check({"type": "train", **document}, place)
        heads = document.get("heads")
        for name, head in (heads if isinstance(heads, Mapping) else {}).items():
            yield from HEAD.check(head, f"{place}.heads.{name}")


def tables_problems(documents: Any, path: str) -> Iterator[Problem]:
    """Lists every mistake in the documents of named tables."""
    for name, document in (documents or {}).items():
        place = f"{path}.{name}"
        if name == "data":
            yield Problem(place, "`data` is the recipe's own table. Rename this one.")
        if isinstance(document, str) or is_document(document):
            yield from document_problems(document, place, also=("split",))
        split = document.get("split") if is_document(document) else None
        yield from split_problems(split, f"{place}.split")


def plan_problems(data: Mapping[str, Any], *, whole: bool) -> Iterator[Problem]:
    """Lists what does not fit together.

    Args:
        data: The document, whose inputs and outputs have names.
        whole: Whether no other mistake was found; only then it can be told what
            learns.
    """
    parts = Parts(
        tuple(data["inputs"]), tuple(data["outputs"]), data.get("trunk") is not None
    )
    given = data.get("stages")
    documents = [
        {"type": "train", **item} if isinstance(item, Mapping) else {"type": ""}
        for item in (given if isinstance(given, (list, tuple)) else ())
    ]
    names = [
        *_name_problems(documents, parts, _mapping(data.get("tables"))),
        *_fit_problems(_mapping(data.get("fit")), _mapping(data.get("tables")), parts),
        *_rate_problems(data.get("modality_dropout"), parts),
    ]
    yield from names
    if whole and not names:
        inputs = {name: _mapping(item) for name, item in data["inputs"].items()}
        yield from _learning_problems(inputs, documents, parts)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _name_problems(
    documents: Sequence[Mapping[str, Any]], parts: Parts, tables: Mapping[str, Any]
) -> Iterator[Problem]:
    """Names of parts, inputs and tables that do not exist."""
    known = {
        "freeze": (*parts.every, *GROUPS),
        "learning_rate": (*parts.every, "others"),
        "inputs": parts.inputs,
        "table": tuple(tables),
    }
    for index, document in enumerate(documents):
        for argument, words in known.items():
            given = document.get(argument)
            if not isinstance(given, (str, list, tuple, Mapping)):
                continue
            for name in [given] if isinstance(given, str) else given:
                if name not in words:
                    path = f"stages.{index}.{argument}"
                    yield Problem(path, _unknown(str(name), argument, words))
        yield from _input_problems(index, document)


def _unknown(name: str, argument: str, known: Sequence[str]) -> str:
    what = {"inputs": "input", "table": "table"}.get(argument, "part")
    if not known:
        return f"there is no table `{name}`. Name it under `tables:`."
    fix = near(name, known) or f"Known: {listing([f'`{k}`' for k in known], 12)}."
    return f"there is no {what} `{name}`. {fix}"


def _input_problems(index: int, document: Mapping[str, Any]) -> Iterator[Problem]:
    given = document.get("inputs")
    if not isinstance(given, (str, list, tuple)):
        return
    if isinstance(given, str):
        text = f"expected a list of inputs. Write [{given}]."
        yield Problem(f"stages.{index}.inputs", text)
    elif len(given) < (2 if document["type"] == "align" else 1):
        text = "alignment needs two inputs or more." if given else "names no input."
        yield Problem(f"stages.{index}.inputs", text)


def _fit_problems(
    fit: Mapping[str, Any], tables: Mapping[str, Any], parts: Parts
) -> Iterator[Problem]:
    known = ["data", *tables]
    for name, wanted in fit.items():
        if name not in parts.inputs:
            yield Problem(f"fit.{name}", _unknown(name, "inputs", parts.inputs))
        for table in wanted if isinstance(wanted, (list, tuple)) else [wanted]:
            if table not in known:
                yield Problem(f"fit.{name}", _unknown(str(table), "table", known))


def _rate_problems(rates: Any, parts: Parts) -> Iterator[Problem]:
    for name in rates if isinstance(rates, Mapping) else ():
        if name not in parts.inputs:
            path = f"modality_dropout.{name}"
            yield Problem(path, _unknown(name, "inputs", parts.inputs))


def _learning_problems(
    inputs: Mapping[str, Mapping[str, Any]],
    documents: Sequence[Mapping[str, Any]],
    parts: Parts,
) -> Iterator[Problem]:
    """Stages that train nothing, and parts that no stage trains."""
    for index, stage in enumerate(stages_of(inputs, documents)):
        for step in stage.steps(parts):
            if not step.learn:
                text = "every part is frozen: this stage trains nothing."
                yield Problem(f"stages.{index}", text)
    steps = steps_of(inputs, documents, parts)
    learned = {part for step in steps for part in step.learn}
    for name in parts.every:
        if name not in learned and not _comes_taught(inputs.get(name, {})):
            where = _path(name, parts)
            yield Problem(where, _untaught(name, parts))


def _comes_taught(document: Mapping[str, Any]) -> bool:
    encoder = document.get("encoder")
    word = encoder.get("type") if isinstance(encoder, Mapping) else encoder
    return word in TAUGHT


def _path(name: str, parts: Parts) -> str:
    if name in parts.inputs:
        return f"inputs.{name}"
    return f"outputs.{name}" if name in parts.outputs else name


def _untaught(name: str, parts: Parts) -> str:
    if name in parts.inputs:
        text = "no stage trains this encoder: it stays as random as it began. "
        return text + "Take it out of `freeze`, or add a stage that trains it."
    text = f"no stage trains `{name}`. Add one at the end, e.g. "
    return text + "`- {type: lp_ft}` or `- {type: train}`."
