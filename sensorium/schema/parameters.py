"""What a constructor's signature says, and checking arguments against it.

A signature is read in one of two ways that give the same answer: from the class, or
from its source text. The second way needs no import, so that a document can be checked
before Keras is loaded.
"""

from __future__ import annotations

import ast
import collections.abc
import functools
import importlib.util
import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, PydanticUserError, TypeAdapter, ValidationError

import sensorium.schema.types
from sensorium.errors import Problem, listing, near, sentence, short
from sensorium.schema.wording import expectation

REQUIRED = inspect.Parameter.empty
SETTINGS = "settings"
"""What a constructor calls the rest of its arguments that are its base's."""


@dataclass(frozen=True)
class Parameter:
    """One argument of a declared constructor.

    Args:
        name: The argument's name.
        annotation: Its type, with ranges.
        default: Its default, or `REQUIRED`.
    """

    name: str
    annotation: Any
    default: Any = REQUIRED

    @property
    def role(self) -> str | None:
        """The role of the component that the argument holds, if it holds one."""
        for mark in getattr(self.annotation, "__metadata__", ()):
            if isinstance(mark, sensorium.schema.types.Component):
                return mark.role
        return None

    @functools.cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """Pydantic's validator of this argument."""
        config = ConfigDict(strict=True, arbitrary_types_allowed=True)
        try:
            return TypeAdapter(self.annotation, config=config)
        except PydanticUserError:  # the annotation brings a configuration of its own
            return TypeAdapter(self.annotation)


def parameters_of(cls: type) -> dict[str, Parameter]:
    """Reads the arguments of a class's constructor, by name.

    Where the constructor ends in `**settings`, those of the base class follow, but for
    the ones that the class names in its attribute `refuses`. Other `*args` and
    `**kwargs` are left out.
    """
    hints: dict[str, Any] = {}
    for owner in reversed(_line(cls)):
        init = inspect.unwrap(owner.__init__)  # type: ignore[misc]  # a class is given
        hints |= typing.get_type_hints(init, include_extras=True)
    return {
        name: Parameter(name, hints.get(name, Any), argument.default)
        for name, argument in signature_of(cls).parameters.items()
    }


def signature_of(cls: type) -> inspect.Signature:
    """The signature of a class's constructor with what `**settings` stands for."""
    found: dict[str, inspect.Parameter] = {}
    refused: set[str] = set()
    for owner in _line(cls):
        inherited = bool(found)
        for name, argument in _own_arguments(owner).items():
            if name not in found and name not in refused:
                kind = argument.KEYWORD_ONLY if inherited else argument.kind
                found[name] = argument.replace(kind=kind)
        refused.update(vars(owner).get("refuses", ()))
    return inspect.Signature(list(found.values()))


def _line(cls: type) -> list[type]:
    """The class that has the constructor, and the bases whose arguments it takes."""
    found = []
    for owner in cls.__mro__:
        if "__init__" not in vars(owner):
            continue
        found.append(owner)
        if not takes_settings(owner.__init__):  # type: ignore[misc]
            break
    return found


def takes_more(cls: type) -> bool:
    """Whether a constructor takes arguments beside its own, as Keras's `name`."""
    last = _line(cls)[-1]
    return inspect.Parameter.VAR_KEYWORD in _kinds(last) and not takes_settings(
        last.__init__  # type: ignore[misc]  # a class is given
    )


def _kinds(cls: type) -> set[Any]:
    init = inspect.unwrap(cls.__init__)  # type: ignore[misc]  # a class is given
    return {item.kind for item in inspect.signature(init).parameters.values()}


def _own_arguments(cls: type) -> dict[str, inspect.Parameter]:
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    init = inspect.unwrap(cls.__init__)  # type: ignore[misc]  # a class is given
    arguments = inspect.signature(init).parameters.items()
    return {n: item for n, item in arguments if n != "self" and item.kind not in kinds}


def takes_settings(init: Callable[..., Any]) -> bool:
    """Whether a constructor ends in `**settings`: those of its class's base."""
    last = inspect.signature(inspect.unwrap(init)).parameters.get(SETTINGS)
    return last is not None and last.kind is inspect.Parameter.VAR_KEYWORD


@functools.cache
def parameters_from_source(reference: str) -> dict[str, Parameter]:
    """Reads the same as `parameters_of` from the source, without importing the class.

    Args:
        reference: `module:Class`. The module's parent packages are imported.
    """
    module, _, name = reference.partition(":")
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"No module named {module!r}")
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    node = _class(tree, name)
    if node is None:
        return parameters_from_source(_imported(tree, name))
    init = _init(node)
    found = {parameter.name: parameter for parameter in _read_init(init)}
    if init.args.kwarg is None or init.args.kwarg.arg != SETTINGS or not node.bases:
        return found
    base = parameters_from_source(f"{module}:{ast.unparse(node.bases[0])}")
    refused = _refused(node)
    return found | {n: p for n, p in base.items() if n not in (*found, *refused)}


def _class(tree: ast.Module, name: str) -> ast.ClassDef | None:
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return node
    return None


def _imported(tree: ast.Module, name: str) -> str:
    """Where a module takes a class from that it does not define."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            for item in node.names:
                if (item.asname or item.name) == name:
                    return f"{node.module}:{item.name}"
    raise LookupError(f"there is no class `{name}`")


def _init(node: ast.ClassDef) -> ast.FunctionDef:
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            return item
    raise LookupError(f"`{node.name}` has no constructor of its own")


def _refused(node: ast.ClassDef) -> tuple[str, ...]:
    for item in node.body:
        if isinstance(item, ast.Assign) and ast.unparse(item.targets[0]) == "refuses":
            return tuple(ast.literal_eval(item.value))
    return ()


def _read_init(init: ast.FunctionDef) -> Iterator[Parameter]:
    plain = init.args.args[1:]
    missing: list[ast.expr | None] = [None] * (len(plain) - len(init.args.defaults))
    defaults = [*missing, *init.args.defaults, *init.args.kw_defaults]
    for argument, default in zip(
        [*plain, *init.args.kwonlyargs], defaults, strict=True
    ):
        value = REQUIRED if default is None else ast.literal_eval(default)
        yield Parameter(argument.arg, _annotation(argument.annotation), value)


def _annotation(node: ast.expr | None) -> Any:
    if node is None:
        return Any
    names = {
        **vars(typing),
        **vars(collections.abc),
        **vars(sensorium.schema.types),
    }
    reference = typing.ForwardRef(ast.unparse(node))
    holder: Any = type("Holder", (), {"__annotations__": {"value": reference}})
    return typing.get_type_hints(holder, names, names, include_extras=True)["value"]


def check_arguments(
    owner: str, parameters: Mapping[str, Parameter], given: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Problem]]:
    """Checks arguments by name and returns the values to use, and every mistake.

    Args:
        owner: How messages call the class, e.g. `text`.
        parameters: What the constructor takes.
        given: The arguments by name.

    Returns:
        The checked values (a whole number becomes a float where one is asked), and the
        mistakes, each with the argument's name as its path.
    """
    values: dict[str, Any] = {}
    problems = [
        Problem(name, _unknown(owner, name, parameters))
        for name in given
        if name not in parameters
    ]
    for name, parameter in parameters.items():
        if name not in given:
            if parameter.default is REQUIRED:
                problems.append(Problem(name, f"`{owner}` needs this argument."))
            continue
        try:
            values[name] = parameter.adapter.validate_python(given[name])
        except ValidationError as error:
            problems.extend(_problems(name, given[name], error))
    return values, problems


def _unknown(owner: str, name: str, parameters: Mapping[str, Parameter]) -> str:
    hint = near(name, parameters)
    known = listing([f"`{known}`" for known in parameters], limit=12)
    fix = hint or (f"It takes {known}." if parameters else "It takes none.")
    return f"`{owner}` has no argument `{name}`. {fix}"


def _problems(name: str, value: Any, error: ValidationError) -> Iterator[Problem]:
    by_path: dict[str, list[Any]] = {}
    for item in error.errors(include_url=False):
        steps = [str(step) for step in item["loc"] if isinstance(step, int)]
        by_path.setdefault(".".join([name, *steps]), []).append(item)
    deepest = [path for path in by_path if path != name] or [name]
    for path in deepest:
        items = by_path[path]
        expected = " or ".join(dict.fromkeys(expectation(item) for item in items))
        received = items[0]["input"] if path != name else value
        hint = _near_choice(items, received)
        text = sentence("", f"expected {expected}", received=received, fix=hint)
        yield Problem(path, text)


def _near_choice(items: list[Any], received: Any) -> str:
    choices = [
        choice.strip("' ")
        for item in items
        if item["type"] == "literal_error"
        for choice in item["ctx"]["expected"].replace(" or ", ",").split(",")
    ]
    return near(received, choices) if isinstance(received, str) else ""


def show(value: Any) -> str:
    """Shows a default in a reference page or a message."""
    return "required" if value is REQUIRED else short(value)
