"""The model: dict in, dict out, keyed by the user's names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import keras
import numpy as np

from sensorium.network.balanced import BalancedModel
from sensorium.network.maps import learn_scales, shown_maps
from sensorium.network.measures import measures_of, recorded
from sensorium.nn.encoded import Encoded, mode, shown
from sensorium.nn.encoders.base import Encoder
from sensorium.nn.fusion.base import Fusion
from sensorium.nn.heads.base import Head
from sensorium.nn.initializers import seeded
from sensorium.nn.input_dropout import InputDropout, by_input
from sensorium.nn.joining import PRESENT, check_inputs, check_outputs
from sensorium.nn.labels import complete_labels, complete_weights
from sensorium.nn.parts import register_all, saved
from sensorium.nn.present import Present
from sensorium.nn.weight_names import weights_of
from sensorium.nn.weight_values import as_numpy, assign_all


@keras.saving.register_keras_serializable("sensorium")
class Network(BalancedModel):
    """An ordinary Keras model: dict in, dict out, by the user's names. Made by `join`.

    Inputs are `{name: array}` with rows on the first axis, and for each input
    optionally `{name}/present`, boolean `(rows,)`: where it is false the values do not
    count, whatever they are. Without it every row is present. Outputs are
    `{name: tensor}`. A label that is absent (see the heads) weighs nothing in losses
    and metrics; an output whose labels are left out of `y` counts as absent everywhere.

    A part whose `trainable` is false works as in prediction while the others learn: no
    dropout, and batch normalisation does not move. Fusion and trunk are neither built
    nor computed where every head reads an input's encoding alone.

    Args:
        encoders: An encoder for each input.
        fusion: Joins the encoded inputs.
        heads: A head for each output.
        trunk: A layer between, or `None`.
        seed: Decides the first weights.
        modality_dropout: Share of rows without an input in training, one for all or
            by input; see `InputDropout`.
        **kwargs: Keras's own, e.g. `name`.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        # Keras puts this dict of all weights here after every step; looking through
        # it for layers, as for any attribute, takes as long as a small step itself.
        if name == "_jax_state":
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

    def __init__(
        self,
        encoders: Mapping[str, Encoder],
        fusion: Fusion,
        heads: Mapping[str, Head],
        trunk: Any = None,
        *,
        seed: int = 0,
        modality_dropout: float | Mapping[str, float] = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(autocast=False, **kwargs)
        self.encoders = dict(encoders)
        self.heads = dict(heads)
        self.seed = seed
        self.output_names = list(heads)
        self.fuses = any(head.reads is None for head in heads.values())
        # What is not computed is no layer of this model: it would get no gradient.
        hold = super().__setattr__ if self.fuses else partial(object.__setattr__, self)
        hold("fusion", fusion)
        hold("trunk", trunk)
        if self.fuses:
            fusion.input_names = tuple(encoders)
            if not fusion.built:  # it may stand in a network of a stage, too
                fusion.output_names = _fused_outputs(heads)
        self._rates = by_input(modality_dropout, encoders)
        self.input_dropout = InputDropout(self._rates, name="input_dropout")
        self._given: Mapping[str, Any] = MappingProxyType({})
        self._recorded: Mapping[str, Any] = MappingProxyType({})
        self._images: Mapping[str, str] = MappingProxyType({})

    # --- computing ---

    def build(self, input_shape: Mapping[str, Sequence[int | None]]) -> None:
        """Makes all weights for these shapes, with rows on the first axis."""
        shapes = {name: tuple(input_shape[name]) for name in self.encoders}
        encoded: dict[str, Any] = {}
        for name, encoder in self.encoders.items():
            self._build_part(name, encoder, shapes[name])
            encoded[name] = encoder.compute_output_shape(shapes[name])
        self._images = MappingProxyType(learn_scales(self.heads, self.encoders, shapes))
        shape: Any = self._build_fusion(shapes, encoded) if self.fuses else None
        for name, head in self.heads.items():
            if head.of is not None:
                head.learn_shape(shapes[head.of][1:])
            if self.fusion.late and head.reads is None:
                head.join_members(self.fusion.joiner(name))
            self._build_part(name, head, encoded[head.reads] if head.reads else shape)
        self._shapes = shapes

    def _build_fusion(self, shapes: Any, encoded: Mapping[str, Any]) -> Any:
        fused = [
            encoder.tokens_shape(shapes[name])
            if self._as_tokens(encoder)
            else encoded[name]
            for name, encoder in self.encoders.items()
        ]
        self._build_part("fusion", self.fusion, fused)
        shape: Any = self.fusion.compute_output_shape(fused)
        if self.trunk is None:
            return shape
        self._build_part("trunk", self.trunk, shape)
        return self.trunk.compute_output_shape(shape)

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Checks the names, then computes as every Keras model does."""
        check_inputs(self.encoders, inputs)
        return super().__call__(inputs, *args, **kwargs)

    def call(
        self, inputs: Mapping[str, Any], training: bool | None = None
    ) -> dict[str, Any]:
        """Returns the outputs by name."""
        encoded = {
            name: self._encoded(name, inputs, training) for name in self.encoders
        }
        presence = keras.ops.stack([item.present for item in encoded.values()], axis=1)
        fused = None
        if self.fuses:
            presence = self.input_dropout(presence, training=training)
            fused = self._fused(encoded, presence, training)
        scales = {
            output: self._seen(output, encoded[name], presence)
            for output, name in self._images.items()
        }
        for name in self.read_beside():
            encoded[name] = self._encoded(name, inputs, training, vector=True)
        return {
            name: head(
                encoded[head.reads].vector() if head.reads else fused,
                presence=presence,
                training=mode(head, training),
                **({"scales": scales[name]} if name in scales else {}),
            )
            for name, head in self.heads.items()
        }

    def embed(
        self, inputs: Mapping[str, Any], training: bool = False
    ) -> dict[str, Any]:
        """Returns every input's encoding, `(rows, units)`, zeros where it is absent.

        Args:
            inputs: As for `call`.
            training: Whether dropout works.
        """
        return {
            name: self._encoded(name, inputs, training, vector=True).vector()
            for name in self.encoders
        }

    def read_beside(self) -> set[str]:
        """Inputs that heads read as vectors while their tokens are fused."""
        reads = {head.reads for head in self.heads.values() if head.reads}
        return {name for name in reads if self._as_tokens(self.encoders[name])}

    def looked_at(self) -> set[str]:
        """Inputs whose maps heads read; they need the encoder itself."""
        return set(self._images.values())

    def _seen(self, output: str, image: Encoded, presence: Any) -> list[Any]:
        """The maps that a head looks at: what the fusion does not see, it does not."""
        present = image.present
        if self.heads[output].reads is None:
            present = presence[:, list(self.encoders).index(self._images[output])]
        return shown_maps(image.scales, present)

    def _encoded(
        self, name: str, inputs: Any, training: bool | None, vector: bool = False
    ) -> Encoded:
        encoder = self.encoders[name]
        values, present = shown(inputs[name], inputs.get(name + PRESENT))
        how = mode(encoder, training)
        looked_at = name in self._images.values() and not vector
        if self._as_tokens(encoder) and not vector:
            tokens, mask = encoder.tokens(values, training=how)
            scales = encoder.scales(values, training=how) if looked_at else ()
            return Encoded(tokens, present, mask, scales)
        if looked_at:
            scales = encoder.scales(values, training=how)
            return Encoded(encoder.from_scales(scales, how), present, None, scales)
        return Encoded(encoder(values, training=how), present)

    def _fused(
        self, encoded: Mapping[str, Encoded], presence: Any, training: bool | None
    ) -> Any:
        values = [item.values for item in encoded.values()]
        masks = [item.mask for item in encoded.values()]
        extra = {"token_masks": masks} if self.fusion.takes_tokens else {}
        how = mode(self.fusion, training)
        fused = self.fusion(values, presence, training=how, **extra)
        if self.trunk is None:
            return fused
        return self.trunk(fused, training=mode(self.trunk, training))

    def _as_tokens(self, encoder: Any) -> bool:
        return bool(self.fuses and self.fusion.takes_tokens and encoder.gives_tokens)

    def build_from(self, shapes: Mapping[str, tuple[Sequence[int], Any]]) -> Network:
        """Makes all weights without data.

        Args:
            shapes: For each input the shape of one row's value, and its dtype.
        """
        check_inputs(self.encoders, shapes)
        self.build({name: (None, *shape) for name, (shape, _) in shapes.items()})
        return self

    # --- training ---

    def compile(
        self,
        optimizer: Any = "adam",
        loss: Mapping[str, Any] | None = None,
        loss_weights: Mapping[str, float] | None = None,
        metrics: Mapping[str, Any] | None = None,
        *,
        balance: Any = None,
        **kwargs: Any,
    ) -> None:
        """Prepares training; what is not given comes from the heads.

        Args:
            optimizer: A Keras optimizer or its name.
            loss: For some outputs another loss than the head's: a Keras loss by name,
                object or function. Absent labels weigh nothing in it either.
            loss_weights: For some outputs another weight than the head's.
            metrics: For some outputs other metrics than the head's: one, or a list.
                They do not count sample weights, as the heads' and `weighted_metrics`
                do.
            balance: How losses are weighed in every step: a word, a document or a
                `Balance` of `sensorium.nn.balance`; `None` leaves it to the weights.
            **kwargs: Further arguments of `keras.Model.compile`.

        Raises:
            DataError: If a name is not that of an output.
        """
        given = {"loss": loss, "loss_weights": loss_weights, "metrics": metrics}
        for argument, values in given.items():
            check_outputs(self.heads, values or {}, f"`{argument}`")
        kwargs["balance"] = balance
        # Keras would take the metrics in a plain dict for parts of the network.
        self._given = MappingProxyType({"optimizer": optimizer, **given, **kwargs})
        losses = recorded({n: self._head_loss(n, loss or {}) for n in self.heads})
        weights = loss_weights or {}
        weighted = kwargs.pop("weighted_metrics", None) or {}
        measures = measures_of(self.heads, metrics or {}, weighted)
        self._recorded = MappingProxyType(losses)
        super().compile(
            optimizer=optimizer,
            loss=losses,
            loss_weights={
                name: float(weights.get(name, head.weight))
                for name, head in self.heads.items()
            },
            **measures,
            **kwargs,
        )

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The weighted sum of the outputs' losses."""
        labels = complete_labels(self.heads, y, y_pred, x)
        weights = complete_weights(self.heads, sample_weight, labels)
        return super().compute_loss(x, labels, y_pred, weights, training)

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> Any:
        """Takes a batch into the metrics, and returns their values."""
        labels = complete_labels(self.heads, y, y_pred, x)
        weights = complete_weights(self.heads, sample_weight, labels)
        return super().compute_metrics(x, labels, y_pred, weights)

    @property
    def metrics(self) -> list[Any]:
        """All metrics; the losses over labels come last, in place of Keras's own."""
        found = [getattr(loss, "metric", None) for loss in self._recorded.values()]
        return [*super().metrics, *(metric for metric in found if metric is not None)]

    # --- weights and saving ---

    def weights_by_name(self) -> dict[str, np.ndarray]:
        """All weights as NumPy arrays by a path that is the same in every process.

        NumPy has no bfloat16: such weights come as float32, without any loss.
        """
        return {
            name: as_numpy(variable)
            for name, variable in self._variables_by_name().items()
        }

    def load_weights_by_name(self, weights: Mapping[str, Any]) -> None:
        """Sets all weights from what `weights_by_name` returned.

        Raises:
            DataError: If a weight is missing, unknown or of another shape; all are
                named and nothing is changed.
        """
        assign_all(self._variables_by_name(), weights)

    def get_config(self) -> dict[str, Any]:
        """Returns what `from_config` needs to make an equal, unbuilt network."""
        return {
            "name": self.name,
            "seed": self.seed,
            "encoders": {name: saved(part) for name, part in self.encoders.items()},
            "fusion": saved(self.fusion),
            "heads": {name: saved(part) for name, part in self.heads.items()},
            "trunk": saved(self.trunk),
            "modality_dropout": self._rates,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Network:
        """Makes an unbuilt network from what `get_config` returned."""
        register_all()
        load = keras.saving.deserialize_keras_object
        parts = ("encoders", "fusion", "heads", "trunk")
        loaded = {key: load(config[key]) for key in parts}
        return cls(**{**config, **loaded})

    def get_build_config(self) -> dict[str, Any]:
        """Returns the shapes that the weights were made for."""
        return {"shapes": {name: list(shape) for name, shape in self._shapes.items()}}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Makes the weights for the shapes that `get_build_config` returned."""
        self.build(config["shapes"])

    def get_compile_config(self) -> dict[str, Any]:
        """Returns what was given to `compile`."""
        config = {key: value for key, value in self._given.items() if value is not None}
        plain: dict[str, Any] = keras.saving.serialize_keras_object(config)
        return plain

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles with what `get_compile_config` returned."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        if self.built:
            self.optimizer.build(self.trainable_variables)

    # --- inner ---

    def _build_part(self, name: str, layer: Any, shape: Any) -> None:
        if not layer.built:
            with seeded(self.seed, name):
                layer.build(shape)

    def _variables_by_name(self) -> dict[str, Any]:
        shared = {"fusion": self.fusion, "trunk": self.trunk}
        parts = {**self.encoders, **shared, **self.heads}
        return weights_of(
            self.name, {name: part for name, part in parts.items() if part is not None}
        )

    def _head_loss(self, name: str, given: Mapping[str, Any]) -> Any:
        loss, head = given.get(name), self.heads[name]
        if loss is None:
            return head.loss_function()
        return loss if isinstance(loss, Present) else Present(loss, head.target)


def _fused_outputs(heads: Mapping[str, Head]) -> tuple[str, ...]:
    return tuple(name for name, head in heads.items() if head.reads is None)
