"""What became of a campaign, drawn."""

from collections.abc import Mapping

from markupsafe import Markup

from clevenio.backoffice.campaigns.results import Outcome, Progress
from clevenio.i18n import format_number, format_percent
from clevenio.i18n import gettext as _
from clevenio.web import charts


def drawn(outcome: Outcome) -> Mapping[str, Markup]:
    """The charts: what became of everybody, and what came of what was sent."""
    return {"deliveries": deliveries(outcome), "effects": _effects(outcome)}


def deliveries(outcome: Progress) -> Markup:
    """What became of everybody; drawn anew with the figures, as the campaign goes on."""
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
        _bar(_("Came back after it was sent"), outcome.bounced, sent),
        _bar(_("Left the list"), outcome.left, sent),
        _bar(_("Complained"), outcome.complaints, sent),
    ]
    return charts.bars(_("What came of it"), rows)


def _bar(name: str, number: int, whole: int = 0) -> charts.Bar:
    if whole:
        name = f"{name}, {format_percent(number / whole)}"
    return charts.Bar(name, (None, None, number), format_number(number))
