"""One spelling of JSON: what is read is what would have been written."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorium.errors import ArtifactError
from sensorium.run import strict_json
from sensorium.run.strict_json import MAX_DEPTH, decode, encode
from tests.run.mutants import RAW_JSON


def refusal(call, *arguments) -> str:
    with pytest.raises(ArtifactError) as caught:
        call(*arguments)
    assert caught.value.reason == "json"
    return str(caught.value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [1.0, None, True]}, '{"a":[1.0,null,true],"b":1}'),
        ("größe 𝄞 \u2028 \n", '"größe 𝄞 \u2028 \\n"'),
        ([-0.0, 1e16, 1e-7, 5e-324, 2**70], f"[-0.0,1e+16,1e-07,5e-324,{2**70}]"),
        ((1, (2,)), "[1,[2]]"),
        ([10**300 - 1, 1 - 10**300], f"[{'9' * 300},-{'9' * 300}]"),
        (np.float64(0.1), "0.1"),
        ({}, "{}"),
        ({"": {"\0": ""}}, '{"":{"\\u0000":""}}'),
    ],
)
def test_values_have_one_spelling(value, text) -> None:
    assert encode(value, "x") == text.encode()
    assert encode(decode(text.encode(), "x"), "x") == text.encode()


@given(
    st.binary(max_size=40)
    | st.text('[]{}",:0123456789.eE+-nulltrefas\\ ').map(str.encode)
)
def test_any_bytes_are_refused_or_canonical(data) -> None:
    try:
        value = decode(data, "x")
    except ArtifactError as error:
        assert error.reason == "json"
    else:
        assert encode(value, "x") == data


@pytest.mark.parametrize("data", RAW_JSON, ids=lambda data: repr(data[:24]))
def test_other_spellings_are_refused(data) -> None:
    refusal(decode, data, "x")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": [1, math.nan]}, "x.a[1]: expected a finite number. Received: nan."),
        ([[math.inf]], "x[0][0]: expected a finite number. Received: inf."),
        ({"a": {1: 2}}, "x.a: expected keys that are text. Received: 1."),
        ({None: 2}, "x: expected keys that are text."),
        (
            {"a": {1, 2}},
            "x.a: expected text, a number, a list or a dict. Received: {1, 2}.",
        ),
        ([b"x"], "x[0]: expected text, a number, a list or a dict. Received: b'x'."),
        (np.float32(1), "Use plain Python values: `.item()`, `.tolist()`, `str()`."),
        (np.arange(3), "Received: array([0, 1, 2])."),
        ({"a": "\ud800"}, "x: cannot be written as JSON ('utf-8' codec can't encode"),
        ({"\udfff": 1}, "x: cannot be written as JSON"),
        ([1, 10**300], "x[1]: expected numbers of at most 300 digits."),
        ([1, -(10**300)], "x[1]: expected numbers of at most 300 digits."),
        (10**5000, "x: expected numbers of at most 300 digits."),
    ],
    ids=range(13),
)
def test_what_json_would_change_is_refused_with_its_place(value, message) -> None:
    assert message in refusal(encode, value, "x")


@pytest.mark.parametrize(
    ("left", "right"), ["[]", ('{"a":', "}")], ids=["list", "dict"]
)
def test_depth_is_bounded_both_ways(left, right) -> None:
    for depth, data in [
        (n, (left * n + "1" * (right == "}") + right * n).encode())
        for n in (MAX_DEPTH, MAX_DEPTH + 1)
    ]:
        value = json.loads(data)
        if depth == MAX_DEPTH:
            assert decode(data, "x") == value
        else:
            assert f"at most {MAX_DEPTH} levels" in refusal(decode, data, "x")
            assert f"at most {MAX_DEPTH} levels" in refusal(encode, value, "x")


def test_a_value_inside_itself_is_refused() -> None:
    value: list = []
    value.append(value)
    assert f"at most {MAX_DEPTH} levels" in refusal(encode, value, "x")


def test_the_number_of_values_is_bounded_both_ways(monkeypatch) -> None:
    monkeypatch.setattr(strict_json, "MAX_VALUES", 10)
    assert decode(b"[1,1,1,1,1,1,1,1,1]", "x") == [1] * 9
    assert "at most 10 values" in refusal(decode, b"[1,1,1,1,1,1,1,1,1,1]", "x")
    assert "at most 10 values" in refusal(encode, [1] * 10, "x")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"a":1,"a":1}', "a key stands twice"),
        (b"[NaN]", "NaN is not JSON"),
        (b"[-Infinity]", "-Infinity is not JSON"),
        (b"[1e999]", "x[0]: expected a finite number"),
        (b'{"a": 1}', "expected canonical JSON (sorted keys, no spaces)"),
        (b"\xff", "can't decode byte 0xff"),
        (b"{", "expected JSON"),
        (b"[" + b"9" * 301 + b"]", "x[0]: expected numbers of at most 300 digits"),
        (b"[" + b"9" * 302 + b"]", "a number has more than 300 digits"),
        (b'{"\\u001b[2J":NaN}', "NaN is not JSON"),
    ],
)
def test_messages_name_the_mistake(data, message) -> None:
    assert message in refusal(decode, data, "x")


def test_a_place_in_a_hostile_document_is_shown_printable() -> None:
    assert "\x1b" not in refusal(decode, b'{"\\u001b[2J":[1e999]}', "x")
