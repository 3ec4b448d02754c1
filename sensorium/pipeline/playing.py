"""A game whose discriminator is an encoder of the recipe with a score on top."""

from __future__ import annotations

import dataclasses
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from sensorium.data.order import key
from sensorium.errors import DataError, GameWarning, sentence
from sensorium.games.gan import GAN
from sensorium.games.networks import SMALLEST
from sensorium.games.watching import warnings_of
from sensorium.nn.encoders.wrapped import unwrapped
from sensorium.nn.joining import PRESENT
from sensorium.pipeline.gallery import FOLDER, Gallery
from sensorium.pipeline.staging import Stager
from sensorium.recipe.build import policy
from sensorium.training import History
from sensorium.training.checkpoint import Checkpoint, begin_random, captured, put_back
from sensorium.training.freezing import Learner, learner, let_learn, parts_of
from sensorium.training.step import Step
from sensorium.training.trainer import States

Progress = Callable[[int, Mapping[str, float]], None]

_BETA = 0.5
_NEAR = 0.05


@dataclass
class Match:
    """A game of a step, ready to be played.

    Args:
        game: The game.
        pictures: Bytes, a row of the table each.
        rows: Which of them are there.
        learners: Who learns, how fast.
        epochs: Passes over the pictures.
        batch_size: Pictures a round.
        notes: What is said of the step before it begins.
    """

    game: GAN
    pictures: np.ndarray
    rows: np.ndarray
    learners: list[Learner]
    epochs: int
    batch_size: int
    notes: Sequence[str]


def match_of(stager: Stager, step: Step) -> Match:
    """Builds a game around the encoder that a step teaches; all others are frozen.

    Args:
        stager: Knows the recipe, its rows and its network.
        step: A step with a game.

    Raises:
        DataError: If there are no pictures, they are too small, or the encoder learns
            nothing, gives no vector or cannot be shown what a generator makes.
    """
    [name] = step.inputs
    encoder = stager.network.encoders[name]
    for part in parts_of(stager.network).values():
        let_learn(part, part is encoder)
    _check_encoder(encoder)
    pictures, there = _pictures(stager, step)
    rates = step.rates(step.inputs)[name], step.stage.rates(["others"])["others"]
    with policy("float32"):
        game = _game(step, encoder, pictures.shape[1:], rates, stager)
    table = [
        learner(name, encoder, rates[0]),
        learner("score", game.discriminator.layers[-1], rates[0]),
        learner("generator", game.generator, rates[1]),
    ]
    size = step.stage.rows_a_step(len(there))
    epochs = step.stage.most_epochs(len(there) // min(size, len(there)))
    notes = _notes(step, pictures, there)
    return Match(game, pictures, there, table, epochs, size, notes)


def play(
    match: Match,
    step: Step,
    gallery: Gallery,
    states: States,
    *,
    seed: int,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    progress: Progress | None = None,
) -> History:
    """Plays a game and leaves the encoder with the weights of the last whole epoch.

    Args:
        match: The game.
        step: The step.
        gallery: Where what is made goes.
        states: The state to go on from, and where those of this call go.
        seed: The recipe's.
        callbacks: Further Keras callbacks.
        progress: Called after each epoch with its number, from 1, and its values.

    Raises:
        TrainingError: If a loss is no longer a number.
    """
    game, history = match.game, History(step.name)
    begin_random(game, seed, step.name)
    game.compile()
    recorder = _Recorder(history, step, gallery, progress, states.keep)
    if states.resumed is not None:
        put_back(game, states.resumed)
        recorder.resume(states.resumed)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", GameWarning)  # the history has them
            game.fit(
                match.pictures,
                epochs=match.epochs,
                initial_epoch=len(history.epochs),
                batch_size=match.batch_size,
                rows=match.rows,
                verbose=0,
                callbacks=[recorder, *callbacks],
            )
    except KeyboardInterrupt:
        history.interrupted = True
        if recorder.last is not None:
            put_back(game, recorder.last)
    if history.epochs:
        gallery.show(step.name, game)
        gallery.keep(step.name, game)
    history.best_epoch = len(history.epochs)
    history.warnings = warnings_of(history.epochs, _fixes(step))
    return history


class _Recorder(keras.callbacks.Callback):
    """Records epochs, shows what is made, and hands over states."""

    def __init__(
        self,
        history: History,
        step: Step,
        gallery: Gallery,
        progress: Progress | None,
        keep: Any,
    ) -> None:
        super().__init__()
        self.history = history
        self.step = step
        self.gallery = gallery
        self.progress = progress
        self.keep = keep
        self.last: Checkpoint | None = None
        self.started = 0.0

    def resume(self, checkpoint: Checkpoint) -> None:
        """Goes on after the epochs of a state."""
        held = checkpoint.document["history"]
        self.history.epochs = [dict(epoch) for epoch in held["epochs"]]
        self.last = checkpoint

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        values = {name: float(value) for name, value in (logs or {}).items()}
        seconds = time.perf_counter() - self.started
        self.history.epochs.append({"epoch": epoch + 1, "seconds": seconds, **values})
        self.gallery.show(self.step.name, self.model)
        held = dataclasses.asdict(self.history)
        document = {"epochs": epoch + 1, "history": held, "best": np.inf}
        self.last = captured(self.model, document, None)
        if self.keep is not None:
            self.keep(self.last)
        if self.progress is not None:
            self.progress(epoch + 1, values)


def _check_encoder(encoder: Any) -> None:
    where = f"encoder `{encoder.name}`"
    if not encoder.trainable_weights:
        text = "has no weights that learn, so that a game teaches it nothing"
        fix = "Take the stage out, or let its layers learn in the file it comes from."
        raise DataError(sentence(where, text, fix=fix))
    if getattr(unwrapped(encoder), "pool", "") == "none":
        text = "gives many vectors a row, and the score of a game reads one"
        raise DataError(sentence(where, text, fix="Say `pool: auto`."))


def _game(
    step: Step, encoder: Any, shape: tuple[int, ...], rates: Any, stager: Stager
) -> GAN:
    seed = key(stager.recipe.seed, f"{step.name}/game") % 2**20
    adam = [keras.optimizers.Adam(rate, beta_1=_BETA) for rate in rates]
    return GAN(
        shape,
        discriminator=_discriminator(encoder, shape, seed),
        optimizers=dict(zip(("discriminator", "generator"), adam, strict=True)),
        seed=seed,
        **step.game,
    )


def _discriminator(encoder: Any, shape: tuple[int, ...], seed: int) -> Any:
    """Pictures in [-1, 1] to scores: the encoder, and one unit on its vector."""
    name = encoder.name
    scale, offset = _scaling(encoder, shape)
    # No two layers of a model may have one name, and the encoder has the user's.
    given = keras.Input(shape, name=f"{name}_pixels")
    x = keras.layers.Rescaling(scale, offset, name=f"{name}_scaled")(given)
    start = keras.initializers.GlorotUniform(seed=seed)
    score = keras.layers.Dense(1, kernel_initializer=start, name=f"{name}_score")
    return keras.Model(given, score(encoder(x)), name="discriminator")


def _scaling(encoder: Any, shape: tuple[int, ...]) -> tuple[float, float]:
    """What turns [-1, 1] into numbers that say to an encoder what bytes say.

    Encoders of ours take floats from 0 to 1; Keras models mostly those from 0 to 255.
    """
    draw = np.random.default_rng(0)
    whole = draw.integers(0, 255, (4, *shape), dtype="uint8")
    wanted = _vectors(encoder, whole)
    for most in (1.0, 255.0):
        floats = whole.astype("float32") * np.float32(most / 255.0)
        found = _vectors(encoder, floats)
        between = _vectors(encoder, floats + np.float32(0.25 * most / 255.0))
        far = np.linalg.norm(found - wanted)
        if far <= _NEAR * np.linalg.norm(wanted) and not np.array_equal(found, between):
            return most / 2.0, most / 2.0
    text = "cannot tell made pictures from real ones: it takes whole numbers only, and "
    text += "a generator learns from what lies between them"
    fix = "Take an encoder that reads floats from 0 to 1 as it does bytes, e.g. "
    fix += "`residual`, or teach this one by `autoencode` or `align`."
    raise DataError(sentence(f"encoder `{encoder.name}`", text, fix=fix))


def _vectors(encoder: Any, pictures: np.ndarray) -> np.ndarray:
    given = keras.ops.convert_to_tensor(pictures)
    found = keras.ops.cast(encoder(given, training=False), "float32")
    return np.asarray(keras.ops.convert_to_numpy(found))


def _pictures(stager: Stager, step: Step) -> tuple[np.ndarray, np.ndarray]:
    """The training rows of the step's table, and which of them have a picture."""
    [name], [table] = step.inputs, step.tables
    arrays = stager.prepared.parts["train" if table is None else f"{table}.train"]
    pictures = np.asarray(arrays[name])
    where = f"stage `{step.name}`"
    if min(pictures.shape[1:3]) < SMALLEST:
        text = f"pictures of `{name}` need sides of at least {SMALLEST} pixels"
        fix = f"Set `size` of `{name}`."
        raise DataError(sentence(where, text, pictures.shape[1:], fix))
    present = np.asarray(arrays.get(name + PRESENT, np.ones(len(pictures), bool)))
    if not present.any():
        text = f"no training row of `{table or 'data'}` has a picture `{name}`"
        raise DataError(sentence(where, text))
    return pictures, np.flatnonzero(present)


def _notes(step: Step, pictures: np.ndarray, there: np.ndarray) -> list[str]:
    [table] = step.tables
    height, width, channels = pictures.shape[1:]
    absent = len(pictures) - len(there)
    text = f"{len(there):,} pictures of `{table or 'data'}`, "
    text += f"{height} x {width} x {channels}"
    text += f"; {absent:,} rows lack theirs" if absent else ""
    return [text, f"what it makes: {FOLDER}/{step.name}.png"]


def _fixes(step: Step) -> dict[str, str]:
    """What helps in a stage, whose discriminator is an encoder."""
    [name] = step.inputs
    return {
        "collapse": "Try a lower `learning_rate`, a larger `batch_size` or the `loss` "
        "`hinge`.",
        "discriminator": f"Try more pictures, a lower rate for the encoder, e.g. "
        f"`learning_rate: {{{name}: 0.00005, others: 0.0002}}`, or the `loss` "
        "`least_squares`.",
        "generator": f"Try a wider encoder of `{name}` or a higher rate for it, e.g. "
        f"`learning_rate: {{{name}: 0.0005, others: 0.0002}}`.",
    }
