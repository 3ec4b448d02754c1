"""Values of weights: read as NumPy arrays, and set all or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from sensorium.errors import DataError, listing, sentence


def as_numpy(variable: Any) -> np.ndarray:
    """A variable's value; NumPy has no bfloat16, which comes as float32."""
    array = np.asarray(keras.ops.convert_to_numpy(variable.value))
    return array.astype("float32") if array.dtype.name == "bfloat16" else array


def assign_all(variables: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Sets variables by name.

    Args:
        variables: The variables.
        values: Their values by the same names.

    Raises:
        DataError: If one is missing, unknown or of another shape; all are named and
            nothing is changed.
    """
    wrong = [f"`{name}` is missing" for name in variables if name not in values]
    wrong += [f"`{name}` is unknown" for name in values if name not in variables]
    wrong += [
        f"`{name}` has shape {np.shape(values[name])}, not {tuple(variable.shape)}"
        for name, variable in variables.items()
        if name in values and np.shape(values[name]) != tuple(variable.shape)
    ]
    if wrong:
        text = "the weights do not fit the network"
        raise DataError(sentence("", text, fix=f"{listing(wrong)}."))
    for name, variable in variables.items():
        variable.assign(values[name])
