"""What the columns of a text file are, decided over every value of the file.

The rules, in this order, for the values of one column that are not empty:

- All whole numbers: integers. All numbers: floats. Spaces around numbers do not
  matter. The usual words for a missing value (`MISSING_WORDS`, any case) among
  numbers are missing; in any other column they stay the text they are.
- Numbers that would lose something stay text: leading zeros (`007`), a plus sign
  and seven digits or more (a telephone number), whole numbers too long for 64 bits
  or, among decimal numbers, for a float.
- All numbers with a decimal comma (`2,50`, `1.234,50`): floats, if at least one
  value can mean nothing else. `1,234` alone may be a thousand: then the column
  stays text, and so does one that mixes commas and points (`1.5`, `1,5`).
- All `true` and `false`, in one way of writing: booleans.
- Anything else is text, as it stands; dates too (the feature `Time` reads them).

`1e400` becomes infinite, which the feature `Number` refuses. Each decision that a
user may wonder about is put into words in `notes`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import polars as pl

from sensorium.errors import listing, short

MISSING_WORDS = frozenset(
    ("na", "n/a", "#n/a", "<na>", "nan", "-nan", "null", "none", "nil", "?", "-", "--")
)
"""Words that mean a missing value in a column of numbers, in lower case."""

MANY_ROWS = 10_000
"""From here on a table's columns are judged at once, on all processors."""

_PLAUSIBLE = re.compile(
    r"\s*([+-]?[\d.,]+([eE][+-]?\d+)?|[+-]?inf(inity)?|true|false)\s*", re.IGNORECASE
)
_LOSSY = r"^[+-]?0[0-9]|^\+[0-9]{7}"
_LONG = r"^[+-]?[0-9]{16,}$"
_COMMA = (
    r"^[+-]?([0-9]+(,[0-9]*)?|[0-9]{1,3}(\.[0-9]{3})+,[0-9]+"
    r"|[0-9]{1,3}(\.[0-9]{3}){2,})$"
)
_COMMA_OR_THOUSAND = r"^[+-]?[1-9][0-9]{0,2},[0-9]{3}$"
_THOUSANDS = r"^[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?$"
_BOOLEANS = ({"true", "false"}, {"True", "False"}, {"TRUE", "FALSE"})
_SAMPLE = 64
_EXACT = 2.0**53


class ColumnType:
    """Judges one column, block by block.

    Args:
        name: Name of the column.
        keep: Whether to keep numbers that were found, for `numbers`.
    """

    def __init__(self, name: str, keep: bool = False) -> None:
        self.name = name
        self.notes: list[str] = []
        self._text = False
        self._seen = False
        self._integers = True
        self._numeric = False
        self._digits = False
        self._points = False
        self._commas = False
        self._surely_commas = False
        self._comma_values: str | None = None
        self._padded = False
        self._long: str | None = None
        self._keep = keep
        self._numbers: list[pl.Series] = []
        self._words: dict[str, int] = {}
        self._booleans: set[str] = set()

    def see(self, values: pl.Series, first_row: int) -> None:
        """Takes in the next values.

        Args:
            values: Texts; null where the field is empty.
            first_row: Number of the first of them in the file, 1 for the first row.
        """
        if self._text:
            return
        if values.null_count() == len(values):
            self._keep_numbers(values.cast(pl.Int64))
            return
        sample = values.head(_SAMPLE).drop_nulls()
        if not (self._seen or all(map(_plausible, sample.to_list()))):
            self._seen = self._text = True
            return
        self._seen = True
        if not self._see_plain(values, sample):
            self._see_others(values, first_row)

    def _see_plain(self, values: pl.Series, sample: pl.Series) -> bool:
        """Takes in a block of nothing but numbers, by far the most frequent one."""
        whole = not sample.cast(pl.Int64, strict=False).null_count()
        dtype = pl.Int64() if whole else pl.Float64()
        numbers = values.cast(dtype, strict=False)
        if numbers.null_count() > values.null_count():
            return False
        if not (whole or math.isfinite(numbers.sum())):
            return False  # not a number, or infinite: looked at more closely
        self._numeric = self._digits = True
        self._see_lossy(values)
        self._see_long(values, numbers)
        if not whole:
            self._integers = False
            self._points = True
        self._keep_numbers(numbers)
        return True

    def _keep_numbers(self, numbers: pl.Series) -> None:
        if self._keep:
            self._numbers.append(numbers)

    def _see_others(self, values: pl.Series, first_row: int) -> None:
        self._keep = False
        odd = self._see_numbers(values.drop_nulls())
        if len(odd) and not self._text:
            self._see_odd(odd, values, first_row)

    @property
    def kind(self) -> str:
        """`integer`, `float`, `comma`, `boolean` or `text`, for all values so far."""
        if self._text or not self._seen:
            return "text"
        if self._booleans:
            mixed = self._numeric or self._commas or self._words
            return "text" if mixed else "boolean"
        if self._long and (self._commas or not self._integers):
            return "text"
        if self._commas:
            sure = self._surely_commas and not self._points
            return "comma" if sure else "text"
        if not self._digits:
            return "text"
        return "integer" if self._integers else "float"

    def all_notes(self) -> list[str]:
        """What a user may wonder about, in full sentences."""
        notes = list(self.notes)
        kind = self.kind
        if not self._seen:
            notes.append("is empty in every row")
        if kind == "comma":
            notes.append("decimal commas are read as numbers")
        if kind == "text" and self._long and not self._text:
            notes.append(f"stays text, since {short(self._long)} is too long a number")
        elif kind == "text" and self._commas and not self._text:
            value = short(self._comma_values)
            notes.append(
                f"stays text, since the comma in values like {value} may be a decimal "
                "comma or a thousands mark; write decimal points, no thousands marks"
            )
        if kind in ("integer", "float", "comma") and self._words:
            words = listing([f"`{word}`" for word in self._words])
            count = sum(self._words.values())
            notes.append(f"{words} among numbers is read as missing, in {count} rows")
        return [f"column `{self.name}`: {note}." for note in notes]

    def converter(self) -> Callable[[pl.Series], pl.Series]:
        """A function that gives values of this column their type."""
        kind = self.kind
        if kind == "text":
            return lambda values: values
        if kind == "boolean":
            return lambda values: values.str.strip_chars().str.to_lowercase() == "true"
        dtype = pl.Int64() if kind == "integer" else pl.Float64()
        plain = not (self._padded or self._words)

        def numbers(values: pl.Series) -> pl.Series:
            if self._padded:
                values = values.str.strip_chars()
            if kind == "comma":
                values = _with_points(values)
            cast = values.cast(dtype, strict=plain)
            return cast if plain or kind == "integer" else cast.fill_nan(None)

        return numbers

    def numbers(self) -> pl.Series | None:
        """The whole column if it was kept and is plain numbers, else `None`."""
        if not self._keep or self.kind not in ("integer", "float"):
            return None
        return pl.concat([part.cast(self.dtype) for part in self._numbers])

    @property
    def dtype(self) -> pl.DataType:
        """The Polars type of the column."""
        kinds: dict[str, pl.DataType] = {
            "text": pl.String(),
            "boolean": pl.Boolean(),
            "integer": pl.Int64(),
        }
        return kinds.get(self.kind, pl.Float64())

    def _stay_text(self, note: str) -> None:
        self._text = True
        self.notes.append(note)

    def _see_numbers(self, values: pl.Series) -> pl.Series:
        """Takes in the plain numbers; gives back the values that are none."""
        integers = self._as_integers(values)
        whole = integers is not None
        if integers is None:
            numbers = values.cast(pl.Float64, strict=False).fill_nan(None)
        else:
            numbers = integers
        found = numbers.is_not_null()
        if found.any():
            self._numeric = True
            self._digits = (
                self._digits or values.filter(found).str.contains("[0-9]").any()
            )
            self._see_lossy(values if found.all() else values.filter(found))
        self._see_long(values.filter(found), numbers.filter(found))
        if whole:
            return values.clear()
        self._see_fractions(values.filter(found), numbers.filter(found))
        return values.filter(~found)

    def _as_integers(self, values: pl.Series) -> pl.Series | None:
        """All values as integers, or `None`; most often one value tells."""
        if values.head(_SAMPLE).cast(pl.Int64, strict=False).null_count():
            return None
        integers = values.cast(pl.Int64, strict=False)
        return None if integers.null_count() else integers

    def _see_fractions(self, values: pl.Series, numbers: pl.Series) -> None:
        if not len(values):
            return
        whole = bool((numbers == numbers.floor()).all())
        if not whole or values.cast(pl.Int64, strict=False).null_count():
            self._integers = False
            self._points = True

    def _see_long(self, values: pl.Series, numbers: pl.Series) -> None:
        """Looks for whole numbers that a float cannot hold."""
        high, low = numbers.max(), numbers.min()
        if max(float(high or 0), -float(low or 0)) < _EXACT:  # type: ignore[arg-type]
            return
        long = values.filter(numbers.abs() >= _EXACT)
        long = long.filter(long.str.contains(_LONG))
        if len(long):
            self._long = self._long or str(long[0])

    def _see_lossy(self, values: pl.Series) -> None:
        """Looks for numbers that are more than their value."""
        lossy = values.filter(values.str.contains(_LOSSY))
        if len(lossy):
            value = str(lossy[0])
            reason = "a plus sign" if value.startswith("+") else "leading zeros"
            self._stay_text(f"stays text, since {short(value)} has {reason}")

    def _see_odd(self, odd: pl.Series, values: pl.Series, first_row: int) -> None:
        """Takes in what Polars does not read as a number."""
        stripped = odd.str.strip_chars()
        spaced = odd != stripped
        if spaced.any():
            self._padded = True
            padded = self._see_numbers(stripped.filter(spaced))
            stripped = pl.concat([stripped.filter(~spaced), padded])
        words = stripped.str.to_lowercase().is_in(list(MISSING_WORDS))
        counts = stripped.filter(words).value_counts()
        for word, count in sorted(counts.iter_rows()):
            self._words[word] = self._words.get(word, 0) + count
        rest = stripped.filter(~words)
        comma = rest.str.contains(_COMMA)
        self._see_commas(rest.filter(comma))
        rest = rest.filter(~comma)
        if len(rest) and not self._text and not self._see_booleans(rest):
            self._see_words(rest, values, first_row)

    def _see_commas(self, values: pl.Series) -> None:
        if not len(values):
            return
        self._commas = True
        self._comma_values = self._comma_values or str(values[0])
        sure = not values.str.contains(_COMMA_OR_THOUSAND).all()
        self._surely_commas = self._surely_commas or sure
        self._see_lossy(values)

    def _see_booleans(self, values: pl.Series) -> bool:
        self._booleans |= set(values.unique().head(7).to_list())
        return any(self._booleans <= style for style in _BOOLEANS)

    def _see_words(self, rest: pl.Series, values: pl.Series, first_row: int) -> None:
        """Ends as text, and says which row made it text if most are numbers."""
        self._text = True
        value = rest[0]
        if rest.str.contains(_THOUSANDS).all():
            self.notes.append(
                f"stays text, since values like {short(value)} have thousands marks"
            )
        elif self._digits and len(rest) * 10 <= len(values):
            at = (values.str.strip_chars() == value).arg_max() or 0
            row = first_row + at
            self.notes.append(
                f"is text, since row {row} holds {short(value)} among numbers"
            )


class TableTypes:
    """Judges all columns of a file.

    Args:
        names: Names of the columns.
        keep: Whether `whole` will be asked for.
    """

    def __init__(self, names: Sequence[str], keep: bool = False) -> None:
        self.columns = {name: ColumnType(name, keep) for name in names}
        self.num_rows = 0

    def see(self, frame: pl.DataFrame) -> None:
        """Takes in the next rows, as texts."""

        def see(name: str) -> None:
            self.columns[name].see(frame[name], self.num_rows + 1)

        if frame.height < MANY_ROWS:
            list(map(see, self.columns))
        else:
            with ThreadPoolExecutor() as pool:  # Polars lets other threads run
                list(pool.map(see, self.columns))
        self.num_rows += frame.height

    @property
    def dtypes(self) -> dict[str, pl.DataType]:
        """Polars type of every column."""
        return {name: column.dtype for name, column in self.columns.items()}

    def convert(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Gives the columns of a frame of texts their types."""
        return pl.DataFrame(
            [self.columns[name].converter()(frame[name]) for name in frame.columns]
        )

    def whole(self, frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
        """All frames that were seen, as one, with their types.

        Args:
            frames: The frames of texts.
        """
        texts = pl.concat(frames)
        columns = []
        for name, column in self.columns.items():
            numbers = column.numbers()
            found = column.converter()(texts[name]) if numbers is None else numbers
            columns.append(found)
        return pl.DataFrame(columns).rechunk()

    def notes(self) -> list[str]:
        """What a user may wonder about."""
        return [note for c in self.columns.values() for note in c.all_notes()]


def _plausible(value: str) -> bool:
    """Whether a value could stand in a column of numbers or booleans."""
    known = value.strip().lower() in MISSING_WORDS
    return known or _PLAUSIBLE.fullmatch(value) is not None


def _with_points(values: pl.Series) -> pl.Series:
    without = values.str.replace_all(".", "", literal=True)
    return without.str.replace(",", ".", literal=True)
