"""The register of disclosures in words, translated when shown."""

from clevenio.i18n import lazy_gettext as _l
from clevenio.rights.disclosures.models import Kind, Outcome

KINDS = {
    Kind.AUTHORITY: _l("An authority asked"),
    Kind.TRANSFER: _l("The business or a part of it changes hands"),
}
OUTCOMES = {
    Outcome.DISCLOSED: _l("Disclosed"),
    Outcome.REFUSED: _l("Not disclosed"),
}
WORDS = {"kinds": KINDS, "outcomes": OUTCOMES}
