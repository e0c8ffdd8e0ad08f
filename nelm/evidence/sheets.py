"""Reading the YAML sheets that stand beside the modules of this package."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml


def sheet_bytes(name: str) -> bytes:
    return (files(__package__) / name).read_bytes()


def read_sheet(name: str) -> dict[str, Any]:
    """The top mapping of a sheet, such as `citations.yaml`."""
    content: dict[str, Any] = yaml.load(sheet_bytes(name), Loader=yaml.CSafeLoader)
    return content
