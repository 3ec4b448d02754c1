"""What a step through each fusion costs, against the number and width of inputs.

python -m benchmarks.fusion [--rows 256] [WORD ...]

A step is the output and its gradient to inputs and weights, of the fusion alone on JAX.
Operations and memory are those of the compiled step; times are the least of several.
Growth is from 4 to 16 inputs (to 8 where 16 are refused) and from width 32 to 128, and
stands beside what the formula in the class's docstring says. A fusion grows faster than
its formula if operations or memory grow by a quarter more than it says, and than the
number of inputs: the formulas count multiplications, the rest is linear in it. These
are the same in every run; times are not, and are for reading.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from typing import Any

from benchmarks import measured

INPUTS = (2, 4, 8, 16)
WIDTHS = (32, 128)
UNITS, TOKENS, HEADS, SHARED, LATENTS, RANK, EXPERTS, SMALL = 64, 4, 4, 4, 8, 4, 2, 3
MARGIN = 1.25  # for what formulas leave out
ATTENDING = {"num_tokens": TOKENS, "num_heads": HEADS, "num_layers": 1}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "tensor": {"width": SMALL},
    "low_rank": {"rank": RANK},
    "experts": {"num_experts": EXPERTS},
    "cross_attention": ATTENDING,
    "bottleneck": {**ATTENDING, "num_bottlenecks": SHARED},
    "tokens": ATTENDING,
    "perceiver": {**ATTENDING, "num_latents": LATENTS},
}


def block(queries: int, keys: int) -> int:
    """Multiplications of a transformer block in which tokens look at `keys` others."""
    return 2 * queries * keys * UNITS + (10 * queries + 2 * keys) * UNITS**2


def cut(number: int, width: int) -> int:
    """Multiplications that make an input's vector tokens."""
    return number * width * TOKENS * UNITS


# Multiplications a row, by the number of inputs m and their width d.
FORMULAS: dict[str, tuple[str, Callable[[int, int], int]]] = {
    "concat": ("m d u", lambda m, d: m * (d + 1) * UNITS),
    "add": ("m d u + u^2", lambda m, d: m * d * UNITS + UNITS**2),
    "multiply": ("m d u", lambda m, d: m * d * UNITS),
    "max": ("m d u", lambda m, d: m * d * UNITS),
    "average": ("m d u + u^2", lambda m, d: m * d * UNITS + UNITS**2),
    "gated": ("m d u + m^2 d u", lambda m, d: (m + m * m) * d * UNITS),
    "film": ("(m + 1) d u", lambda m, d: (m + 1) * d * UNITS),
    "low_rank": ("r m d u", lambda m, d: RANK * m * d * UNITS),
    "tensor": (
        "m d w + (w + 1)^m u",
        lambda m, d: m * d * SMALL + (SMALL + 1) ** m * UNITS,
    ),
    "cross_attention": (
        "block(m t, m t)",
        lambda m, d: cut(m, d) + block(m * TOKENS, m * TOKENS),
    ),
    "bottleneck": (
        "m block(t + b, t + b)",
        lambda m, d: cut(m, d) + m * block(TOKENS + SHARED, TOKENS + SHARED),
    ),
    "tokens": (
        "block(1 + m t, 1 + m t)",
        lambda m, d: cut(m, d) + block(1 + m * TOKENS, 1 + m * TOKENS),
    ),
    "perceiver": (
        "block(n, m t) + block(n, n)",
        lambda m, d: cut(m, d) + block(LATENTS, m * TOKENS) + block(LATENTS, LATENTS),
    ),
    "experts": (
        "e m d u + e m^2 d",
        lambda m, d: EXPERTS * m * d * UNITS + EXPERTS * m * m * (d + 1),
    ),
    "late": ("m d u", lambda m, d: m * d * UNITS),
}


def main() -> None:
    """Measures each fusion in a process of its own, and prints the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.fusion", description=__doc__)
    parser.add_argument("--rows", type=int, default=256)
    parser.add_argument("--child", action="store_true")
    parser.add_argument("words", nargs="*", default=[])
    given = parser.parse_args()
    if given.child:
        print(json.dumps(figures(given.words[0], given.rows)))
        return
    print(f"\n## Fusion, JAX, {given.rows} rows, {UNITS} units\n")
    sizes = [f"{unit}, {count}" for unit in ("ms", "MB") for count in INPUTS]
    growths = ["formula", "inputs: formula", "operations", "ms", "MB"]
    growths += ["width: formula", "operations", "faster than its formula"]
    print("| " + " | ".join(["fusion", *sizes, *growths]) + " |")
    print("|---" * (1 + len(sizes) + len(growths)) + "|")
    for word in given.words or FORMULAS:
        arguments = ("--child", "--rows", str(given.rows), word)
        print(row(word, measured.child("benchmarks.fusion", *arguments)), flush=True)


def row(word: str, found: measured.Figures) -> str:
    """A fusion's line of the table."""
    text, formula = FORMULAS[word]
    width, wide = WIDTHS
    last = max(count for count in INPUTS if f"{count}/{width} ms" in found)

    def growth(figure: str, many: str, few: str) -> float:
        return found[f"{many} {figure}"] / found[f"{few} {figure}"]

    kinds = ("operations", "ms", "MB")
    inputs = [growth(kind, f"{last}/{width}", f"4/{width}") for kind in kinds]
    wider = growth("operations", f"4/{wide}", f"4/{width}")
    says = formula(last, width) / formula(4, width)
    says_wider = formula(4, wide) / formula(4, width)
    # The formulas count multiplications; all else is done once for each input.
    most = MARGIN * max(says, last / 4)
    over = max(inputs[0], inputs[2]) > most or wider > MARGIN * says_wider
    cells = [
        f"{found[key]:.2f}"
        if (key := f"{count}/{width} {unit}") in found
        else "refused"
        for unit in ("ms", "MB")
        for count in INPUTS
    ]
    cells += [text, f"{says:.1f}" + ("" if last == 16 else f" (to {last})")]
    cells += [f"{value:.1f}" for value in inputs]
    cells += [f"{says_wider:.1f}", f"{wider:.1f}", "YES" if over else "no"]
    return f"| {word} | " + " | ".join(cells) + " |"


def figures(word: str, rows: int) -> measured.Figures:
    """Seconds, operations and bytes by `inputs/width`; what is refused is left out."""
    from sensorium.errors import DataError

    found: measured.Figures = {}
    cases = [(count, WIDTHS[0]) for count in INPUTS] + [(4, WIDTHS[1])]
    for count, width in cases:
        try:
            step, arrays = compiled(word, rows, count, width)
        except DataError:
            continue
        memory = step.memory_analysis()
        key = f"{count}/{width}"
        found[f"{key} ms"] = fastest(step, arrays) * 1000
        found[f"{key} operations"] = step.cost_analysis()["flops"]
        kept = memory.temp_size_in_bytes + memory.argument_size_in_bytes
        found[f"{key} MB"] = (kept + memory.output_size_in_bytes) / 1e6
    return found


def compiled(word: str, rows: int, count: int, width: int) -> tuple[Any, Any]:
    """The compiled step of a fusion, and what it takes."""
    import jax
    import keras
    import numpy as np

    from sensorium.nn.fusion import FUSIONS
    from sensorium.schema import Role

    document = {"type": word, "units": UNITS, **ARGUMENTS.get(word, {})}
    fusion = Role("fusion", FUSIONS).build({**document, "dropout": 0.0})
    fusion.build([(None, width)] * count)
    generator = np.random.default_rng(0)
    values = [
        generator.normal(size=(rows, width)).astype("float32") for _ in range(count)
    ]
    presence = generator.random((rows, count)) > 0.2
    weights = [variable.value for variable in fusion.trainable_variables]
    rest = [variable.value for variable in fusion.non_trainable_variables]

    def loss(values: Any, weights: Any) -> Any:
        outputs, _ = fusion.stateless_call(weights, rest, values, presence)
        return keras.ops.mean(outputs**2)

    step = jax.jit(jax.value_and_grad(loss, argnums=(0, 1)))
    return step.lower(values, weights).compile(), (values, weights)


def fastest(step: Any, arrays: Any, times: int = 30) -> float:
    """Seconds of the fastest of some runs: what the machine does besides adds only."""
    import jax

    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        jax.block_until_ready(step(*arrays))
        seconds.append(time.perf_counter() - started)
    return min(seconds)


if __name__ == "__main__":
    os.environ.setdefault("KERAS_BACKEND", "jax")
    main()
