"""The columns that a prediction gives, named after the user's outputs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl

from sensorium.errors import DataError, listing, sentence
from sensorium.features import Reading
from sensorium.run.encoding import PRESENT


def prediction_columns(
    name: str, target: Any, decoded: Mapping[str, np.ndarray]
) -> list[pl.Series]:
    """The columns of one output.

    Args:
        name: The output's name.
        target: Its fitted feature.
        decoded: What the head's `decode` gave.

    Returns:
        The predicted value under the output's name. For two classes also
        `<name>_probability` (of the second class), for more classes
        `<name>_probability_<class>`, for flags `<name>_probability_<flag>`. For a box
        only its four numbers, `<name>_x0` and so on; for quantiles `<name>_q10` and so
        on, and the median under the output's name if it is one of them. For a mask an
        array of pixel values, `(height, width)` a row, and `<name>_confidence`, the
        mean probability of the predicted classes.
    """
    if target.kind == "box":
        numbers = zip(target.ends(), decoded["box"].T, strict=True)
        return [pl.Series(f"{name}_{end}", column) for end, column in numbers]
    if target.kind == "number" and "value" not in decoded:
        middle = [target.decode(decoded["q50"]).alias(name)] if "q50" in decoded else []
        return middle + [
            pl.Series(f"{name}_{q}", column) for q, column in decoded.items()
        ]
    if target.kind == "number":
        return [target.decode(decoded["value"]).alias(name)]
    if target.kind == "mask":
        masks = target.decode(decoded["id"]).alias(name)
        return [masks, pl.Series(f"{name}_confidence", decoded["confidence"])]
    probability = decoded["probability"]
    if target.kind == "flags":
        labels: Any = target.decode(probability > 0.5)
        words = [str(flag) for flag in target.flags_]
    else:
        labels = target.decode(probability.argmax(1).astype(np.int32))
        words = [str(label) for label in target.classes_]
    columns = [labels.alias(name)]
    if target.kind == "category" and len(words) == 2:
        return [*columns, pl.Series(f"{name}_probability", probability[:, 1])]
    return columns + [
        pl.Series(f"{name}_probability_{word}", probability[:, index])
        for index, word in enumerate(words)
    ]


def rebuilt_column(
    name: str, head: Any, arrays: Mapping[str, np.ndarray], outputs: np.ndarray
) -> pl.Series:
    """The column of an output that makes an input again: `<name>_error`.

    Args:
        name: The output's name.
        head: Its head.
        arrays: The encoded inputs.
        outputs: The head's outputs.

    Returns:
        Each row's mean loss over the entries that are there; null without the input.
    """
    labels = head.label_from(arrays[head.of], arrays[head.of + PRESENT])
    errors = head.row_errors(labels, outputs)
    return pl.Series(f"{name}_error", errors, nan_to_null=True)


def unanswered(decoded: Mapping[str, Mapping[str, np.ndarray]]) -> dict[int, str]:
    """Rows (from 0) for which the network gave no number, and why.

    Args:
        decoded: Output name -> what its head's `decode` gave.
    """
    found: dict[int, list[str]] = {}
    for name, arrays in decoded.items():
        for array in arrays.values():
            good = np.isfinite(array).all(axis=tuple(range(1, array.ndim)))
            for row in np.flatnonzero(~good).tolist():
                found.setdefault(row, []).append(f"`{name}`")
    text = "the network gives no number for {}; are the row's values very large?"
    return {
        row: text.format(listing(list(dict.fromkeys(names))))
        for row, names in found.items()
    }


def prediction_table(
    columns: list[pl.Series],
    errors: Mapping[int, str],
    on_error: str,
    reading: Reading,
    failed: Mapping[int, str] = MappingProxyType({}),
) -> pl.DataFrame:
    """Joins predictions and errors: rows in = rows out, in order.

    Args:
        columns: The columns of all outputs.
        errors: Row (from 0) -> why it could not be read.
        on_error: `keep`: predictions of unreadable rows are null, the reason stands in
            `error`; `absent`: they are predicted from their other inputs, and the
            reason stands in `error` all the same; `refuse`: a `DataError`.
        reading: How messages call the table, and its first row here.
        failed: Row (from 0) -> why there is no prediction: null but for `refuse`.
    """
    reasons = {**failed, **errors}
    if reasons and on_error == "refuse":
        raise _refused(reasons, reading)
    table = pl.DataFrame(columns)
    empty = reasons if on_error == "keep" else failed
    if empty:
        good = pl.Series([row not in empty for row in range(table.height)])
        names = table.columns
        table = table.select(
            pl.when(good).then(pl.col(name)).alias(name) for name in names
        )
    if not reasons:
        return table.with_columns(pl.lit(None, pl.String).alias("error"))
    messages = [reasons.get(row) for row in range(table.height)]
    return table.with_columns(pl.Series("error", messages, dtype=pl.String))


def _refused(reasons: Mapping[int, str], reading: Reading) -> DataError:
    row = min(reasons)
    where = f"{reading.where}, row {reading.first_row + row + 1:,}"
    fix = "Mend them, or predict with `on_error='keep'`."
    text = f"{len(reasons)} rows cannot be read"
    return DataError(sentence(where, text, reasons[row], fix))
