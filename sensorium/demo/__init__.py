"""A small real data set that ships inside the package, and its recipe.

1,906 emoji: picture, name, numbers and categories; what to predict is the group each
belongs to and the year it came. `README.md` beside this file says what the columns are
and where they come from, `LICENSES.md` under which licences.
"""

from __future__ import annotations

from sensorium.demo.data import folder, recipe_path, table_path

__all__ = ["folder", "recipe_path", "table_path"]
