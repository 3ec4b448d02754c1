"""Kinds of stages, one file each; none of them needs Keras.

`STAGES` is the table of the role: the word in a document -> the class.
"""

from __future__ import annotations

STAGES = {
    "train": "sensorium.training.stage:Stage",
    "pretrain": "sensorium.training.stages.pretrain:Pretrain",
    "autoencode": "sensorium.training.stages.autoencode:Autoencode",
    "align": "sensorium.training.stages.align:Align",
    "game": "sensorium.training.stages.game:Game",
    "probe": "sensorium.training.stages.probe:Probe",
    "finetune": "sensorium.training.stages.finetune:Finetune",
    "lp_ft": "sensorium.training.stages.lp_ft:LPFT",
    "unfreeze": "sensorium.training.stages.unfreeze:Unfreeze",
    "distill": "sensorium.training.stages.distill:Distill",
    "stack": "sensorium.training.stages.stack:Stack",
}

__all__ = ["STAGES"]
