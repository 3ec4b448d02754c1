from __future__ import annotations

import json

from sensorium.features import FEATURES
from sensorium.nn.heads import HEADS
from sensorium.recipe import json_schema
from sensorium.training import STAGES


def test_every_kind_and_head_is_in_the_schema() -> None:
    schema = json_schema()
    kinds = schema["properties"]["inputs"]["additionalProperties"]["anyOf"]
    heads = schema["properties"]["outputs"]["additionalProperties"]["anyOf"]
    assert kinds[0]["enum"] == list(FEATURES)
    assert [k["properties"]["type"]["const"] for k in kinds[1:]] == list(FEATURES)
    assert heads[0]["enum"] == list(HEADS)


def test_ranges_are_in_the_schema() -> None:
    stage = json_schema()["properties"]["stages"]["items"]["anyOf"][0]
    assert stage["properties"]["epochs"] == {
        "anyOf": [{"exclusiveMinimum": 0, "type": "integer"}, {"type": "null"}],
        "default": None,
    }


def test_every_kind_of_stage_is_in_the_schema_and_train_needs_no_word() -> None:
    kinds = json_schema()["properties"]["stages"]["items"]["anyOf"]
    assert [k["properties"]["type"]["const"] for k in kinds] == list(STAGES)
    assert kinds[0]["required"] == []
    assert all("type" in kind["required"] for kind in kinds[1:])
    assert "inputs" in kinds[list(STAGES).index("align")]["required"]


def test_what_several_tables_need_is_in_the_schema() -> None:
    top = json_schema()["properties"]
    assert {"tables", "fit", "modality_dropout"} <= set(top)
    [table] = [v for v in top["tables"]["anyOf"] if v.get("type") == "object"]
    assert table["additionalProperties"] is True


def test_the_schema_is_json() -> None:
    assert json.loads(json.dumps(json_schema())) == json_schema()
