"""What the gallery of components shows beside its form."""

from datetime import datetime, timedelta

from clevenio.consent.readable import ReadableAct
from clevenio.differences import Mark, Paragraph, Part, pieces
from clevenio.i18n import gettext as _


def decided(now: datetime) -> list[ReadableAct]:
    """A refusal on the bar, and what came after it."""
    on = ReadableAct(now, _("on the page of choices"), {_("Agreed"): [_("An example")]})
    return [
        on,
        ReadableAct(now - timedelta(days=1), _("in the bar of the site"), {_("Refused"): [_("An example")]}),
    ]


def changed() -> list[Part]:
    """Two versions of a made-up text, one of whose sentences changed."""
    words = pieces(_("We keep an example for a year."), _("We keep an example for a month."))
    title = pieces(_("An example"), _("An example"))
    return [Part("example", Mark.CHANGED, title, (Paragraph("p", Mark.CHANGED, words),))]
