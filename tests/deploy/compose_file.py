"""The compose file as the tests read it: merged, and with the keys they need by name."""

from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[2] / "deploy"
COMPOSE = FOLDER / "compose.yaml"
OURS = ("migrate", "web", "worker", "schedule")


def read() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return document


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = read()["services"]
    return found
