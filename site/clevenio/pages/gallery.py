"""What the gallery of components shows beside its form."""

from clevenio.differences import Mark, Paragraph, Part, pieces
from clevenio.i18n import gettext as _


def changed() -> list[Part]:
    """Two versions of a made-up text, one of whose sentences changed."""
    words = pieces(_("We keep an example for a year."), _("We keep an example for a month."))
    title = pieces(_("An example"), _("An example"))
    return [Part("example", Mark.CHANGED, title, (Paragraph("p", Mark.CHANGED, words),))]
