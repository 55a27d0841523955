"""Who received somebody's data: by name, when, what, under which safeguard; and who runs the services."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from clevenio.i18n import country
from clevenio.i18n import gettext as _
from clevenio.pages import declarations
from clevenio.registry import load
from clevenio.rights.access.describing import recipients
from clevenio.rights.evidence.files import carried
from clevenio.rights.evidence.readable import Section
from clevenio.rights.evidence.whom import Whom
from clevenio.rights.evidence.words import moment


def data(session: Session, whom: Whom) -> dict[str, Any]:
    """Those who received something of this person, and the processors that may see what they hold for us."""
    processors = [each for each in load().vendors.values() if each.role == "processor"]
    return {
        "recipients": [each for id_ in whom.ids for each in recipients(session, id_)],
        "processors": [
            {
                "name": each.name,
                "company": each.company,
                "country": each.country,
                "purpose": str(each.purpose),
                "safeguard": declarations.safeguard(each),
            }
            for each in processors
        ],
    }


def sections(found: Mapping[str, Any]) -> list[Section]:
    """The same in words."""
    rows = [
        [
            moment(each["at"]),
            f"{each['name']} ({each['company']})" if each["name"] != each["company"] else each["name"],
            _("taken out again") if each["kind"] == "removal" else carried(each["received"]),
            ", ".join(country(code) for code in each["transfers"]) or "–",
            each["safeguard"] or "–",
        ]
        for each in found["recipients"]
    ]
    head = [_("When"), _("Recipient"), _("What"), _("Transfers"), _("Safeguard")]
    nobody = [] if rows else [_("Nobody outside the company, save those who run its services for it.")]
    made = [Section(_("Recipients of this person’s data"), nobody, (), head if rows else (), rows)]
    rows = [
        [each["name"], each["purpose"], country(each["country"]), each["safeguard"]]
        for each in found["processors"]
    ]
    if rows:
        head = [_("Processor"), _("What for"), _("Country"), _("Safeguard")]
        made.append(Section(_("Those who run services for the company"), (), (), head, rows))
    return made
