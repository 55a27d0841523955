"""The proof that a visitor holds: what was chosen, when, by which words."""

import json
from collections.abc import Mapping

from sqlalchemy.orm import Session

from clevenio.consent import ledger
from clevenio.consent.browser import Answer
from clevenio.i18n import format_days, format_duration
from clevenio.i18n import gettext as _
from clevenio.registry import Clocks, load


def word(state: str) -> str:
    """What was decided, in plain words."""
    return {
        ledger.State.GRANTED: _("allowed"),
        ledger.State.REFUSED: _("not allowed"),
        ledger.State.WITHDRAWN: _("withdrawn"),
    }[ledger.State(state)]


def answers(decisions: Mapping[str, ledger.Decision]) -> list[tuple[str, str]]:
    """Each purpose's name and what was decided about it, in the registry's order."""
    return [(name(p), word(decisions[p].state)) for p in load().decidable if p in decisions]


def lasting(clocks: Clocks) -> str:
    """How long a choice counts, in words that follow `for`."""
    consent, refusal = (format_days(days) for days in (clocks.consent_days, clocks.refusal_days))
    if consent == refusal:
        return consent
    return _(
        "%(consent)s if you allow anything, %(refusal)s if you refuse everything",
        consent=consent,
        refusal=refusal,
    )


def kept() -> str:
    """How long the proof of a choice is kept, and why."""
    period = load().periods["consent_evidence"]
    length = format_duration(period.number, period.unit)
    said = _("How long we keep it: %(length)s %(trigger)s.", length=length, trigger=period.trigger)
    return f"{said} {_('Why: %(ground)s.', ground=period.ground)}"


def name(purpose: str) -> str:
    """A purpose's name in the current language; its identifier where it is not asked any more."""
    registry = load()
    return registry.name_of(purpose) if purpose in registry.decidable else purpose


def document(session: Session, answer: Answer) -> str:
    """The receipt as JSON: the choices in force, every decision before them, and the words shown."""
    history = ledger.history(session, answer.receipt)
    shown = ledger.wordings(session, {row.notice for row in history})
    last = answer.last
    return json.dumps(
        {
            "receipt": str(answer.receipt),
            "at": last.at.isoformat(),
            "until": answer.until.isoformat(),
            "notice": last.notice,
            "language": last.language,
            "channel": last.channel,
            "choices": {purpose: row.state for purpose, row in sorted(answer.decisions.items())},
            "history": [
                {
                    "sequence": row.sequence,
                    "at": row.at.isoformat(),
                    "purpose": row.purpose,
                    "state": row.state,
                    "channel": row.channel,
                    "language": row.language,
                    "notice": row.notice,
                    "hash": row.hash,
                }
                for row in history
            ],
            "notices": {id_: dict(wording.content) for id_, wording in sorted(shown.items())},
        },
        ensure_ascii=False,
        indent=1,
    )
