from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from sensorium.features import Number
from sensorium.nn.encoders import MLP, Transformer
from sensorium.pipeline import embeddings as module
from sensorium.pipeline.cache import prepare_cached
from sensorium.pipeline.embeddings import Embeddings, forward_of
from sensorium.pipeline.prepare import Prepared
from tests.pipeline.made import QUICK, frame, recipe_of, stager_of

UNITS = 3


def encoder(**changes: Any) -> Any:
    found = MLP(UNITS, num_layers=1, dropout=0.5, name="x", **changes)
    found.build((None, 2))
    found.trainable = False
    return found


def rows_of(count: int = 5, key: str = "key", **known: Any) -> Prepared:
    x = np.random.default_rng(0).normal(size=(count, 2)).astype("float32")
    present = np.arange(count) % 4 != 3
    x[~present] = np.nan
    parts = {"train": {"x": x, "x/present": present}, "valid": {"x": x[:2]}}
    return Prepared(
        known.get("features", {}), {}, parts, key=key, keys=known.get("keys", {})
    )


@pytest.fixture(scope="module")
def mlp() -> Any:
    return encoder()


@pytest.mark.parametrize("count", [5, module.BLOCK, module.BLOCK + 1])
def test_encodings_are_what_the_encoder_says_without_dropout(
    mlp: Any, count: int
) -> None:
    rows = rows_of(count)
    found = Embeddings(rows, None).of("train", "x", mlp, tokens=False)
    arrays = rows.parts["train"]
    here = arrays["x/present"]
    expected = mlp(arrays["x"][here], training=False)
    assert (found.shape, found.dtype) == ((count, UNITS), np.float32)
    np.testing.assert_allclose(found[here], np.asarray(expected), atol=1e-6)
    assert np.isfinite(found).all(), "absent values are not let in"


def test_they_are_computed_once_and_found_by_a_later_run(
    mlp: Any, tmp_path: Path
) -> None:
    first = Embeddings(rows_of(), tmp_path)
    one = first.of("train", "x", mlp, tokens=False)
    assert first.of("train", "x", mlp, tokens=False) is one
    assert first.computed == 1
    first.of("valid", "x", mlp, tokens=False)
    assert first.computed == 2
    later = Embeddings(rows_of(), tmp_path)
    np.testing.assert_array_equal(later.of("train", "x", mlp, tokens=False), one)
    assert later.computed == 0


def test_an_encoder_is_compiled_once_for_all_parts(
    mlp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[str] = []

    def counted(encoder: Any, name: str, *, tokens: bool) -> Any:
        compiled.append(name)
        return forward_of(encoder, name, tokens=tokens)

    monkeypatch.setattr(module, "forward_of", counted)
    found = Embeddings(rows_of(), None)
    before = found.of("train", "x", mlp, tokens=False)
    found.of("valid", "x", mlp, tokens=False)
    assert compiled == ["x"]
    other = encoder()
    other.set_weights([weights + 1 for weights in other.get_weights()])
    assert not np.array_equal(found.of("train", "x", other, tokens=False), before)
    assert compiled == ["x", "x"]


def test_without_a_folder_they_are_held_in_memory(mlp: Any, tmp_path: Path) -> None:
    found = Embeddings(rows_of(), None)
    for _ in range(2):
        found.of("train", "x", mlp, tokens=False)
    assert found.computed == 1
    assert list(tmp_path.iterdir()) == []


def test_weights_settings_and_rows_count(mlp: Any, tmp_path: Path) -> None:
    def computed(encoder: Any, rows: Prepared) -> int:
        found = Embeddings(rows, tmp_path)
        found.of("train", "x", encoder, tokens=False)
        return found.computed

    assert computed(mlp, rows_of()) == 1
    assert computed(mlp, rows_of()) == 0
    assert computed(mlp, rows_of(key="other rows")) == 1
    more = {"": "key", "more": "others"}  # a table that the rows do not come from
    assert computed(mlp, rows_of(key="another preparation", keys=more)) == 0
    assert computed(mlp, rows_of(keys={"": "other rows"})) == 0
    fitted = Number().named("x").fit({"x": pl.Series([1.0, 2.0])})
    assert computed(mlp, rows_of(features={"x": fitted})) == 1
    assert computed(mlp, rows_of(features={"x": fitted, "z": fitted})) == 0
    other = encoder(dtype="mixed_bfloat16")
    other.set_weights(mlp.get_weights())
    assert computed(other, rows_of()) == 1
    moved = encoder()
    moved.set_weights([weight + 1e-7 for weight in mlp.get_weights()])
    assert computed(moved, rows_of()) == 1
    moved.set_weights(mlp.get_weights())
    assert computed(moved, rows_of()) == 0


def test_damaged_ones_are_computed_anew(mlp: Any, tmp_path: Path) -> None:
    expected = Embeddings(rows_of(), tmp_path).of("train", "x", mlp, tokens=False)
    expected = np.array(expected)
    [entry] = (tmp_path / module.FOLDER).iterdir()
    (entry / "0.bin").write_bytes(b"short")
    again = Embeddings(rows_of(), tmp_path)
    np.testing.assert_array_equal(again.of("train", "x", mlp, tokens=False), expected)
    assert again.computed == 1
    assert (entry / "0.bin").stat().st_size == expected.nbytes


def test_old_ones_go_but_none_that_is_in_use(
    mlp: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT", 1)
    folder = tmp_path / module.FOLDER
    for number in range(3):  # of three runs on other rows
        rows = rows_of(key=f"{number}")
        Embeddings(rows, tmp_path).of("train", "x", mlp, tokens=False)
        for age, entry in enumerate(sorted(folder.iterdir(), key=os.path.getmtime)):
            os.utime(entry, (1000 + age, 1000 + age))
    assert len(list(folder.iterdir())) == 1
    found = Embeddings(rows_of(key="3"), tmp_path)
    for part in ("train", "valid"):
        found.of(part, "x", mlp, tokens=False)
    again = Embeddings(rows_of(key="3"), tmp_path)
    for part in ("train", "valid"):
        again.of(part, "x", mlp, tokens=False)
    assert again.computed == 0


def test_tokens_come_with_the_mask_beside_them() -> None:
    words = Transformer(
        UNITS, vocabulary_size=9, embedding_dim=4, num_heads=1, num_layers=1
    )
    ids = np.array([[2, 3, 0, 0], [4, 5, 6, 7]], "int32")
    words.build((None, 4))
    words.trainable = False
    rows = Prepared({}, {}, {"train": {"text": ids}}, key="key")
    found = Embeddings(rows, None).of("train", "text", words, tokens=True)
    tokens, mask = words.tokens(ids, training=False)
    np.testing.assert_allclose(found[..., :-1], np.asarray(tokens), atol=1e-6)
    np.testing.assert_array_equal(found[..., -1] > 0.5, np.asarray(mask))
    assert 0 < found[..., -1].sum() < found[..., -1].size


def test_a_further_table_leaves_the_encodings_of_others(tmp_path: Path) -> None:
    stage = {"type": "pretrain", "inputs": ["z"], "table": "more", **QUICK}
    recipes = [
        recipe_of(),
        recipe_of(tables={"more": frame(20, seed=1)}, stages=[stage, QUICK]),
    ]
    counts = []
    for recipe in recipes:
        rows, _ = prepare_cached(recipe, tmp_path)
        found = Embeddings(rows, tmp_path)
        network = stager_of(recipe, rows).network
        for name in ("x", "z"):  # `z` is fitted on the other table now
            found.of("train", name, network.encoders[name], tokens=False)
        counts.append(found.computed)
    assert counts == [2, 1]
