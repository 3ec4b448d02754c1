"""The version is one, wherever it is asked."""

from __future__ import annotations

from importlib import metadata

import sensorium
from sensorium._version import __version__


def test_the_package_says_the_version_that_is_installed() -> None:
    assert sensorium.__version__ == __version__ == metadata.version("sensorium")
