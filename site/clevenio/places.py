"""Where the package's files are: beside it in a checkout, inside it once installed from a wheel."""

from pathlib import Path

_package = Path(__file__).resolve().parent


def _folder(name: str, beside: Path) -> str:
    inside = _package / name
    return str(inside if inside.is_dir() else beside / name)


TEMPLATES = _folder("templates", _package.parent)
STATIC = _folder("static", _package.parent)
CONTENT = _folder("content", _package.parent)
TRANSLATIONS = _folder("translations", _package.parent.parent)
