"""Hostile and damaged artifacts: thousands of small changes to a good one.

Each mutant is a name and bytes. Damaged ones break what a checksum covers; forged
ones have true checksums everywhere, so that only the parsers stand in the way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.run.samples import (
    archive,
    canonical,
    contents,
    forged,
    manifest_of,
    signed,
    tensor_file,
)

Mutant = tuple[str, bytes]

BAD_NAMES = [
    "../recipe.json",
    "..",
    ".",
    "",
    "/etc/recipe.json",
    "folder/recipe.json",
    "folder/",
    "..\\recipe.json",
    "C:\\recipe.json",
    "C:recipe.json",
    "\\\\server\\share\\recipe.json",
    "recipe.json\0.txt",
    "\0",
    "recipe\n.json",
    "recipe.json ",
    " recipe.json",
    "Recipe.json",
    "RECIPE.JSON",
    "recipe.JSON",
    "recipe.json.",
    "recipe..json",
    ".recipe.json",
    "-recipe.json",
    "_recipe.json",
    "1recipe.json",
    "recipe",
    "recipe.pkl",
    "recipe.py",
    "recipe.h5",
    "recipe.npy",
    "recipe.yaml",
    "__init__.py",
    "recipe.json/..",
    "~/recipe.json",
    "$HOME.json",
    "%TEMP%.json",
    "recipe:stream.json",
    "con",
    "a" * 65 + ".json",
    "a" * 60_000 + ".json",
    "re\u0441ipe.json",
    "\uff4decipe.json",
    "recipe\u202e.json",
]
VALUES = [
    *(
        None,
        True,
        False,
        0,
        1,
        -1,
        2,
        64,
        2**31,
        2**63,
        2**64,
        -(2**63),
        10**299,
        10**400,
    ),
    *(0.0, 1.0, 1.5, 1e308, "", "1", "x", "\0", "../x", "F32", "\u00e9", "a" * 300),
    *([], [0], [[]], [None], {}, {"a": 1}, {"": {}}),
]


def leaves(value: object, path: tuple = ()) -> Iterator[tuple]:
    """The path of every value inside a document, the document included."""
    yield path
    inside = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        inside = enumerate(value)
    for key, item in inside:
        yield from leaves(item, (*path, key))


def replaced(value: object, path: tuple, new: object) -> object:
    """A copy of a document with another value at one place."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)  # type: ignore[call-overload]
    copy[path[0]] = replaced(copy[path[0]], path[1:], new)
    return copy


def swaps(value: object) -> Iterator[tuple[str, object]]:
    """Every value replaced by every wrong one; every key removed, added, renamed."""
    for path in leaves(value):
        for index, new in enumerate(VALUES):
            yield f"{path}={index}", replaced(value, path, new)
        here = value
        for key in path:
            here = here[key]  # type: ignore[index]
        if isinstance(here, dict):
            for key in here:
                rest = {k: v for k, v in here.items() if k != key}
                yield f"{path}-{key}", replaced(value, path, rest)
                renamed = {**rest, f"{key}x": here[key]}
                yield f"{path}~{key}", replaced(value, path, renamed)
            yield f"{path}+", replaced(value, path, {**here, "extra": 1})


def manifests(data: bytes) -> Iterator[Mutant]:
    """Manifests with other values, with and without a true sha256 of themselves."""
    parts = contents(data)
    manifest = json.loads(parts.pop("manifest.json"))
    body = {key: value for key, value in manifest.items() if key != "sha256"}
    for name, new in swaps(manifest):
        members = [("manifest.json", canonical(new)), *parts.items()]
        yield f"manifest {name}", archive(members)
    for name, new in swaps(body):
        text = signed(new) if isinstance(new, dict) else canonical(new)
        yield (
            f"signed manifest {name}",
            archive([("manifest.json", text), *parts.items()]),
        )


RAW_JSON = [
    *(
        b"",
        b" ",
        b"\0",
        b"{",
        b"}",
        b"[",
        b'"',
        b"{}x",
        b"{} ",
        b" {}",
        b"\n{}",
        b"[1,]",
    ),
    *(
        b"{'a':1}",
        b"nul",
        b"True",
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"[NaN]",
        b"1e999",
    ),
    *(
        b"-1e999",
        b"[1e400]",
        b"01",
        b"+1",
        b"1.",
        b".5",
        b"0x10",
        b"1_000",
        b"-0",
        b"1E5",
    ),
    *(b'{"a":1,"a":1}', b'{"a":1,"a":2}', b'{"a":{"b":1,"b":1}}', b'{"b":1,"a":2}'),
    *(
        b'{"a": 1}',
        b'["a", "b"]',
        b'"\\u0061"',
        b'"\\ud800"',
        b'"\\/"',
        b'"\x01"',
        b'"\xff"',
    ),
    *(
        b'"\xed\xa0\x80"',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        "{}".encode("utf-32"),
    ),
    *(
        b"[" * 33 + b"]" * 33,
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"9" * 5000,
        b"1." + b"0" * 99,
    ),
    *(b"[" * 40 + b"1" + b"]" * 40, b'{"a":' * 40 + b"1" + b"}" * 40, b"/**/1", b"1//"),
    *(b"1.0000000000000000001", b"0.1e1", b"100e-2", b'{"__class__":"os.system"}  '),
]


def documents(data: bytes) -> Iterator[Mutant]:
    """Documents of every wrong spelling, and wrong manifests, all truly signed."""
    parts = contents(data)
    parts.pop("manifest.json")
    for index, text in enumerate(RAW_JSON):
        yield f"document {index}", forged({**parts, "recipe.json": text})
        yield (
            f"raw manifest {index}",
            archive([("manifest.json", text), *parts.items()]),
        )
    manifest = manifest_of(parts)
    for old, new in [
        (b":1", b":1.0"),
        (b":", b": "),
        (b"{", b'{"format":1,'),
        (b"}", b"} "),
    ]:
        text = manifest.replace(old, new, 1)
        yield f"spelling {new!r}", archive([("manifest.json", text), *parts.items()])


def tensors(data: bytes) -> Iterator[Mutant]:
    """Weights with other headers, lengths and data, all truly signed."""
    parts = contents(data)
    parts.pop("manifest.json")
    weights = parts["weights.safetensors"]
    end = 8 + int.from_bytes(weights[:8], "little")
    header, body = json.loads(weights[8:end]), weights[end:]
    files: dict[str, bytes] = {}
    for name, new in swaps(header):
        text = canonical(new)
        padded = text + b" " * (-len(text) % 8)
        files[f"swap {name}"] = tensor_file(padded, body)
    for length in [
        0,
        1,
        7,
        8,
        len(weights) - 8,
        len(weights),
        2**23 + 1,
        2**63,
        2**64 - 1,
    ]:
        files[f"length {length}"] = length.to_bytes(8, "little") + weights[8:]
    for text in RAW_JSON:
        files[f"header {text[:20]!r} {len(text)}"] = tensor_file(text, body)
    for cut in range(len(weights)):
        files[f"cut {cut}"] = weights[:cut]
    for extra in (b"\0", b" ", b"\0" * 8, b"PK\5\6" + b"\0" * 18):
        files[f"more {extra[:4]!r}"] = weights + extra
        files[f"before {extra[:4]!r}"] = extra + weights
    files["boolean of 2"] = weights[:-1] + b"\2"
    files["no padding"] = tensor_file(weights[8:end].rstrip(), body)
    files["more padding"] = tensor_file(weights[8:end] + b" " * 8, body)
    files["tabs"] = tensor_file(weights[8:end].rstrip().ljust(end - 8, b"\t"), body)
    for name, content in files.items():
        yield f"tensors {name}", forged({**parts, "weights.safetensors": content})


def members(data: bytes) -> Iterator[Mutant]:
    """Members added, removed, renamed, repeated and put in another order."""
    parts = contents(data)
    manifest = parts.pop("manifest.json")
    listed = [("manifest.json", manifest), *parts.items()]
    for index, (name, content) in enumerate(listed):
        rest = listed[:index] + listed[index + 1 :]
        yield f"without {name}", archive(rest)
        yield f"only {name}", archive([(name, content)])
        yield f"twice {name}", archive([*listed, (name, content)])
        yield f"last {name}", archive([*rest, (name, content)])
        yield (
            f"empty {name}",
            archive([*listed[:index], (name, b""), *listed[index + 1 :]]),
        )
        for bad in [*BAD_NAMES, "other.json"]:
            yield f"renamed {name} {bad[:20]!r}", named(listed, index, bad, content)
    for bad in [*BAD_NAMES, "other.json", "zz.safetensors"]:
        yield f"added {bad[:20]!r}", named(listed, len(listed), bad, b"{}")
        if bad not in ("other.json", "zz.safetensors"):
            yield f"listed {bad[:20]!r}", forged_name(parts, bad)
    for name in parts:
        yield f"forged without {name}", forged_without(parts, name)
    many = {f"d{index}.json": b"1" for index in range(62)}
    yield "65 members", forged({**parts, **many, "e.json": b"1"})
    yield "reversed", archive(listed[::-1])
    yield "nothing", archive([])


def named(listed: list, index: int, name: str, content: bytes) -> bytes:
    """An archive with one member of any name, even one that is not ASCII."""
    stand_in = name if name.isascii() else "q" * len(name.encode())
    data = archive([*listed[:index], (stand_in, content), *listed[index + 1 :]])
    return data.replace(stand_in.encode(), name.encode()) if stand_in != name else data


def forged_name(parts: dict[str, bytes], name: str) -> bytes:
    """An artifact with one more member, of a bad name, that the manifest lists."""
    manifest = manifest_of({**parts, name: b"{}"})
    listed = [("manifest.json", manifest), *parts.items()]
    return named(listed, len(listed), name, b"{}")


def forged_without(parts: dict[str, bytes], name: str) -> bytes:
    """An artifact whose manifest lists a member that is not there."""
    rest = [(key, value) for key, value in parts.items() if key != name]
    return archive([("manifest.json", manifest_of(parts)), *rest])
