"""A venue is one file: a new one is found without a change of any other."""

import json
import subprocess
import sys
from pathlib import Path

from connectors import venues

FRAME = {
    "type": "trades",
    "symbol": "BTC-USD",
    "trades": [
        {
            "id": 17,
            "price": "60000.5",
            "size": "0.25",
            "side": "buy",
            "time": "2026-07-07T22:58:17.164892Z",
        }
    ],
}


def test_a_new_file_is_a_venue(tmp_path: Path) -> None:
    """The template under another name, in a folder that is read as if it were `venues`."""
    template = Path(venues.__file__).with_name("_template.py").read_text()
    added = template.replace('name = "template"', 'name = "example"')
    (tmp_path / "example.py").write_text(added)
    frames = tmp_path / "example.jsonl"
    frames.write_text(json.dumps(FRAME) + "\n")

    def run(*arguments: str) -> str:
        program = (
            "import sys; from connectors import venues; venues.__path__.append(sys.argv.pop(1)); "
            "from tidegauge.__main__ import run; run()"
        )
        command = [sys.executable, "-c", program, str(tmp_path), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert "example" in run("venues")
    [tick] = run("decode", "example", str(frames)).splitlines()
    found = json.loads(tick)
    assert (found["venue"], found["base"], found["price"]) == ("example", "BTC", 60000.5)
    assert found["side"] == "buy"
