"""Drafts of recipes: what `sensorium init` writes."""

from sensorium.draft.drafting import draft

__all__ = ["draft"]
