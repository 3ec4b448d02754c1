"""Mistakes in what stages say under `augment`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sensorium.errors import Problem, listing, near
from sensorium.schema import check_arguments, parameters_of
from sensorium.training.augmentation import SETTINGS, Augment
from sensorium.training.following import MOVING


def augment_problems(
    stages: Sequence[Mapping[str, Any]], inputs: Mapping[str, Any]
) -> Iterator[Problem]:
    """Lists inputs that no such stage has, unknown settings, and kinds that have none.

    Args:
        stages: The stages' documents.
        inputs: The inputs' documents.
    """
    for index, stage in enumerate(stages):
        given = stage.get("augment")
        for name, settings in (given if isinstance(given, Mapping) else {}).items():
            path = f"stages.{index}.augment.{name}"
            taught = stage.get("inputs")
            if name not in inputs:
                yield Problem(path, _unknown(name, inputs))
            elif isinstance(taught, (list, tuple)) and name not in taught:
                text = f"this stage does not teach `{name}`. Name it under `inputs:`."
                yield Problem(path, text)
            elif isinstance(settings, Mapping):
                yield from _setting_problems(settings, _kind(inputs[name]), path)


def moving_problems(
    stages: Any, inputs: Mapping[str, Any], outputs: Mapping[str, Any]
) -> Iterator[Problem]:
    """Lists pictures that a stage moves while boxes in them would stay.

    Args:
        stages: The stages' documents.
        inputs: The inputs' documents.
        outputs: The outputs' documents.
    """
    boxes = {name: item for name, item in outputs.items() if _kind(item) == "box"}
    for index, stage in enumerate(stages if isinstance(stages, (list, tuple)) else ()):
        given = stage.get("augment") if isinstance(stage, Mapping) else None
        moved = [
            name
            for name, settings in (given if isinstance(given, Mapping) else {}).items()
            if _kind(inputs.get(name)) == "image" and isinstance(settings, Mapping)
            if any(settings.get(word) for word in MOVING)
        ]
        for name, box in boxes.items() if moved else ():
            path = f"stages.{index}.augment.{moved[0]}"
            said = box if isinstance(box, Mapping) else {}
            text = f"`shift` and `flip` move the picture, and `{name}` stands in it. "
            if len(moved) > 1 and not said.get("image"):
                fix = f"Say which: `outputs.{name}.image`, or move one image only."
                yield Problem(path, text + fix)
            elif not said.get("image_size"):
                text += f"Say `outputs.{name}.image_size`, the pictures' height and "
                yield Problem(path, text + "width in its units; [1, 1] for shares.")


def _unknown(name: str, inputs: Mapping[str, Any]) -> str:
    known = listing([f"`{item}`" for item in inputs], 12)
    return f"there is no input `{name}`. {near(name, inputs) or f'Known: {known}.'}"


def _kind(document: Any) -> Any:
    return document.get("type") if isinstance(document, Mapping) else document


def _setting_problems(
    settings: Mapping[str, Any], kind: Any, path: str
) -> Iterator[Problem]:
    known = SETTINGS.get(kind)
    if known is None:
        kinds = listing([f"`{word}`" for word in SETTINGS], 12)
        yield Problem(path, f"a {kind} cannot be augmented. These can: {kinds}.")
        return
    _, problems = check_arguments("augment", parameters_of(Augment), settings)
    wrong = {problem.path for problem in problems}
    for problem in problems:
        yield Problem(f"{path}.{problem.path}", problem.message)
    for name in settings:
        if name not in known and name not in wrong:
            words = listing([f"`{word}`" for word in sorted(known)], 12)
            text = f"a {kind} has no `{name}`. It takes {words}."
            yield Problem(f"{path}.{name}", text)
