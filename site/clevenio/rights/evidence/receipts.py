"""What a receipt saw and decided, act by act."""

from typing import Any

from clevenio.consent.evidence import Act, Evidence
from clevenio.consent.readable import DOORS, STATES
from clevenio.consent.receipts import name
from clevenio.i18n import NAMES, format_datetime
from clevenio.i18n import gettext as _
from clevenio.rights.access.collecting import plain
from clevenio.rights.evidence.readable import Section
from clevenio.rights.evidence.words import said


def data(found: Evidence) -> dict[str, Any]:
    """Each act, the oldest first; the decisions themselves and the versions are in the ledger's proof."""
    return {
        "in_force_until": plain(found.until),
        "acts": [
            {
                "at": plain(act.first.at),
                "door": act.first.channel,
                "language": act.first.language,
                "version": act.first.notice,
                "version_is_whole": act.shown.is_whole if act.shown else None,
                "said": {row.purpose: row.state for row in act.decisions},
            }
            for act in found.acts
        ],
    }


def sections(found: Evidence) -> list[Section]:
    """The same in words."""
    until = (
        _("until %(when)s", when=format_datetime(found.until, "short"))
        if found.until
        else _("no more: its time is over, or more is asked today")
    )
    facts = [
        (_("Number"), str(found.receipt)),
        (_("Holds"), until),
        (_("Withdrawals"), str(len(found.withdrawals))),
    ]
    head = [_("When"), _("Where"), _("Language"), _("Version shown"), _("What for"), _("Decided")]
    rows = [row for act in reversed(found.acts) for row in _rows(act)]
    return [Section(_("Receipt"), (), facts), Section(_("Decisions"), (), (), head, rows)]


def _rows(act: Act) -> list[list[str]]:
    return [
        [
            format_datetime(row.at),
            said(DOORS, row.channel),
            NAMES.get(row.language, row.language),
            row.notice,
            name(row.purpose),
            said(STATES, row.state),
        ]
        for row in act.decisions
    ]
