"""Every mistake in a recipe's document, found without Keras and without training."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sensorium.errors import Problem, listing, near
from sensorium.features.box import ENDS
from sensorium.nn.heads import TARGETS
from sensorium.recipe.augment_checks import moving_problems
from sensorium.recipe.encoder_files import refit_problems
from sensorium.recipe.head_checks import head_problems
from sensorium.recipe.masks import mask_problems
from sensorium.recipe.roles import ENCODER, FEATURE, FUSION, TRUNK
from sensorium.recipe.splitting import split_problems
from sensorium.recipe.stage_arguments import rebuilding_problem
from sensorium.recipe.stage_checks import (
    plan_problems,
    stages_problems,
    tables_problems,
)
from sensorium.schema import Parameter, Role, check_arguments


def document_problems(
    data: Mapping[str, Any], parameters: Mapping[str, Parameter]
) -> list[Problem]:
    """Lists every mistake in a recipe's plain data, in the order of its keys.

    Args:
        data: The document.
        parameters: What a recipe's constructor takes.
    """
    given = {key: value for key, value in data.items() if key != "data"}
    _, problems = check_arguments("recipe", parameters, {"data": "", **given})
    if "data" not in data:
        problems.insert(0, Problem("data", "`recipe` needs this argument."))
    wrong = {problem.path for problem in problems}
    for part, check in _PARTS.items():
        if part in data and part not in wrong:
            problems.extend(check(data[part], part))
    if not wrong & {"inputs", "outputs"}:
        problems.extend(_name_problems(data["inputs"], data["outputs"]))
        problems.extend(_source_problems(data["inputs"], data["outputs"]))
        fusion = data.get("fusion", "concat")
        problems.extend(mask_problems(data["inputs"], data["outputs"], fusion))
        parts = (data["inputs"], data["outputs"])
        problems.extend(moving_problems(data.get("stages"), *parts))
        fit = data.get("fit")
        tables = fit if isinstance(fit, Mapping) else {}
        problems.extend(refit_problems(data["inputs"], tables))
        problems.extend(plan_problems(data, whole=not problems))
    return problems


def _inputs(documents: Mapping[str, Any], path: str) -> Iterator[Problem]:
    if not documents:
        yield Problem(path, "expected at least one input.")
    for name, document in documents.items():
        place = f"{path}.{name}"
        yield from FEATURE.check(document, place)
        yield from _needless(document, place)
        encoder = document.get("encoder") if isinstance(document, Mapping) else None
        if encoder is not None:
            yield from ENCODER.check(encoder, f"{place}.encoder")


def _needless(document: Any, place: str) -> Iterator[Problem]:
    """Arguments that count for labels only."""
    given = document if isinstance(document, Mapping) else {}
    for argument in _OF_LABELS.get(str(given.get("type")), ()):
        if given.get(argument) is not None:
            text = "says nothing of an input, only of labels. Take it out."
            yield Problem(f"{place}.{argument}", text)


def _outputs(documents: Mapping[str, Any], path: str) -> Iterator[Problem]:
    if not documents:
        yield Problem(path, "expected at least one output.")
    for name, document in documents.items():
        yield from head_problems(document, f"{path}.{name}")


def _one_of(role: Role) -> Any:
    return lambda document, path: role.check(document, path)


def _trunk(document: Any, path: str) -> Iterator[Problem]:
    if document is not None:
        given = document if isinstance(document, Mapping) else {"": document}
        yield from TRUNK.check({"type": "trunk", **given}, path)


_PARTS: dict[str, Any] = {
    "inputs": _inputs,
    "outputs": _outputs,
    "fusion": _one_of(FUSION),
    "trunk": _trunk,
    "stages": stages_problems,
    "tables": tables_problems,
    "split": split_problems,
}


RESERVED = ("fusion", "trunk", "encoders", "heads", "others")
"""Words for parts of every network, in `freeze` and `learning_rate` of stages."""

_OF_LABELS = {"category": ("order",), "box": ("image_size",)}

_COLUMN = {"inputs": "columns", "outputs": "column"}


def _name_problems(
    inputs: Mapping[Any, Any], outputs: Mapping[Any, Any]
) -> Iterator[Problem]:
    for part, names in (("inputs", inputs), ("outputs", outputs)):
        for name in names:
            if not isinstance(name, str) or not name or "/" in name:
                text = "a name must be a text without `/`. Rename it and set `columns`."
                yield Problem(f"{part}.{name}", text)
            elif name in RESERVED:
                text = f"`{name}` is what stages call parts of the network. "
                text += f"Give it another name and set `{_COLUMN[part]}`."
                yield Problem(f"{part}.{name}", text)
    for name in outputs:
        if name in inputs:
            text = f"`{name}` is an input too. Give one of them another name."
            yield Problem(f"outputs.{name}", text)
        elif isinstance(name, str) and _is_taken(name, outputs):
            text = f"`{name}` is the name of another column of the predictions. "
            text += "Give it another name and set `column`."
            yield Problem(f"outputs.{name}", text)


def _source_problems(
    inputs: Mapping[Any, Any], outputs: Mapping[Any, Any]
) -> Iterator[Problem]:
    """Inputs that outputs read, or are made of, and that are not there."""
    known = [str(name) for name in inputs]
    for name, document in outputs.items():
        for argument in ("reads", "of"):
            wanted = document.get(argument) if isinstance(document, Mapping) else None
            if isinstance(wanted, str) and wanted not in inputs:
                fix = near(wanted, known) or f"Known: {listing(_quoted(known), 12)}."
                text = f"there is no input `{wanted}`. {fix}"
                yield Problem(f"outputs.{name}.{argument}", text)
            elif isinstance(wanted, str) and argument == "of":
                text = rebuilding_problem(wanted, inputs[wanted])
                yield from [Problem(f"outputs.{name}.of", text)] if text else ()


def _quoted(names: Sequence[str]) -> list[str]:
    return [f"`{name}`" for name in names]


def _is_taken(name: str, outputs: Mapping[Any, Any]) -> bool:
    words = {
        k: str(v.get("type") if isinstance(v, Mapping) else v)
        for k, v in outputs.items()
    }
    others = [key for key, word in words.items() if TARGETS.get(word) != "number"]
    columns = tuple(f"{other}_probability" for other in others)
    starts = tuple(f"{column}_" for column in columns)
    boxes = [key for key, word in words.items() if word == "box"]
    ends = {f"{box}_{end}" for box in boxes for form in ENDS.values() for end in form}
    middles = [key for key, word in words.items() if word == "quantiles"]
    quantiles = any(_is_quantile(name, f"{middle}_") for middle in middles)
    return quantiles or name in {"error", *columns, *ends} or name.startswith(starts)


def _is_quantile(name: str, start: str) -> bool:
    return bool(re.fullmatch(re.escape(start) + r"q[\d.]+", name))
