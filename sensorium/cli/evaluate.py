"""`sensorium evaluate`: scores with intervals."""

from __future__ import annotations

import argparse
import dataclasses
import json

from sensorium.cli.show import print_scores
from sensorium.pipeline import load


def run(given: argparse.Namespace) -> None:
    """Runs the verb."""
    loaded = load(given.run)
    scores = loaded.evaluate(given.table)
    if given.json:
        plain = {
            n: [dataclasses.asdict(s) for s in found] for n, found in scores.items()
        }
        print(json.dumps(plain, indent=2))
    else:
        print_scores(scores, {} if given.table else loaded.naive_scores())
