"""The base of every layer that a document can name."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, Self

import keras

from sensorium.errors import Problem, RecipeError
from sensorium.schema import Declared, arguments_of, check_arguments, parameters_of

_KERAS_ARGUMENTS = ("name", "dtype", "trainable")


class DeclaredLayer(Declared, keras.layers.Layer):
    """A Keras layer whose typed constructor is its only description.

    Two such layers are equal when their classes and arguments are (their weights do not
    count), but in sets and as keys each layer is itself, as Keras and torch need it.

    Inputs keep their precision: under a mixed precision policy the layers inside
    compute in the lower one, and each casts what it takes.

    Args:
        **kwargs: Keras's own `name`, `dtype` and `trainable`; others are refused.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__init__" in vars(cls):
            # Keras reads the signature in a way that does not look through wrappers.
            init: Any = vars(cls)["__init__"]
            init.__signature__ = inspect.signature(init)

    def __init__(self, **kwargs: Any) -> None:
        unknown = [name for name in kwargs if name not in _KERAS_ARGUMENTS]
        if unknown:
            raise RecipeError(_problems(type(self), unknown))
        super().__init__(autocast=False, **kwargs)

    # torch and Keras keep layers in sets; layers with equal arguments must stay two.
    __hash__ = object.__hash__

    def add_weight(self, *args: Any, **kwargs: Any) -> Any:
        """Adds a weight that is read in its own precision under every policy."""
        return super().add_weight(*args, **{"autocast": False, **kwargs})

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments and Keras's own, as plain data."""
        return {**super().get_config(), **_plain(arguments_of(self, defaults=True))}

    def filled(self, arguments: Mapping[str, Any]) -> Self:
        """Returns an unbuilt copy that knows what the data say.

        Args:
            arguments: Sizes by argument name, e.g. a feature's `encoder_arguments()`.
                Those that the class does not take are left out; those that were given
                to the constructor already win.
        """
        config = self.get_config()
        known = {name: arguments[name] for name in config if name in arguments}
        open_ = {name for name in known if config[name] is None}
        config.update({name: known[name] for name in open_})
        return type(self).from_config(config)


def _plain(value: Any) -> Any:
    # Keras wraps dicts that are attributes in a class of its own.
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _problems(cls: type, unknown: list[str]) -> list[Problem]:
    given = dict.fromkeys(unknown)
    _, problems = check_arguments(cls.__name__, parameters_of(cls), given)
    found = [problem for problem in problems if problem.path in unknown]
    return [Problem(f"{cls.__name__}.{item.path}", item.message) for item in found]
