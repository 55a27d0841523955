"""What became of a campaign, in numbers and drawn: counts alone, and of who opens only what points at nobody."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup
from sqlalchemy.orm import Session

from clevenio.i18n import format_number, format_percent
from clevenio.i18n import gettext as _
from clevenio.newsletter.bounces import queries as bounces
from clevenio.newsletter.models import FINAL, Campaign
from clevenio.newsletter.queries import summary
from clevenio.web import charts


@dataclass(frozen=True)
class Outcome:
    """A campaign by the states of its deliveries, the excluded by reason, and what came back of those that were sent."""

    candidates: int
    counts: Mapping[str, int]
    excluded: Mapping[str, int]
    bounced: int
    left: int
    complaints: int

    @property
    def over(self) -> int:
        """How many deliveries are in a final state."""
        return sum(self.counts[state] for state in FINAL)

    @property
    def waiting(self) -> int:
        """How many are to be sent yet, those that the relay put off among them."""
        return sum(self.counts.values()) - self.over


def outcome(session: Session, campaign: Campaign) -> Outcome:
    """Count a campaign as it stands now."""
    found, back = summary(session, campaign), bounces.returned(session, campaign.id)
    return Outcome(
        found.candidates, found.counts, found.excluded, back.bounced, found.departures, back.complaints
    )


def drawn(outcome: Outcome) -> Mapping[str, Markup]:
    """The charts: what became of everybody, and what came of what was sent."""
    return {"deliveries": _deliveries(outcome), "effects": _effects(outcome)}


def _deliveries(outcome: Outcome) -> Markup:
    rows = [
        _bar(_("Sent"), outcome.counts["sent"]),
        _bar(_("Still to go"), outcome.waiting),
        _bar(_("Failed"), outcome.counts["failed"]),
        _bar(_("Uncertain"), outcome.counts["uncertain"]),
        _bar(_("Left out"), outcome.counts["excluded"]),
    ]
    return charts.bars(_("What became of it"), rows)


def _effects(outcome: Outcome) -> Markup:
    sent = outcome.counts["sent"]
    rows = [
        _bar(_("Sent"), sent),
        _bar(_("Came back"), outcome.bounced, sent),
        _bar(_("Left the list"), outcome.left, sent),
        _bar(_("Complained"), outcome.complaints, sent),
    ]
    return charts.bars(_("What came of it"), rows)


def _bar(name: str, number: int, whole: int = 0) -> charts.Bar:
    if whole:
        name = f"{name}, {format_percent(number / whole)}"
    return charts.Bar(name, (None, None, number), format_number(number))
