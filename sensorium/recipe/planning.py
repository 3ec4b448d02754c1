"""Which steps a recipe takes, and what each of its tables is read for."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sensorium.data import Table, is_document, read_document
from sensorium.errors import Problem, RecipeError, listing
from sensorium.features import Feature
from sensorium.nn.heads import TARGET_ARGUMENTS, TARGETS
from sensorium.recipe.columns import table_problems
from sensorium.recipe.roles import FEATURE, STAGE
from sensorium.recipe.splitting import DEFAULT
from sensorium.training import Parts, Stage, Step

if TYPE_CHECKING:
    from sensorium.recipe.declaration import Recipe

MAIN = ""
"""What the recipe's `data` is called among its tables."""

SPLIT = {"valid": 0.1}
"""How a named table is divided: nothing of it is tested on."""

PART_NAMES = ("train", "valid", "test")
"""What the parts of a table are called."""

TAUGHT = ("saved", "run")
"""Words of encoders that come with weights."""


@dataclass(frozen=True)
class TablePlan:
    """What a table is read for.

    Args:
        name: Its name in the recipe; empty for `data`.
        document: Where it comes from.
        split: How it is divided.
        inputs: The inputs that steps compute from it.
        labels: The feature of each label that steps learn from it. A recipe's output
            has its own name, a disposable head `<step>:<head>`.
        required: Names of inputs and labels that it must have.
        path: Where it stands in the recipe, for messages.
        weights: Label -> the column of its sample weights, where it has one.
    """

    name: str
    document: Any
    split: Mapping[str, Any]
    inputs: dict[str, Feature]
    labels: dict[str, Feature]
    required: frozenset[str]
    path: str
    weights: Mapping[str, str] = field(default_factory=dict)

    def tables(self, folder: Path) -> dict[str, Table]:
        """Opens the table: under an empty name, or its parts by theirs.

        Args:
            folder: The recipe's folder, where paths begin.

        Raises:
            DataError: If one cannot be read.
        """
        document = self.document
        found = document if are_parts(document) else {"": document}
        return {part: _opened(source, folder) for part, source in found.items()}

    def available(self, columns: Mapping[str, Any], where: str) -> TablePlan:
        """The plan without the inputs and labels that the table lacks.

        Args:
            columns: Column -> Polars dtype.
            where: How messages call the table.

        Raises:
            RecipeError: If something required is missing; all are named.
        """
        problems = list(self.problems(columns, where))
        if problems:
            raise RecipeError(problems)
        labels = _there(self.labels, columns)
        return dataclasses.replace(
            self,
            inputs=_there(self.inputs, columns),
            labels=labels,
            weights={n: c for n, c in self.weights.items() if n in labels},
        )

    def problems(self, columns: Mapping[str, Any], where: str) -> Iterator[Problem]:
        """Names every column that the table must have and lacks."""
        needed = {n: f for n, f in self.features().items() if n in self.required}
        sources = ((self.path, c) for n, f in needed.items() for c in f.sources(n))
        yield from table_problems(dict.fromkeys(sources), columns, where)
        labels = _there(self.labels, columns)
        weights = ((self.path, c) for n, c in self.weights.items() if n in labels)
        yield from table_problems(dict.fromkeys(weights), columns, where)
        for kind, found in (("inputs", self.inputs), ("outputs", self.labels)):
            if found and not _there(found, columns):
                names = [f"`{c}`" for n, f in found.items() for c in f.sources(n)]
                text = f"{where} has none of the recipe's {kind}. It needs one of "
                yield Problem(self.path, f"{text}{listing(names, 12)}.")

    def features(self) -> dict[str, Feature]:
        """Inputs and labels together."""
        return {**self.inputs, **self.labels}


def are_parts(document: Any) -> bool:
    """Whether a table's document names one for each part.

    Args:
        document: Where the table comes from.
    """
    if not isinstance(document, Mapping):
        return False
    return set(document) <= set(PART_NAMES) and "train" in document


def _opened(source: Any, folder: Path) -> Table:
    if isinstance(source, Table):
        return source
    return read_document(source, folder, also=("split",))


def _there(features: Mapping[str, Feature], columns: Collection[str]) -> Any:
    return {
        name: feature
        for name, feature in features.items()
        if all(column in columns for column in feature.sources(name))
    }


def stages_of(
    inputs: Mapping[str, Mapping[str, Any]],
    stages: Sequence[Any],
    *,
    stacked: bool = False,
) -> list[Stage]:
    """The stages as objects; where none is named, the one that suits the encoders.

    Encoders that come with weights are probed first and then fine-tuned (`lp_ft`);
    where others stand beside them, these learn in the first part too. Without taught
    encoders all is trained together. A fusion that is stacked is taught by `stack`, and
    taught encoders are frozen.

    Args:
        inputs: The inputs' documents.
        stages: The stages' documents.
        stacked: Whether the fusion learns its weights in a stage `stack`.
    """
    documents = stages or _default_stages(inputs, stacked)
    return [STAGE.build(item) for item in documents]


def is_stacked(fusion: Any) -> bool:
    """Whether a fusion learns its weights in a stage `stack`.

    Args:
        fusion: Its document.
    """
    given = fusion if isinstance(fusion, Mapping) else {}
    return given.get("type") == "late" and given.get("mode") == "stacking"


def _default_stages(
    inputs: Mapping[str, Mapping[str, Any]], stacked: bool
) -> list[dict[str, Any]]:
    taught = [name for name, given in inputs.items() if comes_taught(given)]
    if stacked:
        return [{"type": "stack", "freeze": taught}]
    if not taught:
        return [{"type": "train"}]
    if len(taught) == len(inputs):
        return [{"type": "lp_ft"}]
    return [{"type": "train", "freeze": taught}, {"type": "finetune"}]


def fixed_inputs(inputs: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Inputs whose encoder's document says `trainable: false`.

    Args:
        inputs: The inputs' documents.
    """
    encoders = {name: given.get("encoder") for name, given in inputs.items()}
    return {
        name
        for name, document in encoders.items()
        if isinstance(document, Mapping) and document.get("trainable") is False
    }


def steps_of(
    inputs: Mapping[str, Mapping[str, Any]], stages: Sequence[Any], parts: Parts
) -> list[Step]:
    """All steps of all stages, in order, each with a name of its own.

    Args:
        inputs: The inputs' documents.
        stages: The stages' documents.
        parts: The network's parts.
    """
    fixed = fixed_inputs(inputs)
    found = [
        dataclasses.replace(step, learn=_without(step.learn, fixed))
        for stage in stages_of(inputs, stages, stacked=parts.stacked)
        for step in stage.steps(parts)
    ]
    names: set[str] = set()
    for place, step in enumerate(found):
        name, number = step.name, 2
        while name in names:
            name, number = f"{step.name} {number}", number + 1
        names.add(name)
        found[place] = dataclasses.replace(step, name=name)
    return found


def table_plans(recipe: Recipe) -> list[TablePlan]:
    """The recipe's `data` first, then every other table that a step learns from."""
    steps = recipe.steps()
    named = dict.fromkeys(t for step in steps for t in step.tables if t is not None)
    return [_plan(recipe, MAIN, steps), *(_plan(recipe, name, steps) for name in named)]


def label_names(step: Step) -> dict[str, str]:
    """What the labels of a step's heads are called among those of a table.

    Heads that make labels of their input have none.
    """
    own = {
        name: f"{step.name}:{name}"
        for name, document in step.heads.items()
        if document["type"] in TARGETS
    }
    return {**{name: name for name in step.outputs}, **own}


def copied_heads(recipe: Recipe, step: Step) -> dict[str, tuple[str, dict[str, Any]]]:
    """Disposable copies of outputs: name -> the output, and the head's document.

    An output that is made of another input, or looks at a picture that the step does
    not compute, has no copy.

    Args:
        recipe: The document.
        step: The step.
    """
    return {
        (output if len(step.inputs) == 1 else f"{output}_{name}"): (
            output,
            {**recipe.outputs[output], "reads": name},
        )
        for name in step.inputs
        for output in step.copied
        if recipe.outputs[output].get("of") in (None, name)
        and recipe.outputs[output].get("image") in (None, *step.inputs)
    }


def fitted_on(recipe: Recipe, plans: Sequence[TablePlan]) -> dict[str, list[str]]:
    """The tables whose training rows fit each input.

    These are the tables that `fit` names, else those of the first step that computes
    the input from a table that has it: what taught an encoder stays with it.

    Args:
        recipe: The document.
        plans: What its tables have.
    """
    held = {plan.name: plan for plan in plans}
    found: dict[str, list[str]] = {}
    for name in recipe.inputs:
        wanted = recipe.fit.get(name)
        if wanted is not None:
            given = [wanted] if isinstance(wanted, str) else list(wanted)
            found[name] = [MAIN if table == "data" else table for table in given]
            continue
        first = [
            [t or MAIN for t in step.tables if name in held[t or MAIN].inputs]
            for step in recipe.steps()
            if name in step.inputs
        ]
        found[name] = next((tables for tables in first if tables), [MAIN])
    return found


def _plan(recipe: Recipe, name: str, steps: Sequence[Step]) -> TablePlan:
    main = name == MAIN
    document = recipe.data if main else recipe.tables[name]
    split = None
    if not main and isinstance(document, Mapping) and _is_entry(document):
        split = document.get("split")
        document = _without_split(document)
    learning = [step for step in steps if (name or None) in step.tables]
    inputs = set(recipe.inputs) if main else {i for s in learning for i in s.inputs}
    outputs = {o for s in learning for o in (*s.outputs, *s.copied)}
    outputs = set(recipe.outputs) if main else outputs
    features, targets = recipe.features(), recipe.targets()
    labels = {n: t for n, t in targets.items() if n in outputs}
    own = {label: t for step in learning for label, t in _own_labels(step)}
    return TablePlan(
        name,
        document,
        (recipe.split or DEFAULT) if main else (split or SPLIT),
        {n: f for n, f in features.items() if n in inputs},
        {**labels, **own},
        frozenset(_required(recipe, learning, main)),
        "" if main else f"tables.{name}",
        {
            label: document["sample_weight"]
            for label, document in _label_documents(recipe, learning)
            if label in {**labels, **own} and document.get("sample_weight")
        },
    )


def _label_documents(
    recipe: Recipe, learning: Sequence[Step]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Labels and the heads that learn them."""
    yield from recipe.outputs.items()
    for step in learning:
        names = label_names(step)
        yield from ((names[n], head) for n, head in step.heads.items() if n in names)


def _required(recipe: Recipe, learning: Sequence[Step], main: bool) -> Iterator[str]:
    if main:
        yield from (*recipe.inputs, *recipe.targets())
    for step in learning:
        if len(step.tables) == 1:
            yield from (label for label, _ in _own_labels(step))
            if not step.outputs:
                yield from step.inputs


def _own_labels(step: Step) -> Iterator[tuple[str, Feature]]:
    names = label_names(step)
    for name, document in step.heads.items():
        if name in names and name not in step.outputs:
            yield names[name], target_of(name, document)


def target_of(name: str, document: Mapping[str, Any]) -> Feature:
    """The feature that reads the labels of a head.

    Args:
        name: The head's name, which is the column where the document names none.
        document: The head's document.
    """
    word = document["type"]
    kind: Any = FEATURE.load(TARGETS[word])
    given = {k: document[k] for k in TARGET_ARGUMENTS.get(word, ()) if k in document}
    feature: Feature = kind(columns=document.get("column"), **given).named(name)
    return feature


def _is_entry(document: Mapping[str, Any]) -> bool:
    return "data" in document or is_document(document)


def _without_split(document: Mapping[str, Any]) -> Any:
    rest = {key: value for key, value in document.items() if key != "split"}
    return rest["data"] if list(rest) == ["data"] else rest


def comes_taught(document: Mapping[str, Any]) -> bool:
    """Whether an input's encoder comes with weights.

    Args:
        document: The input's document.
    """
    encoder = document.get("encoder")
    word = encoder.get("type") if isinstance(encoder, Mapping) else encoder
    return word in TAUGHT


def _without(names: Sequence[str], others: set[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in others)
