"""A person's decisions as lines that people read: what, said how, by which door, and when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from clevenio.consent.ledger import Channel, Decision, State
from clevenio.i18n import lazy_gettext as _l
from clevenio.registry import Registry

STATES = {
    State.GRANTED: _l("Agreed"),
    State.REFUSED: _l("Refused"),
    State.WITHDRAWN: _l("Taken back"),
}
DOORS = {
    Channel.BANNER: _l("in the bar of the site"),
    Channel.PREFERENCE_CENTRE: _l("on the page of choices"),
    Channel.SIGNUP: _l("when signing up"),
    Channel.ACCOUNT: _l("in the account"),
    Channel.CONFIRMATION: _l("by confirming a subscription"),
    Channel.UNSUBSCRIBE_PAGE: _l("by the link in a mail"),
    Channel.ONE_CLICK: _l("by the button of the mail program"),
    Channel.IMPORT: _l("elsewhere, brought here by a file"),
    Channel.STAFF: _l("by contacting us"),
    Channel.RIGHTS_REQUEST: _l("by a request about your rights"),
}


@dataclass(frozen=True)
class Line:
    """One thing that was decided; the platforms of one act stand together."""

    at: datetime
    purpose: str
    vendors: tuple[str, ...]
    state: State
    said: str
    door: str


def lines(decisions: Iterable[Decision], registry: Registry) -> list[Line]:
    """The lines of a history, the newest first, in the current language."""
    return [
        Line(
            at,
            str(registry.purposes[purpose].name),
            tuple(_vendor(registry, row.purpose) for row in rows if ":" in row.purpose),
            State(state),
            str(STATES[State(state)]),
            str(DOORS[Channel(channel)]),
        )
        for (at, purpose, state, channel), rows in reversed(
            [(key, list(rows)) for key, rows in groupby(decisions, _act)]
        )
    ]


def _act(row: Decision) -> tuple[datetime, str, str, str]:
    return row.at, row.purpose.partition(":")[0], row.state, row.channel


def _vendor(registry: Registry, purpose: str) -> str:
    vendor = registry.vendors.get(purpose.partition(":")[2])
    # A platform that has left the registry since is named by what the ledger calls it.
    return vendor.name if vendor else purpose.partition(":")[2]
