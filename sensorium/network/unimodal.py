"""A network without the heads that served its training alone."""

from __future__ import annotations

from sensorium.network.model import Network


def fused_only(network: Network) -> Network:
    """The same network without its unimodal heads; it shares all weights.

    Args:
        network: A built network, e.g. of `join` with `with_unimodal_heads`.
    """
    kept = {n: head for n, head in network.heads.items() if head.labels_of is None}
    found = Network(
        network.encoders,
        network.fusion,
        kept,
        network.trunk,
        seed=network.seed,
        modality_dropout=network._rates,
        name=network.name,
    )
    found.build(network._shapes)
    return found
