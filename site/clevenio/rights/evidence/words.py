"""What the codes of answers say to people."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clevenio.consent.ledger import Basis
from clevenio.i18n import format_datetime
from clevenio.i18n import lazy_gettext as _l
from clevenio.newsletter.models import DeliveryState, Exclusion
from clevenio.outbox import MailState
from clevenio.people.restrictions import ANSWER
from clevenio.registry import LegalBasis
from clevenio.rights.evidence.whom import Standing

BASES: dict[Basis, str] = {
    Basis.CONSENT: _l("Consent"),
    Basis.CUSTOMER: _l("A customer’s relation with us"),
    Basis.ROLE: _l("The work of the person in the company"),
}
STANDINGS: dict[Standing, str] = {
    Standing.PERSON: _l("Known to us today"),
    Standing.WRITER: _l("Wrote to us, and is known by that alone"),
    Standing.ERASED: _l("Erased; what follows is what the kept evidence still tells"),
    Standing.UNKNOWN: _l("Not known to us, and nobody who was erased had this address"),
}
EXCLUSIONS: dict[str, str] = {
    Exclusion.WITHDRAWN.value: _l("no decision allowed it any more"),
    Exclusion.SUPPRESSED.value: _l("the address is on the list of those that nothing is sent to"),
    Exclusion.RESTRICTED.value: _l("the use of the data was restricted"),
    Exclusion.BASIS.value: _l("what it rests on does not do for this topic"),
    Exclusion.ERASED.value: _l("the person had been erased"),
    Exclusion.CANCELLED.value: _l("the campaign was cancelled"),
}
STATES: dict[str, str] = {
    DeliveryState.PENDING.value: _l("Waits"),
    DeliveryState.CLAIMED.value: _l("Waits"),
    DeliveryState.DEFERRED.value: _l("Is tried again"),
    DeliveryState.SENDING.value: _l("On its way"),
    DeliveryState.SENT.value: _l("Sent"),
    DeliveryState.FAILED.value: _l("Failed"),
    DeliveryState.UNCERTAIN.value: _l("May have arrived"),
    DeliveryState.EXCLUDED.value: _l("Not sent"),
    MailState.RETURNED.value: _l("Came back"),
    MailState.LET_GO.value: _l("Given up"),
    MailState.WITHHELD.value: _l("Not sent"),
}
# Mail that no marketing decision has to allow, by what called for it.
MAILS: dict[str, str] = {
    "account": _l("Something the person did in their account, or asked for there"),
    "address": _l("Somebody asked to move an account to this address"),
    "reset": _l("Somebody asked for a new password"),
    "staff_reset": _l("Somebody asked for a new password of the back office"),
    "signup": _l("A notice for staff: somebody signed up"),
    "subscription": _l("Somebody subscribed with this address, and was asked to confirm it"),
    "campaign_test": _l("A member of staff had a campaign sent to themselves as a test"),
    "choices": _l("Somebody asked for the link to the choices of this address, or to move them to it"),
    "inquiry_answer": _l("An answer to an inquiry"),
    "security": _l("Something changed about how a member of staff signs in"),
    "inquiry": _l("An inquiry came: its receipt, or the notice for staff"),
    "request": _l("Requests about rights wait: a notice for staff"),
    "alert": _l("Something was unusual: a notice for staff"),
    ANSWER: _l("An answer to what the person asked us"),
}

# The legal bases of purposes, and where data comes from, said of somebody else.
LEGAL_BASES: dict[LegalBasis, str] = {
    LegalBasis.CONSENT: _l("consent"),
    LegalBasis.CONTRACT: _l("contract"),
    LegalBasis.LEGAL_OBLIGATION: _l("legal obligation"),
    LegalBasis.LEGITIMATE_INTEREST: _l("legitimate interest"),
}
SOURCES: dict[str, str] = {
    "person": _l("from the person, or from whoever told us about them"),
    "use": _l("from the person’s use of the service"),
    "us": _l("written by us"),
}


def moment(text: str) -> str:
    """A moment of a document in the current language."""
    return format_datetime(datetime.fromisoformat(text), "short")


def said(words: Mapping[Any, str], code: str) -> str:
    """A code in words; the code itself where it has none."""
    return str(words.get(code, code))
