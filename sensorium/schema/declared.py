"""Classes whose typed constructor is their only description."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from sensorium.errors import Problem, RecipeError
from sensorium.schema.parameters import (
    check_arguments,
    parameters_of,
    signature_of,
    takes_more,
    takes_settings,
)


class Declared:
    """Base of every class that a document can name.

    The constructor's arguments are checked before it runs, by the types and ranges of
    its own signature; all mistakes are raised together as a `RecipeError`, with the
    sentences that a document with the same mistakes gets. A subclass stores each
    argument unchanged under its own name. A constructor that ends in `**settings` takes
    its base's arguments too, but for those that the class names in `refuses`.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__init__" in vars(cls):
            setattr(cls, "__init__", _checked(cls, cls.__init__))  # noqa: B010  # mypy

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return arguments_of(self) == arguments_of(other)

    def __hash__(self) -> int:
        return hash((type(self), repr(arguments_of(self))))

    def __repr__(self) -> str:
        given = arguments_of(self)
        shown = ", ".join(f"{name}={value!r}" for name, value in given.items())
        return f"{type(self).__name__}({shown})"


def arguments_of(component: object, *, defaults: bool = False) -> dict[str, Any]:
    """Reads the constructor arguments back from a component.

    Args:
        component: An object of a declared class.
        defaults: Also return the arguments that equal their default.
    """
    kind: Any = type(component)
    values = {
        name: (getattr(component, name), parameter.default)
        for name, parameter in _cached_parameters(kind).items()
    }
    return {
        name: value
        for name, (value, default) in values.items()
        if defaults or not _same(value, default)
    }


def _same(value: Any, default: Any) -> bool:
    return type(value) is type(default) and bool(value == default)


def _checked(cls: type, init: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(init)
    def checked(self: Any, *args: Any, **kwargs: Any) -> None:
        parameters = _cached_parameters(cls)
        names = [name for name in parameters if name not in kwargs]
        if len(args) > len(names):
            text = f"takes at most {len(parameters)} arguments. Name them one by one."
            raise RecipeError([Problem(cls.__name__, text)])
        given = {**dict(zip(parameters, args, strict=False)), **kwargs}
        extra = {} if _takes_more(cls) else given
        known = {name: given[name] for name in given if name in parameters}
        values, problems = check_arguments(cls.__name__, parameters, extra | known)
        if problems:
            raise RecipeError(
                Problem(f"{cls.__name__}.{item.path}", item.message)
                for item in problems
            )
        frozen = {name: _frozen(value) for name, value in values.items()}
        init(self, **{**given, **frozen})

    if takes_settings(init):
        receiver = list(inspect.signature(init).parameters.values())[:1]
        arguments = list(signature_of(cls).parameters.values())
        if takes_more(cls):
            rest = inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)
            arguments.append(rest)
        setattr(checked, "__signature__", inspect.Signature([*receiver, *arguments]))  # noqa: B010  # mypy
    return checked


def _frozen(value: Any) -> Any:
    # A document's list and a program's tuple must give equal components.
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value


@functools.cache
def _cached_parameters(cls: type) -> dict[str, Any]:
    return parameters_of(cls)


@functools.cache
def _takes_more(cls: type) -> bool:
    return takes_more(cls)
