"""Fusion: several encoded inputs and their presence in, one vector a row out.

`FUSIONS` is the table of the role: the word in a document -> the class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensorium._lazy import lazy

if TYPE_CHECKING:
    from sensorium.nn.fusion.add import AddFusion as Add
    from sensorium.nn.fusion.average import AverageFusion as Average
    from sensorium.nn.fusion.base import Fusion
    from sensorium.nn.fusion.bottleneck import BottleneckFusion as Bottleneck
    from sensorium.nn.fusion.concat import ConcatFusion as Concat
    from sensorium.nn.fusion.cross_attention import (
        CrossAttentionFusion as CrossAttention,
    )
    from sensorium.nn.fusion.experts import ExpertsFusion as Experts
    from sensorium.nn.fusion.film import FiLMFusion as FiLM
    from sensorium.nn.fusion.gated import GatedFusion as Gated
    from sensorium.nn.fusion.late import LateFusion as Late
    from sensorium.nn.fusion.low_rank import LowRankFusion as LowRank
    from sensorium.nn.fusion.max import MaxFusion as Max
    from sensorium.nn.fusion.multiply import MultiplyFusion as Multiply
    from sensorium.nn.fusion.own import OwnFusion as Own
    from sensorium.nn.fusion.perceiver import PerceiverFusion as Perceiver
    from sensorium.nn.fusion.tensor import TensorFusion as Tensor
    from sensorium.nn.fusion.tokens import TokensFusion as Tokens

FUSIONS = {
    "concat": "sensorium.nn.fusion.concat:ConcatFusion",
    "add": "sensorium.nn.fusion.add:AddFusion",
    "multiply": "sensorium.nn.fusion.multiply:MultiplyFusion",
    "max": "sensorium.nn.fusion.max:MaxFusion",
    "average": "sensorium.nn.fusion.average:AverageFusion",
    "gated": "sensorium.nn.fusion.gated:GatedFusion",
    "film": "sensorium.nn.fusion.film:FiLMFusion",
    "low_rank": "sensorium.nn.fusion.low_rank:LowRankFusion",
    "tensor": "sensorium.nn.fusion.tensor:TensorFusion",
    "cross_attention": "sensorium.nn.fusion.cross_attention:CrossAttentionFusion",
    "bottleneck": "sensorium.nn.fusion.bottleneck:BottleneckFusion",
    "tokens": "sensorium.nn.fusion.tokens:TokensFusion",
    "perceiver": "sensorium.nn.fusion.perceiver:PerceiverFusion",
    "experts": "sensorium.nn.fusion.experts:ExpertsFusion",
    "late": "sensorium.nn.fusion.late:LateFusion",
    "own": "sensorium.nn.fusion.own:OwnFusion",
}

__all__ = [
    "FUSIONS",
    "Add",
    "Average",
    "Bottleneck",
    "Concat",
    "CrossAttention",
    "Experts",
    "FiLM",
    "Fusion",
    "Gated",
    "Late",
    "LowRank",
    "Max",
    "Multiply",
    "Own",
    "Perceiver",
    "Tensor",
    "Tokens",
]

__getattr__ = lazy(
    {
        reference.rpartition(":")[2].removesuffix("Fusion"): reference
        for reference in FUSIONS.values()
    }
    | {"Fusion": "sensorium.nn.fusion.base:Fusion"}
)
