"""Who received somebody's data: by name, when, what, under which safeguard; and who runs the services."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from clevenio.i18n import country, format_date
from clevenio.i18n import gettext as _
from clevenio.pages import declarations
from clevenio.registry import load
from clevenio.rights.access.describing import recipients
from clevenio.rights.disclosures import queries as disclosures
from clevenio.rights.disclosures.models import Outcome
from clevenio.rights.evidence.files import carried
from clevenio.rights.evidence.readable import Section
from clevenio.rights.evidence.whom import Whom
from clevenio.rights.evidence.words import moment
from clevenio.rights.recipients import queries as tasks
from clevenio.rights.recipients.words import lines


def data(session: Session, whom: Whom, now: datetime) -> dict[str, Any]:
    """Those who received something of this person, and whom the company uses for its services, whoever is asked about.

    With what recipients were told afterwards (GDPR Art. 19), and what was disclosed to authorities or buyers
    of a business, also where a law keeps that from the person for now: `is_secret` says so.
    """
    # Of advertising platforms those alone count that had this person, and they are among the recipients.
    processors = [each for each in load().vendors.values() if each.role == "processor" and not each.audience]
    return {
        "recipients": [each for id_ in whom.ids for each in recipients(session, id_)],
        "told": [text for id_ in whom.ids for text in lines(tasks.of_subject(session, id_), now)],
        "disclosures": [
            {
                "recipient": each.recipient,
                "reference": each.reference,
                "disclosed_on": each.disclosed_on.isoformat() if each.disclosed_on else None,
                "content": each.content,
                "ground": each.ground,
                "is_secret": disclosures.is_secret(session, each),
            }
            for each in disclosures.about(session, whom.subject)
            if each.outcome == Outcome.DISCLOSED
        ],
        "processors": [
            {
                "name": each.name,
                "company": each.company,
                "country": each.country,
                "purpose": str(each.purpose),
                "transfers": list(each.transfers),
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
            _countries(each["transfers"]),
            each["safeguard"] or "–",
        ]
        for each in found["recipients"]
    ]
    head = [_("When"), _("Recipient"), _("What"), _("Transfers"), _("Safeguard")]
    nobody = [] if rows else [_("Nobody outside the company, save those who run its services for it.")]
    made = [Section(_("Recipients of this person’s data"), nobody, (), head if rows else (), rows)]
    if found["told"]:
        made.append(Section(_("What recipients were told afterwards"), found["told"]))
    rows = [_disclosed(each) for each in found["disclosures"]]
    if rows:
        head = [_("When"), _("To whom"), _("What"), _("Ground"), _("The person")]
        made.append(Section(_("Disclosures"), (), (), head, rows))
    rows = [
        [
            each["name"],
            each["purpose"],
            country(each["country"]),
            _countries(each["transfers"]),
            each["safeguard"],
        ]
        for each in found["processors"]
    ]
    if rows:
        head = [_("Processor"), _("What for"), _("Country"), _("Transfers"), _("Safeguard")]
        about = _(
            "Whom the company uses for its services, the same whoever is asked about: "
            "it does not say that they had data of this person. Whoever received some of it stands above."
        )
        made.append(Section(_("Those who run services for the company"), [about], (), head, rows))
    return made


def _countries(codes: Sequence[str]) -> str:
    return ", ".join(country(code) for code in codes) or "–"


def _disclosed(each: Mapping[str, Any]) -> list[str]:
    day = each["disclosed_on"]
    return [
        format_date(date.fromisoformat(day)) if day else "–",
        f"{each['recipient']} ({each['reference']})" if each["reference"] else each["recipient"],
        each["content"],
        each["ground"],
        _("is not to be told") if each["is_secret"] else _("may be told"),
    ]
