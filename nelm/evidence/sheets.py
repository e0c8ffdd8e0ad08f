"""Reading the YAML sheets that stand beside the modules of this package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent  # importing importlib.resources would cost 10 ms at every start


def sheet_bytes(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()


def read_sheet(name: str) -> dict[str, Any]:
    """The top mapping of a sheet, such as `citations.yaml`."""
    content: dict[str, Any] = yaml.load(sheet_bytes(name), Loader=yaml.CSafeLoader)
    return content
