from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from sensorium.cli import evaluate, main
from sensorium.evaluation.scores import Score


class Loaded:
    """Stands for a run; the real ones are in the workflows."""

    def evaluate(self, table: Any) -> dict[str, list[Score]]:
        assert table in (None, "rows.csv")
        return {"sold": [Score("accuracy", 0.5, 0.4, 0.6, 10, True)]}

    def naive_scores(self) -> dict[str, list[Score]]:
        return {"sold": [Score("accuracy", 0.25, 0.2, 0.3, 10, True)]}


def test_scores_are_printed_or_given_as_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(evaluate, "load", lambda folder: Loaded())
    assert main(["evaluate", "run"]) == 0
    shown = capsys.readouterr().out
    assert "0.4 to 0.6" in shown
    assert "0.25" in shown
    assert main(["evaluate", "run", "rows.csv", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    expected = dataclasses.asdict(Loaded().evaluate(None)["sold"][0])
    assert printed == {"sold": [expected]}
