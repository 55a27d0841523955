"""The figures of use in words: names of groups, and what a chart of them says."""

from collections.abc import Sequence

from clevenio.accounts.groups import WINDOWS, By
from clevenio.i18n import country, format_duration, format_number, lazy_gettext
from clevenio.i18n import gettext as _
from clevenio.people.disclosure import Figures, Table
from clevenio.people.roles import LABELS, Role

TITLES = {
    By.ROLE: lazy_gettext("By role"),
    By.COMPANY: lazy_gettext("By company"),
    By.COUNTRY: lazy_gettext("By country"),
}


def windows() -> list[str]:
    """The windows in words, the widest first."""
    return [_("In %(days)s days", days=days) for days in WINDOWS]


def columns() -> list[str]:
    """The windows as heads of columns."""
    return [format_duration(days, "day") for days in WINDOWS]


def name_of(by: By, key: str | None) -> str:
    """What a group is called."""
    if key is None:
        return _("Not stated")
    if by is By.ROLE:
        return str(LABELS[Role(key)])
    return country(key) if by is By.COUNTRY else key


def lines(by: By, table: Table[str | None]) -> list[tuple[str, Figures]]:
    """The groups by name, the largest first, and the rest at the end."""
    named = [(name_of(by, key), figures) for key, figures in table.groups.items()]
    return [*named, (_("Other groups"), table.others)] if table.others else named


def said(figures: Sequence[int | None]) -> str:
    """The first figure that may be shown."""
    return format_number(next((figure for figure in figures if figure is not None), 0))
