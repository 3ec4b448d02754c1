"""Mistakes in stages and tables that would show only after hours of training."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sensorium.data import document_problems, is_document
from sensorium.errors import Problem, listing, near
from sensorium.recipe.augment_checks import augment_problems
from sensorium.recipe.game_checks import game_problems
from sensorium.recipe.head_checks import head_problems
from sensorium.recipe.input_balancing import balance_problems
from sensorium.recipe.monitor_checks import monitor_problems
from sensorium.recipe.planning import (
    PART_NAMES,
    comes_taught,
    fixed_inputs,
    is_stacked,
    stages_of,
    steps_of,
)
from sensorium.recipe.roles import BALANCE, STAGE
from sensorium.recipe.splitting import split_problems
from sensorium.recipe.stack_checks import stack_problems
from sensorium.recipe.stage_arguments import argument_problems
from sensorium.training import Parts, Step
from sensorium.training.optimizer_documents import optimizer_problems

GROUPS = ("encoders", "heads")


def stages_problems(documents: Any, path: str) -> Iterator[Problem]:
    """Lists every mistake in stages that shows without the rest of the recipe."""
    for index, document in enumerate(documents):
        place = f"{path}.{index}"
        if not isinstance(document, Mapping):
            yield Problem(place, _no_mapping(document))
            continue
        for problem in STAGE.check({"type": "train", **document}, place):
            given = document.get(problem.path.rpartition(".")[2])
            listed = problem.message.startswith("expected a list.")
            fix = f" Write [{given}]." if listed and isinstance(given, str) else ""
            yield Problem(problem.path, problem.message + fix)
        if document.get("balance") is not None:
            yield from BALANCE.check(document["balance"], f"{place}.balance")
        yield from balance_problems(document, place)
        heads = document.get("heads")
        for name, head in (heads if isinstance(heads, Mapping) else {}).items():
            yield from head_problems(head, f"{place}.heads.{name}")


def _no_mapping(document: Any) -> str:
    known = isinstance(document, str) and document in STAGE.table
    example = f"{{type: {document}}}" if known else "{epochs: 20}"
    return f"expected a mapping, e.g. `{example}`."


def tables_problems(documents: Any, path: str) -> Iterator[Problem]:
    """Lists every mistake in the documents of named tables."""
    for name, document in (documents or {}).items():
        place = f"{path}.{name}"
        if name == "data":
            yield Problem(place, "`data` is the recipe's own table. Rename this one.")
        if name == "":
            yield Problem(place, "expected a name for the table, not an empty text.")
        if _is_written(document):
            yield from document_problems(document, place, also=("split",))
        split = document.get("split") if is_document(document) else None
        yield from split_problems(split, f"{place}.split")


def _is_written(document: Any) -> bool:
    """Whether a document says where a table is; else it is one, made in Python."""
    if isinstance(document, Mapping):
        paths = set(document) <= set(PART_NAMES)
        texts = all(isinstance(item, (str, Mapping)) for item in document.values())
        return is_document(document) or (texts and not paths)
    return isinstance(document, (str, bool, int, float))


def plan_problems(data: Mapping[str, Any], *, whole: bool) -> Iterator[Problem]:
    """Lists what does not fit together.

    Args:
        data: The document, whose inputs and outputs have names.
        whole: Whether no other mistake was found; only then it can be told what
            learns.
    """
    parts = Parts(
        tuple(data["inputs"]),
        tuple(data["outputs"]),
        data.get("trunk") is not None,
        is_stacked(data.get("fusion")),
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
        *_fusion_problems(_mapping(data.get("fusion")), parts),
        *augment_problems(documents, _mapping(data["inputs"])),
        *argument_problems(documents, data["inputs"]),
        *_optimizer_problems(documents, parts),
        *stack_problems(documents, data.get("fusion")),
        *game_problems(documents, _mapping(data["inputs"])),
        *_lone_problems(documents, parts),
    ]
    yield from names
    if whole and not names:
        inputs = {name: _mapping(item) for name, item in data["inputs"].items()}
        found = list(_empty_problems(inputs, documents, parts))
        yield from found or _learning_problems(inputs, documents, parts)
        yield from _unread_problems(inputs, documents, parts, _mapping(data.get("fit")))


def _lone_problems(
    documents: Sequence[Mapping[str, Any]], parts: Parts
) -> Iterator[Problem]:
    """Losses to be balanced where there is one alone."""
    for index, document in enumerate(documents):
        trained = document.get("outputs") or parts.outputs
        asked = document.get("balance") not in (None, "fixed")
        if asked and len(trained) < 2 and document["type"] not in ("pretrain", "align"):
            text = "one output is trained, so there is no other loss to balance it "
            text += "with. Take `balance` out."
            yield Problem(f"stages.{index}.balance", text)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _name_problems(
    documents: Sequence[Mapping[str, Any]], parts: Parts, tables: Mapping[str, Any]
) -> Iterator[Problem]:
    """Names of parts, inputs and tables that do not exist."""
    known = {
        "freeze": (*parts.every, *GROUPS),
        "learning_rate": (*parts.every, *GROUPS, "others"),
        "input": parts.inputs,
        "inputs": parts.inputs,
        "outputs": parts.outputs,
        "loss_weights": parts.outputs,
        "table": ("data", *tables),
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


def _optimizer_problems(
    documents: Sequence[Mapping[str, Any]], parts: Parts
) -> Iterator[Problem]:
    """Optimizers, and parts that are given one, that do not exist."""
    for index, document in enumerate(documents):
        own = _mapping(document.get("heads"))
        known = [*parts.every, *GROUPS, *own]
        path = f"stages.{index}.optimizer"
        yield from optimizer_problems(document.get("optimizer"), known, path)


def _unknown(name: str, argument: str, known: Sequence[str]) -> str:
    words = {"input": "input", "inputs": "input", "table": "table"}
    words |= dict.fromkeys(("outputs", "loss_weights"), "output")
    what = words.get(argument, "part")
    if argument == "table" and known == ("data",):
        return f"there is no table `{name}`. Name it under `tables:`."
    fix = near(name, known) or f"Known: {listing([f'`{k}`' for k in known], 12)}."
    return f"there is no {what} `{name}`. {fix}"


def _fit_problems(
    fit: Mapping[str, Any], tables: Mapping[str, Any], parts: Parts
) -> Iterator[Problem]:
    known = ("data", *tables)
    for name, wanted in fit.items():
        if name not in parts.inputs:
            yield Problem(f"fit.{name}", _unknown(name, "inputs", parts.inputs))
        if wanted in ([], ()):
            text = "names no table. Leave it out to take the first stage's."
            yield Problem(f"fit.{name}", text)
        for table in wanted if isinstance(wanted, (list, tuple)) else [wanted]:
            if table not in known:
                yield Problem(f"fit.{name}", _unknown(str(table), "table", known))


def _fusion_problems(fusion: Mapping[str, Any], parts: Parts) -> Iterator[Problem]:
    """Inputs that a fusion's arguments name."""
    for argument in ("condition", "input_weights"):
        given = fusion.get(argument)
        for name in [given] if isinstance(given, str) else _mapping(given):
            if name not in parts.inputs:
                text = _unknown(name, "inputs", parts.inputs)
                yield Problem(f"fusion.{argument}", text)


def _rate_problems(rates: Any, parts: Parts) -> Iterator[Problem]:
    for name in rates if isinstance(rates, Mapping) else ():
        if name not in parts.inputs:
            path = f"modality_dropout.{name}"
            yield Problem(path, _unknown(name, "inputs", parts.inputs))


def _empty_problems(
    inputs: Mapping[str, Mapping[str, Any]],
    documents: Sequence[Mapping[str, Any]],
    parts: Parts,
) -> Iterator[Problem]:
    """Stages that train nothing."""
    fixed = fixed_inputs(inputs)
    stages = stages_of(inputs, documents, stacked=parts.stacked)
    for index, stage in enumerate(stages):
        yield from monitor_problems(stage, parts, f"stages.{index}")
        for step in stage.steps(parts):
            if not step.learn:
                text = "every part is frozen: this stage trains nothing."
                yield Problem(f"stages.{index}", text)
            elif fixed.issuperset(step.learn):
                text = "all its encoders say `trainable: false`: it trains nothing."
                yield Problem(f"stages.{index}", text)
            elif step.objective == "distillation" and not _taught(step, fixed):
                text = "every encoder is frozen: none can be held near what it was, "
                fix = "and `alpha` does nothing. Let one learn, or write `probe`."
                yield Problem(f"stages.{index}", text + fix)


def _taught(step: Step, fixed: Collection[str]) -> set[str]:
    """The inputs whose encoder learns."""
    return set(step.inputs).intersection(step.learn).difference(fixed)


def _unread_problems(
    inputs: Mapping[str, Mapping[str, Any]],
    documents: Sequence[Mapping[str, Any]],
    parts: Parts,
    fit: Mapping[str, Any],
) -> Iterator[Problem]:
    """Tables to fit an input on, which are not read for it."""
    steps = steps_of(inputs, documents, parts)
    for name, wanted in fit.items():
        read = {table for step in steps if name in step.inputs for table in step.tables}
        for table in [wanted] if isinstance(wanted, str) else wanted:
            if table != "data" and table not in read:
                text = f"no stage learns from the table `{table}` with this input. "
                fix = "Name it under `table` of one, or fit on `data`."
                yield Problem(f"fit.{name}", text + fix)


def _learning_problems(
    inputs: Mapping[str, Mapping[str, Any]],
    documents: Sequence[Mapping[str, Any]],
    parts: Parts,
) -> Iterator[Problem]:
    """Parts that no stage trains."""
    steps = steps_of(inputs, documents, parts)
    learned = {part for step in steps for part in step.learn}
    for name in parts.every:
        if name not in learned and not comes_taught(inputs.get(name, {})):
            where = _path(name, parts)
            yield Problem(where, _untaught(name, parts))


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
