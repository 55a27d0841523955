"""A person's decisions as acts that people read: when, by which door, and what was said to what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from clevenio.consent.ledger import Channel, Decision, State
from clevenio.i18n import format_datetime
from clevenio.i18n import gettext as _
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
    Channel.EMBED: _l("beside a video or a map"),
    Channel.SIGNUP: _l("when signing up"),
    Channel.ACCOUNT: _l("in the account"),
    Channel.CONFIRMATION: _l("by confirming a subscription"),
    Channel.MAILED_LINK: _l("on the page of choices that a mailed link opens"),
    Channel.UNSUBSCRIBE_PAGE: _l("by the link in an e-mail"),
    Channel.ONE_CLICK: _l("by the button of the mail program"),
    Channel.IMPORT: _l("elsewhere, brought here by a file"),
    Channel.STAFF: _l("by contacting us"),
    Channel.RIGHTS_REQUEST: _l("by a request about rights"),
    Channel.COMPLAINT: _l("by a complaint to the mail provider"),
}


def how_shown(evidence: Mapping[str, Any]) -> str:
    """What a decision's own evidence says of where it came from, as the end of a sentence; empty where nothing."""
    if not evidence.get("given_at"):
        return ""
    return _(
        " Given %(when)s: %(source)s.",
        when=format_datetime(datetime.fromisoformat(str(evidence["given_at"])), "short"),
        source=str(evidence.get("source") or "–"),
    )


@dataclass(frozen=True)
class ReadableAct:
    """What was decided at once; `said` maps a state, in words, to the purposes by name.

    `shown` says where and when it was given where a file brought it, which is later; empty otherwise.
    """

    at: datetime
    door: str
    said: dict[str, list[str]]
    shown: str = ""


def acts(decisions: Iterable[Decision], registry: Registry) -> list[ReadableAct]:
    """The acts of a history, the newest first, in the current language; `decisions` as in `history`."""
    found = []
    for (at, channel), together in groupby(decisions, lambda row: (row.at, row.channel)):
        rows = list(together)
        said: dict[str, list[str]] = {}
        for (state, purpose), alike in groupby(rows, lambda row: (row.state, row.purpose.partition(":")[0])):
            name = _name(registry, purpose, [row.purpose.partition(":")[2] for row in alike])
            said.setdefault(str(STATES[State(state)]), []).append(name)
        shown = how_shown(rows[0].evidence or {}).strip()
        found.append(ReadableAct(at, str(DOORS[Channel(channel)]), said, shown))
    return found[::-1]


def _name(registry: Registry, purpose: str, vendors: Iterable[str]) -> str:
    """The purpose by name, its platforms behind it; one that left the registry by what the ledger calls it."""
    known = registry.vendors
    platforms = ", ".join(known[vendor].name if vendor in known else vendor for vendor in vendors if vendor)
    name = str(registry.purposes[purpose].name) if purpose in registry.purposes else purpose
    return f"{name}: {platforms}" if platforms else name
