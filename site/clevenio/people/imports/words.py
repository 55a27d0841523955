"""What the columns and the outcome of a file are called in words."""

from collections.abc import Mapping
from typing import Any

from clevenio.i18n import lazy_gettext as _l
from clevenio.i18n import sentence
from clevenio.people.imports.columns import COLUMNS

NAMES = {
    "email": _l("E-mail address"),
    "first_name": _l("First name"),
    "last_name": _l("Last name"),
    "name": _l("Whole name"),
    "phone": _l("Phone number"),
    "company": _l("Company"),
    "website": _l("Website of the company"),
    "role": _l("Role in the company"),
    "country": _l("Country"),
    "postal_code": _l("Postal code"),
    "language": _l("Language"),
    "advertising_id": _l("Advertising identifier"),
    "opted_out": _l("Has opted out there"),
    "complained": _l("Has complained there"),
    "bounced": _l("Mail does not arrive"),
    "consent": _l("Consent: what for"),
    "consent_at": _l("Consent: when"),
    "consent_source": _l("Consent: where it was given"),
    "consent_wording": _l("Consent: the words that were shown"),
}


def name_of(column: str) -> str:
    """A column in words; empty for a note about the whole row."""
    return str(NAMES[column]) if column in COLUMNS else column


def reasons(report: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    """Column, sentence and number of each reason in a kept report, the most frequent first."""
    said = {
        f"{note['column']}: {note['code']}": note
        for note in reversed([*report["rejected_rows"], *report["warnings"]])
    }
    found = [
        (name_of(said[code]["column"]), sentence(said[code]), number)
        for code, number in report["reasons"].items()
        if code in said
    ]
    return sorted(found, key=lambda reason: -reason[2])
