"""Compiled functions that were made of other sources are gone before anything loads them."""

from __future__ import annotations

from pathlib import Path

from tidegauge.compiled_files import forget_older


def test_what_was_made_of_other_sources_is_forgotten_once(tmp_path: Path) -> None:
    package = tmp_path / "engine"
    cache = package / "index" / "__pycache__"
    cache.mkdir(parents=True)
    kernel, words = package / "index" / "kernel.py", package / "words.py"
    kernel.write_text("from numba import njit")
    words.write_text("NAME = 'a'")

    def kept() -> list[str]:
        return sorted(file.name for file in cache.iterdir())

    def compiled() -> None:
        for name in ("kernel.f-1.py311.nbi", "kernel.f-1.py311.1.nbc", "kernel.cpython-311.pyc"):
            (cache / name).write_text("")

    compiled()
    assert forget_older(tmp_path, ["engine"]) == 2, "nobody knows what they were made of"
    assert kept() == ["kernel.cpython-311.pyc"]
    compiled()
    assert forget_older(tmp_path, ["engine"]) == 0
    words.write_text("NAME = 'b'")
    assert forget_older(tmp_path, ["engine"]) == 0, "nothing compiled depends on it"
    kernel.write_text("from numba import njit  # another")
    assert forget_older(tmp_path, ["engine"]) == 2
    assert forget_older(tmp_path, ["engine"]) == 0
    assert kept() == ["kernel.cpython-311.pyc"]


def test_a_folder_that_cannot_be_written_is_left(tmp_path: Path) -> None:
    (tmp_path / "engine").write_text("no folder")
    assert forget_older(tmp_path, ["engine"]) == 0
