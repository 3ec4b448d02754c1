"""The recipe: one frozen document that declares everything and computes nothing."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from sensorium.data import is_document
from sensorium.data.split import Split
from sensorium.errors import Problem, RecipeError
from sensorium.features import Feature
from sensorium.nn.heads import TARGETS
from sensorium.recipe.checks import document_problems
from sensorium.recipe.columns import table_problems
from sensorium.recipe.encoder_files import placed
from sensorium.recipe.masks import with_images
from sensorium.recipe.plain import plain
from sensorium.recipe.planning import is_stacked, steps_of, target_of
from sensorium.recipe.roles import FEATURE
from sensorium.recipe.splitting import split_of
from sensorium.schema import (
    Count,
    Declared,
    Document,
    Fraction,
    Share,
    parameters_of,
    read_yaml,
    write_yaml,
)
from sensorium.training import Parts, Step

Precision = Literal["float32", "mixed_bfloat16", "mixed_float16", "bfloat16"]


class Recipe(Declared):
    """Declares data, inputs, fusion, outputs and stages; the same in YAML and Python.

    Every part may be an object (`sm.Number(["price"])`) or its document
    (`{"type": "number", "columns": ["price"]}`, or just `"number"`). All mistakes are
    reported together, before Keras is loaded.

    Args:
        data: A path (relative ones are looked up from the recipe's folder), a mapping
            `{train: PATH, valid: PATH, test: PATH}`, or in Python a table: Polars or
            pandas frame, dict of arrays, list of dicts.
        inputs: Name -> what its columns mean. The name is the column unless `columns`
            says otherwise.
        outputs: Name -> head. The name is the column unless `column` says otherwise.
        fusion: How embeddings are joined.
        trunk: Layers between fusion and heads, or `None`.
        stages: What is trained after what; empty means one stage that trains all, or
            `lp_ft` where encoders come with weights.
        split: Rows held out, `{valid: 0.1, test: 0.1}`, with `group`, `time` or
            `column` (see `SplitDocument`); `None` takes a tenth for each.
        seed: Decides split, initial weights, order of rows and dropout.
        tables: Further tables for stages to learn from, by name: a path, or a mapping
            with `data`, or `join` and `on`, and `split` (a tenth to validate) and
            `rename`.
        fit: For an input, the table (or tables) whose training rows its feature is
            fitted on: a name of `tables`, or `data`. Otherwise it is the one that the
            first stage with this input learns from; other tables are only encoded.
        modality_dropout: Share of rows for which an input is hidden in training, in
            [0, 1), for all inputs or by name.
        max_bad: Largest share of training rows whose input cannot be read, in [0, 1].
        precision: Keras's dtype policy of the network.

    Raises:
        RecipeError: With every mistake, its path and what to do.
    """

    def __init__(  # noqa: PLR0913  # the top-level keys of the document
        self,
        data: Any,
        inputs: Mapping[str, Any],
        outputs: Mapping[str, Any],
        *,
        fusion: Any = "concat",
        trunk: Any = None,
        stages: Sequence[Any] = (),
        split: Mapping[str, Any] | None = None,
        seed: Count = 0,
        tables: Mapping[str, Any] | None = None,
        fit: Mapping[str, str | list[str]] | None = None,
        modality_dropout: Fraction | Mapping[str, Fraction] = 0.0,
        max_bad: Share = 0.01,
        precision: Precision = "float32",
    ) -> None:
        self.folder = Path()
        self.data = plain(data, "data") if _is_path(data) else data
        self.tables = {
            name: plain(item, f"tables.{name}") if _is_path(item) else item
            for name, item in (tables or {}).items()
        }
        self.fit = plain(fit, "fit") or {}
        self.modality_dropout = plain(modality_dropout, "modality_dropout")
        self.inputs = _typed(plain(inputs, "inputs"))
        self.outputs = with_images(_typed(plain(outputs, "outputs")), self.inputs)
        self.fusion = _with_type(plain(fusion, "fusion"))
        self.trunk = plain(trunk, "trunk")
        self.stages = [_stage(item) for item in plain(list(stages), "stages")]
        self.split = plain(split, "split")
        self.seed = seed
        self.max_bad = max_bad
        self.precision = precision
        problems = self.problems(self.to_dict())
        if problems:
            raise RecipeError(problems)

    @classmethod
    def problems(cls, data: Mapping[str, Any]) -> list[Problem]:
        """Lists every mistake in a document, in its order; none if it is right."""
        return document_problems(data, parameters_of(cls))

    @classmethod
    def from_yaml(
        cls, source: str | Path, changes: Mapping[str, Any] | None = None
    ) -> Recipe:
        """Reads a recipe from a YAML file (`Path`) or text (`str`).

        Args:
            source: The file or the text.
            changes: Values to replace, by path: `{"stages.0.epochs": 3}`.

        Raises:
            RecipeError: With every mistake and its line.
        """
        document = read_yaml(source)
        data = copy.deepcopy(document.data)
        if not isinstance(data, dict):
            text = "expected a mapping with `data`, `inputs` and `outputs`."
            raise RecipeError([Problem(document.where, text)])
        for path, value in (changes or {}).items():
            _replace(data, path, value)
        recipe = cls.from_dict(data, document)
        if isinstance(source, Path):
            recipe.folder = source.resolve().parent
        return recipe

    @classmethod
    def from_dict(
        cls, data: Mapping[str, Any], document: Document | None = None
    ) -> Recipe:
        """Builds a recipe from plain data; `document` adds lines to the messages."""
        problems = cls.problems(data)
        if problems:
            place = document.place if document else (lambda problem: problem)
            raise RecipeError(place(problem) for problem in problems)
        return cls(**data)

    def to_dict(self) -> dict[str, Any]:
        """The document as plain data; what equals its default is left out."""
        everything: dict[str, Any] = {
            "data": self.data if _is_path(self.data) else None,
            "inputs": self.inputs,
            "outputs": self.outputs,
            "fusion": self.fusion,
        }
        optional: dict[str, tuple[Any, Any]] = {
            "trunk": (self.trunk, None),
            "stages": (self.stages, []),
            "split": (self.split, None),
            "seed": (self.seed, 0),
            "tables": (_paths_only(self.tables), {}),
            "fit": (self.fit, {}),
            "modality_dropout": (self.modality_dropout, 0.0),
            "max_bad": (self.max_bad, 0.01),
            "precision": (self.precision, "float32"),
        }
        changed = {k: v for k, (v, default) in optional.items() if v != default}
        return copy.deepcopy(everything | changed)

    def to_yaml(self) -> str:
        """The document as YAML."""
        return write_yaml(self.to_dict())

    def __eq__(self, other: object) -> bool:
        """Recipes are equal when their documents are, however they were written."""
        if not isinstance(other, Recipe):
            return NotImplemented
        mine, theirs = self.to_dict(), other.to_dict()
        same_data = self.data is other.data or _is_path(self.data)
        return mine == theirs and bool(same_data)

    __hash__ = Declared.__hash__

    def features(self) -> dict[str, Feature]:
        """The feature of every input, bound to its columns."""
        return {
            name: FEATURE.build(placed(document, self.folder)).named(name)
            for name, document in self.inputs.items()
        }

    def targets(self) -> dict[str, Feature]:
        """The feature that reads and writes the labels of every output.

        An output that makes an input again takes its labels from there and has none.
        """
        found = {}
        for name, document in self.outputs.items():
            if document["type"] in TARGETS:
                found[name] = target_of(name, document)
        return found

    def table_split(self) -> Split:
        """How `data` is divided; classes of the first output are shared alike."""
        return self.split_of(self.targets(), self.split)

    def split_of(
        self, labels: Mapping[str, Feature], split: Mapping[str, Any] | None
    ) -> Split:
        """How a table is divided; classes of its first label are shared alike.

        Args:
            labels: The feature of every label, by name.
            split: What stands under `split:`.
        """
        first = next(iter(labels.values()), None)
        by_class = first is not None and first.kind == "category"
        column = first.names_[0] if first is not None and by_class else None
        return split_of(split, self.seed, column)

    def parts(self) -> Parts:
        """The parts of the network."""
        names = tuple(self.inputs), tuple(self.outputs)
        return Parts(*names, self.trunk is not None, is_stacked(self.fusion))

    def steps(self) -> list[Step]:
        """What is trained after what."""
        return steps_of(self.inputs, self.stages, self.parts())

    def check_table(self, columns: Mapping[str, Any], where: str) -> None:
        """Compares the recipe with its `data`.

        Args:
            columns: Column -> Polars dtype.
            where: How messages call the table.

        Raises:
            RecipeError: Naming every column that the table lacks, with near names.
        """
        problems = table_problems(self._sources(), columns, where)
        if problems:
            raise RecipeError(problems)

    def _sources(self) -> Iterator[tuple[str, str]]:
        """Path in the document and name of every column that is read."""
        both = (("inputs", self.features()), ("outputs", self.targets()))
        for part, features in both:
            for name, feature in features.items():
                for column in feature.sources(name):
                    yield f"{part}.{name}", column
        for name, document in self.outputs.items():
            if document.get("sample_weight"):
                yield f"outputs.{name}.sample_weight", document["sample_weight"]
        split = self.split or {}
        for key in ("group", "time", "column"):
            if isinstance(split.get(key), str):
                yield f"split.{key}", split[key]


def _is_path(data: Any) -> bool:
    """Whether data are named by paths alone, so that a document can say them."""
    if isinstance(data, Mapping):
        parts = {"train", "valid", "test"}
        if set(data) <= parts:
            return all(_is_path(item) for item in data.values())
        return is_document(data) and all(_is_path(item) for item in _named(data))
    return isinstance(data, (str, Path))


def _named(document: Mapping[str, Any]) -> Iterator[Any]:
    if "data" in document:
        yield document["data"]
    joined = document.get("join", ())
    yield from joined.values() if isinstance(joined, Mapping) else joined


def _paths_only(tables: Mapping[str, Any]) -> dict[str, Any]:
    return {name: item if _is_path(item) else None for name, item in tables.items()}


def _with_type(document: Any) -> Any:
    return {"type": document} if isinstance(document, str) else document


def _typed(documents: Any) -> dict[str, Any]:
    return {name: _with_type(document) for name, document in documents.items()}


def _stage(document: Any) -> Any:
    return {"type": "train", **document} if isinstance(document, dict) else document


def _replace(data: Any, path: str, value: Any) -> None:
    *parents, last = path.split(".")
    place = data
    for step in parents:
        known = place if isinstance(place, dict) else dict(enumerate(place))
        key: Any = int(step) if isinstance(place, list) and step.isdigit() else step
        if key not in known:
            text = f"there is no `{step}` to change in the recipe."
            raise RecipeError([Problem(path, text)])
        place = place[key]
        if isinstance(place, str):
            text = "is a single word in the recipe; write it out with `type:` first."
            raise RecipeError([Problem(path, text)])
    place[int(last) if isinstance(place, list) else last] = value
