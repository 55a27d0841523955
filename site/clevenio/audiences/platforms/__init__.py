"""The platforms: each is one module with its `LAYOUT` and one data file with its `Facts`.

A module dropped in here, with its data file beside it, is a new platform; nothing else names it.
"""

import pkgutil
from functools import cache
from importlib import import_module
from pathlib import Path

from clevenio.audiences.facts import read_facts
from clevenio.audiences.layouts import Layout, Platform
from clevenio.errors import BadInput
from clevenio.registry import Text

FOLDER = Path(__file__).resolve().parent


@cache
def layouts() -> dict[str, Layout]:
    """Every layout by its platform's identifier, in alphabetical order."""
    modules = (import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules([str(FOLDER)]))
    found: list[Layout] = [module.LAYOUT for module in modules]
    return {layout.id: layout for layout in sorted(found, key=lambda layout: layout.id)}


def platform(name: str, data: Path) -> Platform:
    """A platform by its identifier, its facts corrected by `data/platforms/<name>.toml` if there is one.

    Raises `BadInput` for an unknown platform and for a data file that does not hold.
    """
    layout = layouts().get(name)
    if layout is None:
        raise BadInput(
            "There is no platform %(platform)s. There are: %(known)s.",
            platform=name,
            known=", ".join(layouts()),
        )
    return Platform(layout, read_facts(layout, FOLDER, data / "platforms"))


def platforms(data: Path) -> list[Platform]:
    """Every platform; one whose data file does not hold is among them with its `problem`.

    A slip in one file must neither close the others nor keep somebody from being erased.
    """
    return [_whatever(name, data) for name in layouts()]


def _whatever(name: str, data: Path) -> Platform:
    try:
        return platform(name, data)
    except BadInput as problem:
        layout = layouts()[name]
        return Platform(layout, read_facts(layout, FOLDER, FOLDER), problem)


@cache
def names() -> dict[str, Text]:
    """What each platform is called, by its identifier, in the files that come with the program."""
    return {name: read_facts(layout, FOLDER, FOLDER).name for name, layout in layouts().items()}
