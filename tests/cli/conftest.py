from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "houses.csv"
    rows = [f"{i * 7 % 13},{'north' if i % 3 else 'south'},{i % 2}" for i in range(60)]
    path.write_text("size,region,sold\n" + "\n".join(rows) + "\n")
    return path
