"""Golden copies: a change of what a mail says is a difference somebody reads."""

import os
from pathlib import Path


def assert_golden(path: Path, text: str) -> None:
    """Compare with the kept copy; with GOLDEN=update in the environment, keep this one instead."""
    if os.environ.get("GOLDEN") == "update":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"no golden copy {path.name}; make one with GOLDEN=update"
    assert text == path.read_text(encoding="utf-8")
