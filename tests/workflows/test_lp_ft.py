"""Probing before fine-tuning spares what an encoder knows of rows unlike the training.

The setting of Kumar et al. 2022 (arXiv 2202.10054), section 3: a linear encoder that
was pre-trained and is nearly right, a linear head that begins at random, and few
training rows that lie in a subspace. Fine-tuning everything from the start fits these
rows by bending the encoder inside the subspace to the random head; outside of it the
encoder stays as it was, and head and encoder no longer fit each other. A head that is
fitted first leaves little to bend.
"""

from __future__ import annotations

from statistics import median
from typing import Any

import keras
import numpy as np
import pytest

from sensorium.network import Network, join
from sensorium.nn.fusion import Concat
from sensorium.nn.heads import Regression
from sensorium.training import Parts, Stage, train
from sensorium.training.dataset import LABEL, EncodedBatches
from sensorium.training.freezing import freeze, variable_rates
from sensorium.training.stages.finetune import Finetune
from sensorium.training.stages.lp_ft import LPFT

INPUTS, WIDTH, SUBSPACE, ROWS = 50, 5, 20, 30
PARTS = Parts(("x",), ("y",))
RATE = 0.02
SETTINGS: dict[str, Any] = {
    "batch_size": ROWS,
    "optimizer": {"type": "sgd", "momentum": 0.9, "use_ema": False},
    "warmup": 0.0,
    "schedule": "constant",
    "patience": None,
}


class Problem:
    """The truth, an encoder that nearly knows it, and rows in and out of a subspace."""

    def __init__(self, seed: int, error: float = 0.1) -> None:
        draw = np.random.default_rng(seed)
        truth, _ = np.linalg.qr(draw.normal(size=(INPUTS, WIDTH)))
        weights = draw.normal(size=WIDTH)
        self.target = truth @ (2 * weights / np.linalg.norm(weights))
        noise = draw.normal(size=truth.shape) / np.sqrt(INPUTS)
        self.encoder = truth + error * noise * np.sqrt(WIDTH)
        basis, _ = np.linalg.qr(draw.normal(size=(INPUTS, SUBSPACE)))
        self.rows = draw.normal(size=(ROWS, SUBSPACE)) @ basis.T
        self.inside = draw.normal(size=(500, SUBSPACE)) @ basis.T
        self.outside = draw.normal(size=(500, INPUTS))

    def network(self) -> Network:
        encoder = keras.layers.Dense(WIDTH, use_bias=False)
        encoder.build((None, INPUTS))
        encoder.set_weights([self.encoder])
        head = Regression(reads="x", dropout=0.0)
        network = join({"x": encoder}, Concat(1), {"y": head}, seed=1)
        return network.build_from({"x": ((INPUTS,), "float32")})

    def batches(self) -> EncodedBatches:
        # Each row many times: an epoch is fifty steps over all of them.
        x = np.tile(self.rows, (50, 1)).astype("float32")
        arrays = {"x": x, f"{LABEL}y": (x @ self.target).astype("float32")}
        return EncodedBatches(arrays, batch_size=ROWS)

    def errors(self, network: Network) -> tuple[float, float]:
        """The mean squared error inside the subspace and in the whole space."""
        found = []
        for rows in (self.inside, self.outside):
            outputs = network.predict({"x": rows.astype("float32")}, verbose=0)
            found.append(
                float(np.mean((outputs["y"].ravel() - rows @ self.target) ** 2))
            )
        return found[0], found[1]


def after_each_step(problem: Problem, stage: Stage) -> list[tuple[float, float]]:
    """The errors after every step of a stage."""
    network, found = problem.network(), []
    for step in stage.steps(PARTS):
        freeze(network, step)
        rates = variable_rates(network, step)
        train(network, step.stage, problem.batches(), rates=rates)
        found.append(problem.errors(network))
    return found


def all_three(seed: int) -> dict[str, tuple[float, float]]:
    problem = Problem(seed)
    lp_ft = LPFT(
        20, probe_epochs=10, learning_rate=RATE, finetune_rate=RATE / 10, **SETTINGS
    )
    probed, both = after_each_step(problem, lp_ft)
    finetune = Finetune(20, learning_rate=RATE, **SETTINGS)
    [tuned] = after_each_step(problem, finetune)
    return {"lp": probed, "lp_ft": both, "ft": tuned}


def gate(found: dict[str, tuple[float, float]]) -> None:
    inside = {name: errors[0] for name, errors in found.items()}
    outside = {name: errors[1] for name, errors in found.items()}
    assert outside["lp_ft"] < 0.95 * outside["lp"]
    assert outside["lp"] < 0.5 * outside["ft"]
    assert inside["lp_ft"] < 1e-3
    assert inside["ft"] < 1e-3 < inside["lp"]


def test_fine_tuning_after_a_probe_is_best_on_rows_unlike_the_training() -> None:
    gate(all_three(0))


@pytest.mark.slow
def test_it_is_so_in_the_median_of_five_truths() -> None:
    found = [all_three(seed) for seed in range(1, 6)]
    for errors in found:
        assert errors["lp_ft"][1] < errors["lp"][1] < errors["ft"][1]
    gate(
        {
            name: tuple(median(errors[name][k] for errors in found) for k in (0, 1))
            for name in ("lp", "lp_ft", "ft")
        }
    )
