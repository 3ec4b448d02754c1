"""Reads the command line and calls a verb. Imports nothing heavy."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from sensorium import __version__
from sensorium.errors import RecipeError, SensoriumError

FAILED = 1
WRONG_USAGE = 2

_ABOUT = """\
Joins encoders of different inputs into one Keras model, trains it, and saves it as one
safe file.

  sensorium demo                                   see it work on real data
  sensorium init TABLE --target COLUMN -o RECIPE   let it guess a recipe from a table
  sensorium check RECIPE                           every mistake at once
  sensorium train RECIPE -o RUN                    train it
  sensorium evaluate RUN                           scores with intervals
  sensorium predict RUN TABLE -o OUT               predict new rows
"""


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="sensorium",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument(
        "--debug", action="store_true", help="show the traceback of a failure"
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    _add_demo(verbs)
    _add_init(verbs)
    _add_check(verbs)
    _add_train(verbs)
    _add_evaluate(verbs)
    _add_predict(verbs)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Returns:
        0 when done, 1 when it failed, 2 when the command or a document is wrong.
    """
    given = build_parser().parse_args(arguments)
    # Keras prints nothing of use before a verb does, and TensorFlow far too much.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    verb = importlib.import_module(f"sensorium.cli.{given.verb}")
    try:
        verb.run(given)
    except SensoriumError as error:
        if given.debug:
            raise
        print(f"sensorium: {error}", file=sys.stderr)
        return WRONG_USAGE if isinstance(error, RecipeError) else FAILED
    except KeyboardInterrupt:
        print("\nsensorium: stopped.", file=sys.stderr)
        return FAILED
    except BrokenPipeError:  # the reader of our output has gone, e.g. `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return 0


def _add_demo(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verb = verbs.add_parser(
        "demo",
        help="train on a small real data set that ships inside",
        description="Trains on 1,906 emoji: a picture, a name, numbers and categories "
        "in, the emoji's group and a second target out. Takes about two minutes.",
    )
    verb.add_argument(
        "-o", "--output", metavar="RUN", help="the run's folder; default: runs/demo"
    )
    verb.add_argument(
        "--which",
        choices=("emoji", "gan"),
        default="emoji",
        help="emoji: predict from pictures, words and numbers (default); gan: a game "
        "that learns to write digits, in about a minute",
    )


def _add_init(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verb = verbs.add_parser(
        "init",
        help="write a recipe for a table, each guess with its reason",
        description="Guesses what each column is and writes a commented recipe.",
    )
    verb.add_argument("table", metavar="TABLE", help="CSV, Parquet, JSON lines, ...")
    verb.add_argument(
        "--target",
        metavar="COLUMN",
        nargs="+",
        action="extend",
        required=True,
        help="what to predict; more than one is fine",
    )
    verb.add_argument(
        "-o", "--output", metavar="RECIPE", help="file to write; default: print it"
    )
    verb.add_argument("--force", action="store_true", help="replace an existing file")


def _add_check(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verb = verbs.add_parser(
        "check",
        help="report every mistake in a recipe; nothing is trained",
        description="Checks a recipe and its table, without loading Keras.",
    )
    verb.add_argument("recipe", metavar="RECIPE", nargs="?", help="a YAML file")
    verb.add_argument(
        "--schema", action="store_true", help="print the recipe's JSON Schema instead"
    )
    verb.add_argument("--json", action="store_true", help="print mistakes as JSON")
    _add_set(verb)


def _add_train(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verb = verbs.add_parser(
        "train",
        help="train a recipe into a run folder",
        description="Reads, splits, fits and trains; ends with scores on held-out "
        "rows. Stages that an earlier run trained from the same settings and rows are "
        "taken from it. Ctrl-C ends training early and keeps the best weights so far; "
        "--resume goes on.",
    )
    verb.add_argument("recipe", metavar="RECIPE", help="a YAML file")
    verb.add_argument(
        "-o", "--output", metavar="RUN", required=True, help="the run's folder"
    )
    verb.add_argument("--overwrite", action="store_true", help="replace a finished run")
    verb.add_argument(
        "--resume",
        action="store_true",
        help="go on where a run in this folder was stopped, from its last finished "
        "epoch, or train only the stages that changed since",
    )
    verb.add_argument(
        "--no-cache",
        action="store_true",
        help="keep nothing in .sensorium-cache, and take nothing from it",
    )
    _add_set(verb)


def _add_evaluate(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verb = verbs.add_parser(
        "evaluate",
        help="scores with 95 %% intervals",
        description="Scores on the rows held out in training, or on a labelled table.",
    )
    verb.add_argument("run", metavar="RUN", help="a run folder or artifact")
    verb.add_argument("table", metavar="TABLE", nargs="?", help="labelled rows")
    verb.add_argument("--json", action="store_true", help="print scores as JSON")


def _add_predict(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verb = verbs.add_parser(
        "predict",
        help="predict new rows: rows in = rows out, in order",
        description="Writes one row for each row of the table: predictions, "
        "probabilities, and the column `error`.",
    )
    verb.add_argument("run", metavar="RUN", help="a run folder or artifact")
    verb.add_argument("table", metavar="TABLE", help="new rows")
    verb.add_argument(
        "-o", "--output", metavar="OUT", required=True, help=".csv, .parquet or .jsonl"
    )
    verb.add_argument(
        "--on-error",
        choices=("keep", "absent", "refuse"),
        default="keep",
        help="unreadable rows: keep them as errors (default), predict them from their "
        "other inputs, or refuse the table",
    )


def _add_set(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--set",
        metavar="PATH=VALUE",
        action="append",
        default=[],
        dest="changes",
        help="change the recipe, e.g. --set stages.0.epochs=3; may be repeated",
    )
