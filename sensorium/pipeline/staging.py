"""What one step trains: a model around the network's own parts, and its batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import keras
import numpy as np

from sensorium.errors import Problem, RecipeError
from sensorium.features import Feature
from sensorium.network import Network
from sensorium.nn.alignment import ROWS, Alignment
from sensorium.nn.encoders.embedded import Embedded
from sensorium.nn.heads.matching import Matching
from sensorium.pipeline.adversarial import count_steps, domain_heads, domain_labels
from sensorium.pipeline.augmenting import augmentation, followers, rebuilt, teacher
from sensorium.pipeline.disposable import disposable_heads, made_of
from sensorium.pipeline.embeddings import Embeddings
from sensorium.pipeline.input_balancing import balancing
from sensorium.pipeline.members import member_heads, member_labels
from sensorium.pipeline.prepare import Prepared
from sensorium.recipe import Recipe
from sensorium.recipe.build import adapt_head, dtype_of
from sensorium.recipe.planning import MAIN, copied_heads, label_names
from sensorium.training.dataset import LABEL, WEIGHT, EncodedBatches
from sensorium.training.freezing import (
    Learner,
    freeze,
    learner,
    learners,
    let_learn,
    variable_rates,
)
from sensorium.training.mixing import MixedBatches, completed
from sensorium.training.step import Step

TEACHER = "teacher_of_{}"


@dataclass
class Staged:
    """A step, ready to be trained.

    Args:
        model: What `fit` is called on.
        learners: Who learns, how fast.
        rates: Peak learning rate by a variable's `id`.
        training: Batches to learn from.
        validation: Batches to compare epochs by, or `None`.
        kept: Inputs whose frozen encoder's encodings are computed once.
        notes: What is said of the step before it begins.
    """

    model: keras.Model
    learners: list[Learner]
    rates: dict[int, float]
    training: EncodedBatches | MixedBatches
    validation: EncodedBatches | MixedBatches | None
    kept: list[str] = field(default_factory=list)
    notes: Sequence[str] = ()


class Stager:
    """Prepares the steps of a recipe.

    Args:
        recipe: The document.
        prepared: Its fitted features and encoded rows.
        network: Its network, built.
        embeddings: Where encodings of frozen encoders come from.
    """

    def __init__(
        self,
        recipe: Recipe,
        prepared: Prepared,
        network: Network,
        embeddings: Embeddings,
    ) -> None:
        self.recipe = recipe
        self.prepared = prepared
        self.network = network
        self.embeddings = embeddings

    def staged(
        self, step: Step, chosen: Mapping[str, np.ndarray] = MappingProxyType({})
    ) -> Staged:
        """Freezes, builds and fills what a step needs.

        Args:
            step: The step.
            chosen: Of some tables the training rows to learn from, instead of all.

        Raises:
            RecipeError: If no table of the step has labels for any of its heads.
        """
        if step.objective == "alignment":
            return self._aligned(step)
        heads, renamed = self._heads(step)
        there = {name: self._is_there(step, name) for name in step.inputs}
        inputs = balancing(self.recipe, step, self.network, heads, there)
        heads |= inputs.heads
        model = self._network(step, self._encoders(step), heads, inputs.dropout)
        freeze(model, step)
        # The heads of members are layers of the network's own.
        whole = self.network if step.objective == "members" else model
        freeze(whole, step)
        table = learners(whole, step)
        rates = variable_rates(whole, step)
        needed = model.read_beside() | model.looked_at() | made_of(model)
        spared = [name for name in step.inputs if name not in needed]
        absent = [name for name in spared if not self._is_there(step, name)]
        kept = [
            name
            for name in spared
            if name not in absent
            and name not in (step.stage.augment or {})  # what it says changes
            and self._is_frozen(model, name)
        ]
        light = model
        if kept or absent:
            light = self._light(model, heads, kept, absent)
        batches = self._batches(step, light, renamed, kept, chosen)
        count_steps(light, step, batches[0])
        return Staged(light, table, rates, *batches, kept, inputs.notes)

    # --- the model ---

    def _encoders(self, step: Step) -> dict[str, Any]:
        return {name: self.network.encoders[name] for name in step.inputs}

    def _heads(self, step: Step) -> tuple[dict[str, Any], dict[str, str]]:
        """The heads by name, and for each the label it learns from."""
        names = label_names(step)
        heads = {
            name: self.network.heads[name]
            for name in step.outputs
            if self._has_label(step, name)
        }
        renamed = {name: names.get(name, name) for name in heads}
        if step.objective == "members":
            heads, renamed = member_heads(self.network, step, heads)
        held = {name for name in self.prepared.labels if self._has_label(step, name)}
        for name, (label, head) in disposable_heads(
            self.recipe, step, self.prepared, held
        ).items():
            heads[name] = head
            renamed[name] = label or name
        if step.objective == "distillation":
            for name in self._taught(step):
                matching = Matching(name, weight=step.alpha, name=TEACHER.format(name))
                heads[TEACHER.format(name)] = matching
        heads |= domain_heads(step, self.prepared.parts)
        if not heads:
            text = "no table of this stage has labels that it could learn from."
            raise RecipeError([Problem(f"stage `{step.name}`", text)])
        return heads, renamed

    def _has_label(self, step: Step, name: str) -> bool:
        if name not in self.prepared.labels:  # it is made of an input
            return True
        return self._is_there(step, LABEL + name)

    def _network(
        self, step: Step, encoders: Any, heads: Mapping[str, Any], dropout: Any
    ) -> Network:
        network = self._joined(encoders, heads, dropout)
        features = self.prepared.features
        shapes = {
            name: ((part.units,), "float32")
            if isinstance(part, Embedded) and not part.has_tokens
            else (features[name].shape(), dtype_of(features[name]))
            for name, part in encoders.items()
        }
        network.build_from(shapes)
        for name, head in heads.items():
            if name not in self.network.heads or head is not self.network.heads[name]:
                adapt_head(head, self._target(step, head.labels_of or name))
        return network

    def _target(self, step: Step, name: str) -> Feature | None:
        label = label_names(step).get(name)
        copied = copied_heads(self.recipe, step).get(name)
        label = copied[0] if copied else label
        return None if label is None else self.prepared.labels.get(label)

    def _is_frozen(self, model: Network, name: str) -> bool:
        encoder = model.encoders[name]
        return bool(encoder.weights) and not encoder.trainable_weights

    def _light(
        self,
        model: Network,
        heads: Mapping[str, Any],
        kept: list[str],
        absent: list[str],
    ) -> Network:
        """The same model, with what frozen encoders say as its input."""
        encoders: dict[str, Any] = dict(model.encoders)
        for name in (*kept, *absent):
            encoder = model.encoders[name]
            tokens = model._as_tokens(encoder)
            units = self._tokens_shape(name)[1] if tokens else encoder.units
            encoders[name] = Embedded(units, tokens=tokens, name=name)
        return self._joined(encoders, heads, model._rates)

    def _joined(self, encoders: Any, heads: Mapping[str, Any], dropout: Any) -> Network:
        return Network(
            encoders,
            self.network.fusion,
            heads,
            self.network.trunk,
            seed=self.network.seed,
            modality_dropout=dropout,
            name=self.network.name,
        )

    def _aligned(self, step: Step) -> Staged:
        features = self.prepared.features
        model = Alignment(
            self._encoders(step), step.units, seed=self.recipe.seed, name=step.name
        )
        shapes = {n: (features[n].shape(), dtype_of(features[n])) for n in step.inputs}
        model.build_from(shapes)
        for name, encoder in model.encoders.items():
            let_learn(encoder, name in step.learn)
        rate = step.stage.rates(["others"])["others"]
        rates = step.rates(step.inputs)
        found = {id(v): rate for v in model.trainable_variables}
        for name, encoder in model.encoders.items():
            found |= {id(v): rates[name] for v in encoder.trainable_variables}
        table = [learner(name, model.encoders[name], rates[name]) for name in rates]
        return Staged(model, table, found, *self._batches(step, model, {}, []))

    # --- the batches ---

    def _part(self, table: str | None, part: str) -> str:
        return part if table is None else f"{table}.{part}"

    def _is_there(self, step: Step, name: str) -> bool:
        parts = (self._part(table, "train") for table in step.tables)
        return any(name in self.prepared.parts[part] for part in parts)

    def _taught(self, step: Step) -> list[str]:
        return [n for n in step.inputs if n in step.learn and self._is_there(step, n)]

    def _batches(
        self,
        step: Step,
        model: Any,
        renamed: Mapping[str, str],
        kept: list[str],
        chosen: Mapping[str, np.ndarray] = MappingProxyType({}),
    ) -> tuple[Any, Any]:
        training = [self._part(table, "train") for table in step.tables]
        valid = [self._part(table, "valid") for table in step.tables]
        valid = [part for part in valid if part in self.prepared.parts]
        held = self.prepared.rows()
        rows = step.stage.rows_a_step(sum(held[part] for part in training))
        arrays = {
            part: self._arrays(step, model, renamed, kept, part)
            for part in (*training, *valid)
        }
        given = [
            (arrays[self._part(table, "train")], chosen.get(table or MAIN))
            for table in step.tables
        ]
        labelling = made_of(model)
        changes = {**self._changes(step, model, renamed), "labelling": labelling}
        learn = self._mixed(step, given, rows, True, changes)
        if not valid:
            return learn, None
        # A loss is the mean over batches: one with few rows must not weigh like others.
        most = max(held[part] for part in valid)
        steps = -(-most // rows)
        compared = [(arrays[part], None) for part in valid]
        plain = {"labelling": labelling}
        return learn, self._mixed(step, compared, -(-most // steps), False, plain)

    def _changes(
        self, step: Step, model: Any, renamed: Mapping[str, str]
    ) -> dict[str, Any]:
        """How training batches are augmented, as arguments of `EncodedBatches`."""
        features = self.prepared.features
        given = {
            name: settings
            for name, settings in (step.stage.augment or {}).items()
            if name in step.inputs and self._is_there(step, name)
        }
        augmented = {n: augmentation(n, features[n], given[n]) for n in given}
        heads = getattr(model, "heads", {})
        labels = self.prepared.labels
        targets = {name: labels.get(renamed.get(name, name)) for name in heads}
        following = followers(heads, targets, features, given)
        augmented |= {LABEL + name: item for name, item in following.items()}
        made = {
            LABEL + name: rebuilt(head, head.of)
            for name, head in heads.items()
            if head.of in augmented
        }
        if step.objective == "distillation":
            made |= {
                LABEL + TEACHER.format(name): teacher(
                    self.network.encoders[name], name, self.prepared.features[name]
                )
                for name in self._taught(step)
                if name in augmented
            }
        return {"augmented": augmented, "made": made}

    def _mixed(
        self, step: Step, tables: Any, rows: int, shuffle: bool, changes: Any
    ) -> Any:
        seed = self.recipe.seed
        batches = [
            EncodedBatches(
                arrays,
                batch_size=rows,
                seed=seed,
                stage=step.name,
                shuffle=shuffle,
                **changes,
            ).only(used)
            for arrays, used in tables
        ]
        if len(batches) == 1:
            return batches[0]
        mixing = step.stage.mixing if shuffle else "proportional"
        return MixedBatches(
            batches, mixing, seed=seed, stage=step.name, shuffle=shuffle
        )

    def _arrays(
        self,
        step: Step,
        model: Any,
        renamed: Mapping[str, str],
        kept: list[str],
        part: str,
    ) -> Mapping[str, np.ndarray]:
        arrays = self.prepared.parts[part]
        extra = {name: self._kept(model, part, name) for name in kept if name in arrays}
        wanted: dict[str, Any] = {
            name: (extra[name].shape[1:], "float32")
            if name in extra
            else self._form(encoder, name)
            for name, encoder in model.encoders.items()
        }
        if isinstance(model, Alignment):
            rows = len(next(iter(arrays.values())))
            extra[LABEL + ROWS] = np.broadcast_to(np.float32(1.0), (rows,))
        wanted |= self.prepared.label_forms(renamed)
        if step.objective == "distillation":
            extra |= self._teachers(step, part)
        if step.objective == "members":
            extra |= member_labels(self.network, step, arrays)
        extra |= domain_labels(step, model, arrays, part)
        places = {
            start + name: start + label
            for name, label in renamed.items()
            for start in (LABEL, WEIGHT)
        }
        return completed(arrays, wanted, places, extra)

    def _kept(self, model: Any, part: str, name: str) -> np.ndarray:
        encoder = self.network.encoders[name]
        tokens = bool(getattr(model.encoders[name], "has_tokens", False))
        return self.embeddings.of(part, name, encoder, tokens=tokens)

    def _form(self, encoder: Any, name: str) -> tuple[Any, str]:
        feature = self.prepared.features[name]
        if not isinstance(encoder, Embedded):
            return feature.shape(), dtype_of(feature)
        if not encoder.has_tokens:  # the input is absent in all tables
            return (encoder.units,), "float32"
        tokens, width = self._tokens_shape(name)
        return (tokens, width + 1), "float32"

    def _tokens_shape(self, name: str) -> tuple[int, int]:
        shape = (None, *self.prepared.features[name].shape())
        _, tokens, width = self.network.encoders[name].tokens_shape(shape)
        return tokens, width

    def _teachers(self, step: Step, part: str) -> dict[str, np.ndarray]:
        return {
            LABEL + TEACHER.format(name): self.embeddings.labels(
                part, name, self.network.encoders[name]
            )
            for name in self._taught(step)
        }
