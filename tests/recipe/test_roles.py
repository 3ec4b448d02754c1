from __future__ import annotations

import keras

from sensorium.recipe.roles import ENCODER, FEATURE, ROLES, registered


@keras.saving.register_keras_serializable("roles")
class Registered(keras.layers.Layer):
    """A layer that the tests register."""


def test_every_word_of_every_role_can_be_loaded() -> None:
    for role in ROLES.values():
        for word in role.table:
            assert role.word(object.__new__(role.load(word))) == word


def test_registered_classes_are_found_by_package_and_name() -> None:
    assert registered("roles>Registered") is Registered
    assert registered("roles>Other") is None
    assert registered("Registered") is None
    assert ENCODER.load("roles>Registered") is Registered


def test_kinds_of_inputs_are_ours_alone() -> None:
    assert "there is no kind of input" in str(FEATURE.check("roles>Registered", "x")[0])
