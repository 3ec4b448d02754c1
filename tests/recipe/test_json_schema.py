from __future__ import annotations

import json

from sensorium.features import FEATURES
from sensorium.nn.heads import HEADS
from sensorium.recipe import json_schema


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


def test_the_schema_is_json() -> None:
    assert json.loads(json.dumps(json_schema())) == json_schema()
