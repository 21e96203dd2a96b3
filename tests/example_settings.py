"""The example of settings, as whoever starts with the connector copies it."""

import json
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "local.settings.example.json"
EXAMPLE_VALUES: dict[str, str] = json.loads(EXAMPLE.read_text())["Values"]
