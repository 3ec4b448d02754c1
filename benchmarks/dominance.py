"""One input is learned at once and by heart, the other slowly: what helps?

    python -m benchmarks.dominance [--seeds 5]

`facts`, 300 numbers, say a little each (about 0.82 on new rows); `parity`, 12 numbers,
hold the sign of a product, which says nearly all (0.99) and takes longer to learn. 600
rows to learn from, 4,000 new ones, SGD with momentum, 1,500 steps.
"""

from __future__ import annotations

import argparse
from typing import Any

import keras
import numpy as np

import sensorium as sm
from sensorium.network import Network, join
from sensorium.nn.input_balance import OGM, GradientBlending, MMPareto
from sensorium.nn.unimodal import with_unimodal_heads
from sensorium.training.input_balance import Blending

INPUTS = ("facts", "parity")
STEPS = 1500
BATCH = 64
ROWS = 600


def rows(count: int, seed: int) -> tuple[dict[str, Any], Any]:
    """Inputs and labels."""
    draw = np.random.default_rng(seed)
    signs = draw.choice([-1.0, 1.0], size=(count, 2))
    label = (signs[:, 0] * signs[:, 1] > 0).astype("int32")
    facts = 0.075 * (2 * label[:, None] - 1) + draw.normal(size=(count, 300))
    parity = draw.normal(size=(count, 12))
    parity[:, :2] = signs + 0.3 * draw.normal(size=(count, 2))
    found = {"facts": facts.astype("float32"), "parity": 0.4 * parity.astype("float32")}
    return found, label


def network(seed: int, weight: float | None = None, dropout: float = 0.0) -> Network:
    """Two encoders, joined linearly; with unimodal heads where a weight is given."""
    heads = {"sold": sm.heads.Classification(2)}
    if weight is not None:
        heads = with_unimodal_heads(heads, INPUTS, weight)
    made = join(
        {name: sm.encoders.MLP(64, num_layers=1, dropout=0.0) for name in INPUTS},
        sm.fusion.Concat(64, dropout=0.0),
        heads,
        seed=seed,
        modality_dropout=dropout,
    )
    shapes = {"facts": ((300,), "float32"), "parity": ((12,), "float32")}
    return made.build_from(shapes)


# Method -> the network's arguments, and what is given to `compile`.
METHODS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "joint": ({}, {}),
    "unimodal heads": ({"weight": 1.0}, {}),
    "modality dropout 0.3": ({"dropout": 0.3}, {}),
    "heads + dropout 0.3": ({"weight": 1.0, "dropout": 0.3}, {}),
    "ogm 0.9": ({"weight": 0.0}, {"input_balance": OGM(alpha=0.9)}),
    "gradient blending": ({"weight": 1.0}, {"input_balance": GradientBlending()}),
    "mmpareto": ({"weight": 1.0}, {"input_balance": MMPareto()}),
    "ume": ({"weight": 1.0}, {"loss_weights": {"sold": 0.0}}),
}


def accuracy(logits: Any, labels: Any) -> float:
    """Share of right answers."""
    return float((np.argmax(logits, axis=1) == labels).mean())


def trained(
    method: str, seed: int, optimizer: Any = None, steps: int = STEPS
) -> dict[str, float]:
    """Trains by one method; gives accuracies on new rows.

    `fused` is the fused output (of `ume` the product of the two alone), `facts` and
    `parity` are the unimodal heads where there are some.
    """
    given, compiled = METHODS[method]
    x, y = rows(ROWS, seed)
    new, truth = rows(4000, seed + 1000)
    model = network(seed, **given)
    model.compile(optimizer or keras.optimizers.SGD(0.01, momentum=0.9), **compiled)
    blends = method == "gradient blending"
    valid = ({name: x[name][500:] for name in x}, {"sold": y[500:]})
    learn = {n: x[n][:500] for n in x} if blends else x
    model.fit(
        learn,
        {"sold": y[: len(learn["facts"])]},
        batch_size=BATCH,
        epochs=steps // (-(-len(learn["facts"]) // BATCH)),
        verbose=0,
        validation_data=valid if blends else None,
        callbacks=[Blending()] if blends else [],
    )
    logits = model.predict(new, batch_size=4000, verbose=0)
    found = {"fused": accuracy(logits["sold"], truth)}
    alone = {n: logits.get(f"sold_from_{n}") for n in INPUTS}
    if alone["facts"] is not None:
        found |= {name: accuracy(alone[name], truth) for name in INPUTS}
        logs = [keras.ops.log_softmax(alone[name], axis=-1) for name in INPUTS]
        found["product"] = accuracy(np.asarray(sum(np.asarray(x) for x in logs)), truth)
    if method == "ume":
        found["fused"] = found["product"]
    return found


def main() -> None:
    """Prints a row for each method: means over the seeds."""
    parser = argparse.ArgumentParser(prog="benchmarks.dominance", description=__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    print("| training | fused | facts alone | parity alone | product of both |")
    print("|---|---|---|---|---|", flush=True)
    for method in METHODS:
        if given.words and not any(word in method for word in given.words):
            continue
        found = [trained(method, seed) for seed in range(given.seeds)]
        cells = [
            " ± ".join(
                f"{figure([one[key] for one in found]):.3f}"
                for figure in (np.mean, np.std)
            )
            if key in found[0]
            else "-"
            for key in ("fused", *INPUTS, "product")
        ]
        print(f"| {method} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
