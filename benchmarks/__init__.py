"""Speed and memory, as ratios measured side by side in one run."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")
