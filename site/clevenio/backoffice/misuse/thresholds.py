"""From where on something is unusual, read once from `thresholds.toml`."""

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from clevenio.errors import BadInput

FILE = Path(__file__).with_name("thresholds.toml")


@dataclass(frozen=True)
class Thresholds:
    """The numbers of the file, each a whole one: counts a day, hours of a clock, days."""

    many_rows: int
    many_exports: int
    many_lookups: int
    night_from: int
    night_until: int
    many_refusals: int
    many_networks: int
    long_rest_days: int

    def is_night(self, hour: int) -> bool:
        """Whether an hour of the site's clock is at night."""
        return hour >= self.night_from or hour < self.night_until


@cache
def thresholds(path: Path = FILE) -> Thresholds:
    """What the file says. Raises `BadInput` where it names other things, or what is no number above none."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    names = {field.name for field in fields(Thresholds)}
    if found.keys() != names:
        raise BadInput("%(file)s names other things than: %(names)s.", file=path.name, names=", ".join(names))
    if any(type(number) is not int or number < 1 for number in found.values()):
        raise BadInput("%(file)s: every threshold is a whole number of at least 1.", file=path.name)
    return Thresholds(**found)
