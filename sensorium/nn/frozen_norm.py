"""Batch normalisation whose statistics stay as they are."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable("sensorium")
class FrozenBatchNormalization(keras.layers.BatchNormalization):
    """Normalises with the statistics that it has, also while other weights learn.

    Rows then never see each other, and a few rows of another table do not push the
    statistics away from what the layers behind were taught with. Scale and offset learn
    like any weight. Keras's `training=False` inside a model does not serve: a model
    that is called with `training=True` passes that on to every layer (Keras 3.15).
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Normalises in inference mode, whatever `training` says."""
        return super().call(inputs, training=False, mask=mask)
