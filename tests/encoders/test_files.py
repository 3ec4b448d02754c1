from __future__ import annotations

import json
import zipfile

import keras
import pytest

from sensorium.encoders.files import read_keras, read_source
from sensorium.errors import DataError
from sensorium.recipe.encoder_files import read_config
from tests.nn.encoders.models import dense_autoencoder


@keras.saving.register_keras_serializable("tests_of_files")
class Known(keras.layers.Layer):
    def call(self, inputs):
        return inputs


def saved(folder, *layers):
    model = keras.Sequential([keras.Input((3,)), *layers])
    model.save(folder / "model.keras")
    return folder / "model.keras"


def test_a_file_becomes_the_model(tmp_path) -> None:
    dense_autoencoder().save(tmp_path / "a.keras")
    found = read_source(str(tmp_path / "a.keras"))
    assert found.model.name == "dense"
    assert not found.classifies


def test_a_registered_class_may_stand_in_a_file(tmp_path) -> None:
    assert read_keras(saved(tmp_path, Known())).model.layers


def test_code_in_a_file_is_refused(tmp_path) -> None:
    path = saved(tmp_path, keras.layers.Lambda(lambda x: x))
    with pytest.raises(DataError, match=r"holds code or classes.*`Lambda`"):
        read_keras(path)


def test_an_unknown_class_is_named(tmp_path) -> None:
    path = saved(tmp_path, Known())
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["config.json"] = parts["config.json"].replace(b"Known", b"Other")
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(DataError, match=r"`Other`.*register_keras_serializable"):
        read_keras(path)


def test_a_damaged_file_is_refused(tmp_path) -> None:
    path = saved(tmp_path, keras.layers.Dense(2))
    document = read_config(path)
    (tmp_path / "cut.keras").write_bytes(path.read_bytes()[:500])
    with pytest.raises(DataError, match=r"is no `.keras` file"):
        read_keras(tmp_path / "cut.keras")
    with zipfile.ZipFile(tmp_path / "bare.keras", "w") as archive:
        archive.writestr("config.json", json.dumps(document))
    with pytest.raises(DataError, match="cannot be made from the file"):
        read_keras(tmp_path / "bare.keras")
    with zipfile.ZipFile(tmp_path / "list.keras", "w") as archive:
        archive.writestr("config.json", "[]")
    with pytest.raises(DataError, match=r"is no `.keras` file"):
        read_keras(tmp_path / "list.keras")


def test_other_formats_are_refused_with_what_to_do(tmp_path) -> None:
    for name, words in (
        ("old.h5", r"load_model\('old.h5'\).save\('old.keras'\)"),
        ("a.weights.h5", "without the model"),
    ):
        (tmp_path / name).write_bytes(b"")
        with pytest.raises(DataError, match=words):
            read_source(tmp_path / name)
    (tmp_path / "saved_model.pb").write_bytes(b"")
    with pytest.raises(DataError, match="TensorFlow's folders"):
        read_source(tmp_path)


def test_a_missing_file_names_the_nearest(tmp_path) -> None:
    (tmp_path / "photo.keras").write_bytes(b"")
    with pytest.raises(DataError, match=r"no such file. Did you mean `photo.keras`"):
        read_source(tmp_path / "foto.keras")
    with pytest.raises(DataError, match=r"holds no model. .*`photo.keras`"):
        read_source(tmp_path)
    with pytest.raises(DataError, match="expected a path"):
        read_source(3)
