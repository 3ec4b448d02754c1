from __future__ import annotations

import keras
import pytest

from sensorium.nn.heads.loss_words import GAMMA, KERAS_LOSSES, loss_problems


def found(target="number", **arguments):
    return [f"{path}: {text}" for path, text in loss_problems(target, arguments)]


@pytest.mark.parametrize("target", KERAS_LOSSES)
def test_every_word_stands_for_a_class_of_keras(target) -> None:
    for name in KERAS_LOSSES[target].values():
        assert issubclass(getattr(keras.losses, name), keras.losses.Loss)


def test_words_and_right_mappings_are_no_problem() -> None:
    assert found(loss="mse") == found() == []
    assert found(loss={"type": "huber", "delta": 2.0}) == []
    assert found(loss={"type": "mine>cubic"}) == []
    assert found("category", loss="focal", gamma=3.0, label_smoothing=0.1) == []


def test_a_mapping_names_a_known_loss() -> None:
    assert found(loss={"type": "hubre"}) == [
        "loss.type: there is no loss `hubre` with arguments. Did you mean `huber`?"
    ]
    [text] = found("category", loss={"delta": 1.0})
    assert text == (
        "loss: expected a mapping with `type` and the loss's arguments. "
        "Known: `sparse_categorical_crossentropy`."
    )


def test_gamma_without_focal_is_a_mistake() -> None:
    [text] = found("category", loss="crossentropy", gamma=2.0)
    assert text.startswith("gamma: counts only with `loss: focal`.")
    assert GAMMA == 2.0


def test_smoothing_does_nothing_to_a_loss_of_ones_own() -> None:
    for loss in ("mine>cubic", {"type": "mine>cubic"}, print):
        [text] = found("category", loss=loss, label_smoothing=0.1)
        assert text.startswith("label_smoothing: has no effect")


def test_heads_give_logits() -> None:
    loss = {"type": "binary_crossentropy", "from_logits": False}
    assert found("flags", loss=loss) == [
        "loss.from_logits: the head gives logits. Leave `from_logits` out."
    ]
