"""Settings of the whole test run."""

from __future__ import annotations

import os

from hypothesis import settings

# Random examples find what nobody thought of; they belong to a person at the keyboard. What decides
# over landing a change is the same for everybody.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI") == "true":
    settings.load_profile("ci")
