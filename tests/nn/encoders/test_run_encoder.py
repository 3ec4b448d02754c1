from __future__ import annotations

from sensorium.schema import Role

ROLE = Role("encoder", {"run": "sensorium.nn.encoders.run_encoder:RunEncoder"})


def test_document_and_object_are_equal() -> None:
    document = {"type": "run", "path": "runs/images", "input": "image"}
    assert ROLE.document(ROLE.build(document)) == document
    assert ROLE.check({"type": "run"}, "here") != []
