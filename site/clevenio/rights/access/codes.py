"""What codes say to the person whose data they stand in, where no other page of ours puts them into words."""

from collections.abc import Mapping
from typing import Any

from clevenio.accounts import address_changes, agreements, sessions
from clevenio.accounts.mail_requests import Asked
from clevenio.i18n import lazy_gettext as _l
from clevenio.inquiries.models import State as InquiryState
from clevenio.newsletter.bounces.models import Kind as Bounced
from clevenio.newsletter.bounces.models import Source as Heard
from clevenio.people import spellings
from clevenio.people.erasures import Ground as ErasureGround
from clevenio.people.imports.profiles import IMPORTED

Said = Mapping[Any, str]

# By which way somebody came to be known.
SOURCES: Said = {
    "signup": _l("A signup"),
    "newsletter": _l("A subscription to the newsletter"),
    IMPORTED: _l("A file with the consent it brought"),
}
# What a mailed link was for.
LINKS: Said = {
    "unsubscribe": _l("Unsubscribing"),
    "confirm": _l("Confirming a subscription"),
    "verify": _l("Verifying a signup"),
    "invite": _l("An invitation to the back office"),
    "reset": _l("Choosing a new password"),
    "staff_reset": _l("Choosing a new password of the back office"),
    "address": _l("Confirming a new address"),
    "data_file": _l("Fetching a copy of the data"),
    "rights": _l("Confirming a request about rights"),
    "manage": _l("Opening one’s own choices"),
    "move": _l("Confirming where our e-mails shall come"),
}
MAILS_ASKED: Said = {
    Asked.RESET: _l("Choosing a new password"),
    Asked.VERIFICATION: _l("Verifying a signup"),
    Asked.ADDRESS: _l("Confirming a new address"),
    "staff_reset": _l("Choosing a new password of the back office"),
}
LOGINS: Said = {sessions.Kind.ACCOUNT: _l("Account"), sessions.Kind.STAFF: _l("Back office")}
CHANGES: Said = {
    address_changes.Outcome.MOVED: _l("The account moved to the new address"),
    address_changes.Outcome.STOPPED: _l("Stopped by the reader of one of the addresses"),
    address_changes.Outcome.REPLACED: _l("A newer change took its place"),
    address_changes.Outcome.TAKEN: _l("Somebody else had come to have the address"),
}
AGREEMENTS: Said = {agreements.Kind.ACCEPTED: _l("Accepted"), agreements.Kind.SHOWN: _l("Shown")}
INQUIRIES: Said = {
    InquiryState.OPEN: _l("Open"),
    InquiryState.ANSWERED: _l("Answered"),
    InquiryState.CLOSED: _l("Closed"),
    InquiryState.SUSPECTED: _l("Held back: it looked like spam"),
}
DEPARTURES: Said = {"topic": _l("This topic"), "all": _l("All marketing")}
IDENTIFIERS: Said = {
    "email": _l("E-mail address"),
    "phone": _l("Phone"),
    "advertising_id": _l("advertising identifier"),
}
ERASED_BECAUSE: Said = {
    ErasureGround.REQUEST: _l("The person asked for it, or objected to the use"),
    ErasureGround.GUARDIAN: _l("A guardian’s message"),
    ErasureGround.OWN_RETURN: _l("The person came back"),
}
BOUNCES: Said = {
    Bounced.HARD: _l("No such mailbox"),
    Bounced.SOFT: _l("Not taken for now"),
    Bounced.BLOCKED: _l("Our mail was refused"),
    Bounced.COMPLAINT: _l("Complaint"),
}
BOUNCE_SOURCES: Said = {
    Heard.REPORT: _l("A report by mail"),
    Heard.WEBHOOK: _l("A report by a service"),
    Heard.REPLY: _l("What the receiving server answered"),
}
# Why an entry of the trail was looked at once more.
ALERTS: Said = {
    "many_rows": _l("Many rows left in one day"),
    "many_exports": _l("Many files left in one day"),
    "night_export": _l("A file left at night"),
    "first_export": _l("Somebody’s first file"),
    "many_lookups": _l("Many people were looked up in one day"),
    "many_refusals": _l("Many refused tries to get in"),
    "many_networks": _l("Refused tries to get in from many networks"),
    "new_browser": _l("A login from a new browser"),
    "long_rest": _l("A login after a long time"),
    "recovery_code": _l("A login with a recovery code"),
}
# What a decision's own evidence, and other small records of ours, are made of.
PARTS: Said = {
    "asked_at": _l("asked"),
    "confirmed_at": _l("confirmed"),
    "confirmed_by": _l("confirmed by"),
    "given_at": _l("given"),
    "source": _l("source"),
    "because": _l("because"),
    "wording": _l("wording"),
    "undoes": _l("takes back the decisions"),
    "suppressed_since_backup_of": _l("refused since the backup of"),
    "terms": _l("terms"),
    "dpa": _l("data processing agreement"),
    "privacy": _l("privacy policy"),
    "customer": _l("customer"),
    "controller": _l("controller"),
    "address": _l("address"),
    "contact": _l("contact"),
    "agreement": _l("agreement"),
    "form": _l("form"),
    "role": _l("role in the company"),
    "relevance": _l("what it has to do with the role"),
}
# What stands in such a record instead of words.
VALUES: Mapping[tuple[str, str], str] = {
    ("confirmed_by", "mail"): _l("a mailed link"),
    ("because", "the mailbox had opted out before"): _l("the mailbox had opted out before"),
    ("because", spellings.BECAUSE): _l("withdrawn under another spelling of this mailbox"),
}
