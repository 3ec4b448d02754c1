"""What the command line prints: progress, scores, tables."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from sensorium.errors import Problem, RecipeError
from sensorium.schema import read_yaml

_PLAYERS = ("discriminator", "generator")


def changes(given: Sequence[str]) -> dict[str, Any]:
    """Reads `--set PATH=VALUE`; values are read as YAML."""
    found = {}
    for item in given:
        path, equals, value = item.partition("=")
        if not equals or not path:
            text = f"expected PATH=VALUE, e.g. stages.0.epochs=3. Received: {item!r}."
            raise RecipeError([Problem("--set", text)])
        found[path] = read_yaml(f"value: {value}").data["value"]
    return found


class Watcher:
    """Shows what training does: bars on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        self.console = Console(stderr=True)
        self.bar: Progress | None = None
        self.task: Any = None
        self.epochs = 0
        self.name = ""
        self.stopped = ""
        """The stage that the user stopped; empty where none was."""
        self.shown = time.monotonic()

    def __call__(self, event: str, values: Mapping[str, Any]) -> None:
        """Takes one event of `sensorium.fit`."""
        getattr(self, f"on_{event}")(values)

    def on_prepare(self, values: Mapping[str, Any]) -> None:
        """Reading begins."""
        self.line(f"Reading {values['data']} ...")

    def on_prepared(self, values: Mapping[str, Any]) -> None:
        """Everything is encoded."""
        rows = ", ".join(f"{count:,} {part}" for part, count in values["rows"].items())
        did = "Opened (encoded by an earlier run)" if values["cached"] else "Encoded"
        self.line(f"{did} {rows} rows in {values['seconds']:.1f} s")
        for note in values["notes"]:
            self.line(f"Note: {note}")
        if values["unreadable"]:
            count = values["unreadable"]
            self.line(f"{count:,} values cannot be read: see quarantine.csv in the run")

    def on_stage(self, values: Mapping[str, Any]) -> None:
        """A stage begins."""
        self.epochs = values["epochs"]
        self.name = values["name"]
        self.line(f"Stage `{self.name}`, at most {self.epochs} epochs")
        if values["resumed"]:
            self.line(f"  goes on after epoch {values['resumed']}")
        for learner in values["learners"]:
            self.line(f"  {_learning(learner, values['kept'])}")
        for note in values.get("notes", ()):
            self.line(f"  {note}")
        if self.console.is_terminal:
            self._start_bar(values["resumed"])

    def _start_bar(self, done: int) -> None:
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total} epochs {task.fields[loss]}"),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
        )
        self.bar.start()
        self.task = self.bar.add_task(
            self.name, total=self.epochs, completed=done, loss=""
        )

    def on_stage_end(self, values: Mapping[str, Any]) -> None:
        """A stage has ended."""
        self.close()
        history = values["history"]
        if history.interrupted:
            self.stopped = values["name"]
        self.line(f"  {_ended(history.epochs, history.best_epoch)}")
        for text in history.warnings:
            self.line(f"  Warning: {text}")

    def on_kept(self, values: Mapping[str, Any]) -> None:
        """A stage is taken from an earlier run."""
        history = values["history"]
        text = "nothing it follows from has changed, its weights are taken as they were"
        self.line(f"Stage `{values['name']}`: {text}")
        self.line(f"  {_ended(history['epochs'], history['best_epoch'])}")

    def on_changed(self, values: Mapping[str, Any]) -> None:
        """The recipe is not the one that was stopped."""
        text = "The recipe or its data changed since the run was stopped: "
        self.line(text + "the stage that was in work begins anew.")

    def on_epoch(self, values: Mapping[str, Any]) -> None:
        """An epoch has ended."""
        loss = _loss(values)
        if self.bar is not None:
            self.bar.update(self.task, completed=values["epoch"], loss=loss)
        elif time.monotonic() - self.shown > 10:
            self.shown = time.monotonic()
            self.line(f"Epoch {values['epoch']} of at most {self.epochs}: {loss}")

    def on_combination(self, values: Mapping[str, Any]) -> None:
        """The weights of a stacked fusion are learned."""
        for output, shares in values["weights"].items():
            shown = ", ".join(f"{name} {share:.2f}" for name, share in shares.items())
            self.line(f"  `{output}` trusts {shown}")

    def on_singles(self, values: Mapping[str, Any]) -> None:
        """Each input's encoder alone is scored."""
        for output, alone in values["scores"].items():
            shown = ", ".join(
                f"{name} {value:.3f}"
                for name, value in alone.items()
                if value is not None
            )
            self.line(f"`{output}` from one encoder alone: {shown}")
        for text in values["warnings"]:
            self.line(f"Warning: {text}")

    def on_saved(self, values: Mapping[str, Any]) -> None:
        """The run is on the disk."""
        self.close()
        self.line(f"Saved {values['folder']} after {values['seconds']:.1f} s")

    def line(self, text: str) -> None:
        """Prints one line to standard error."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Ends the bar, if one is shown."""
        if self.bar is not None:
            self.bar.stop()
            self.bar = None


def _learning(learner: Any, kept: Sequence[str]) -> str:
    """A line of the table that says who learns."""
    if learner.learns:
        part = "" if learner.learns == learner.weights else f" of {learner.weights:,}"
        return (
            f"{learner.part}: {learner.learns:,}{part} weights learn, "
            f"rate {learner.rate:.3g}"
        )
    if not learner.weights:
        return f"{learner.part}: has no weights"
    once = ", its encodings are computed once" if learner.part in kept else ""
    return f"{learner.part}: {learner.weights:,} weights frozen{once}"


def _loss(values: Mapping[str, Any]) -> str:
    """What an epoch lost; of a game, what each player did."""
    players = [word for word in _PLAYERS if f"{word}_loss" in values]
    if players:
        return ", ".join(f"{word} {values[f'{word}_loss']:.4f}" for word in players)
    loss = values.get("val_loss", values.get("loss", float("nan")))
    return f"loss {loss:.4f}"


def _ended(epochs: Sequence[Mapping[str, Any]], best: int) -> str:
    if not epochs:
        return "stopped before its first epoch ended"
    seconds = sum(epoch["seconds"] or 0.0 for epoch in epochs)
    kept = epochs[best - 1]
    if "generator_loss" in kept:  # players' losses do not say which epoch is best
        return f"{len(epochs)} epochs in {seconds:.1f} s, the last is kept"
    loss = kept.get("val_loss")
    loss = kept.get("loss") if loss is None else loss
    shown = "" if loss is None else f" (loss {loss:.4g})"
    return f"{len(epochs)} epochs in {seconds:.1f} s, the best was {best}{shown}"


def print_scores(
    scores: Mapping[str, Sequence[Any]], naive: Mapping[str, Sequence[Any]]
) -> None:
    """Prints the scores of all outputs as one table.

    Args:
        scores: Output -> its scores.
        naive: What the best constant answer scores; may be empty.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("output", "score", "value", "95 % interval", "naive", "rows"):
        table.add_column(
            name, justify="left" if name in ("output", "score") else "right"
        )
    for output, found in scores.items():
        beside = {score.name: score for score in naive.get(output, ())}
        for score in found:
            cells = (*_figures(score), _value(beside.get(score.name)))
            table.add_row(output, score.name, *cells, f"{score.rows:,}")
    Console(file=sys.stdout, width=None).print(table)


def _value(score: Any) -> str:
    return "-" if score is None or score.value is None else f"{score.value:.4g}"


def _figures(score: Any) -> tuple[str, str]:
    if score.low is None:
        return _value(score), "-"
    return _value(score), f"{score.low:.4g} to {score.high:.4g}"
