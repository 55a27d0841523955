"""Codes of the data as words, for the page that people read; `data.json` keeps the codes.

By table and column, for what somebody typed stays as it was typed, whatever it reads like. A test holds
that each column of text is a code with words here, or one that is known to hold none.
"""

from collections.abc import Callable, Mapping
from typing import Any

from clevenio import i18n, legal
from clevenio.accounts.history import LABELS as USE
from clevenio.audiences import platforms
from clevenio.consent.readable import DOORS
from clevenio.consent.readable import STATES as DECISIONS
from clevenio.i18n import current_language
from clevenio.inquiries.redaction import REASONS as REDACTIONS
from clevenio.people import roles
from clevenio.people.suppression import EVERYTHING
from clevenio.people.suppression import REASONS as REFUSED_BECAUSE
from clevenio.registry import load
from clevenio.rights import trail_words, words
from clevenio.rights.access import codes
from clevenio.rights.disclosures import words as disclosures
from clevenio.rights.evidence import words as evidence
from clevenio.rights.models import Outcome
from clevenio.rights.recipients import words as recipients


def purpose_name(purpose: str) -> str:
    """What a purpose is called; its identifier where the registry has it no more."""
    registry = load()
    return registry.name_of(purpose) if purpose in registry.decidable else purpose


def _scope(code: str) -> str:
    return str(codes.DEPARTURES[EVERYTHING]) if code == EVERYTHING else purpose_name(code)


def _text(code: str) -> str:
    """What one of our legal texts is called."""
    return legal.versions(code)[0].title(current_language()) if code in legal.TEXTS else code


def _country(code: str) -> str:
    return i18n.country(code) if code in i18n.locale().territories else code


def _vendor(code: str) -> str:
    vendor = load().vendors.get(code)
    return vendor.name if vendor else code


def _holding(code: str) -> str:
    holding = load().holdings.get(code)
    return str(holding.after_erasure) if holding else code


def _action(code: str) -> str:
    return trail_words.name(code)


Said = Mapping[Any, Any] | Callable[[str], str]
LANGUAGES = i18n.NAMES
CODES: Mapping[tuple[str, str], Said] = {
    ("people", "language"): LANGUAGES,
    ("people", "source"): codes.SOURCES,
    ("people", "role"): roles.LABELS,
    ("people", "country"): _country,
    ("signups", "language"): LANGUAGES,
    ("signups", "ticked"): purpose_name,
    ("signups", "texts"): _text,
    ("agreements", "kind"): codes.AGREEMENTS,
    ("agreements", "text"): _text,
    ("agreements", "language"): LANGUAGES,
    ("agreements", "facts"): codes.PARTS,
    ("announcements", "text"): _text,
    ("address_changes", "outcome"): codes.CHANGES,
    ("login_sessions", "kind"): codes.LOGINS,
    ("usage_events", "kind"): USE,
    ("links", "purpose"): codes.LINKS,
    ("mail_requests", "kind"): codes.MAILS_ASKED,
    ("mail_requests", "language"): LANGUAGES,
    ("mails", "kind"): evidence.MAILS,
    ("mails", "state"): evidence.STATES,
    ("inquiries", "language"): LANGUAGES,
    ("inquiries", "state"): codes.INQUIRIES,
    ("inquiry_redactions", "reason"): {
        code: trail_words.REASONS[reason] for code, reason in REDACTIONS.items()
    },
    ("consent_decisions", "purpose"): purpose_name,
    ("consent_decisions", "state"): DECISIONS,
    ("consent_decisions", "channel"): DOORS,
    ("consent_decisions", "basis"): evidence.BASES,
    ("consent_decisions", "language"): LANGUAGES,
    ("consent_decisions", "evidence"): codes.PARTS,
    ("consent_standing", "purpose"): purpose_name,
    ("consent_standing", "state"): DECISIONS,
    ("consent_standing", "basis"): evidence.BASES,
    ("deliveries", "language"): LANGUAGES,
    ("deliveries", "basis"): evidence.BASES,
    ("deliveries", "state"): evidence.STATES,
    ("deliveries", "reason"): evidence.EXCLUSIONS,
    ("deliveries", "evidence"): codes.PARTS,
    ("bounces", "kind"): codes.BOUNCES,
    ("bounces", "source"): codes.BOUNCE_SOURCES,
    ("departures", "topic"): purpose_name,
    ("departures", "scope"): codes.DEPARTURES,
    ("audience_leavers", "platform"): platforms.names(),
    ("audience_leavers", "field"): codes.IDENTIFIERS,
    ("former_identifiers", "field"): codes.IDENTIFIERS,
    ("suppressions", "kind"): codes.IDENTIFIERS,
    ("suppressions", "scope"): _scope,
    ("suppressions", "reason"): REFUSED_BECAUSE,
    ("erasures", "kind"): codes.IDENTIFIERS,
    ("erasures", "ground"): codes.ERASED_BECAUSE,
    ("restrictions", "ground"): words.GROUNDS,
    ("holds", "ground"): words.HOLDS,
    ("disclosures", "kind"): disclosures.KINDS,
    ("disclosures", "outcome"): disclosures.OUTCOMES,
    ("data_files", "kind"): words.KINDS,
    ("data_files", "language"): LANGUAGES,
    ("rights_requests", "kind"): words.KINDS,
    ("rights_requests", "asker"): words.ASKERS,
    ("rights_requests", "channel"): words.CHANNELS,
    ("rights_requests", "language"): LANGUAGES,
    ("rights_letters", "way"): words.WAYS,
    ("rights_letters", "language"): LANGUAGES,
    ("rights_requests", "state"): words.STATES,
    ("rights_requests", "identity"): words.IDENTITIES,
    ("rights_requests", "outcome"): {Outcome.FORWARDED: words.ACTS["forwarded"]},
    ("rights_events", "act"): words.ACTS,
    # Of a restriction it is the ground, else what somebody wrote.
    ("rights_events", "note"): {**words.GROUNDS, **words.ENDS},
    ("rights_corrections", "field"): words.FIELDS,
    ("rights_tasks", "cause"): recipients.CAUSES,
    ("rights_tasks", "field"): words.FIELDS,
    ("rights_tasks", "vendor"): _vendor,
    ("rights_tasks", "platform"): platforms.names(),
    ("rights_tasks", "result"): recipients.RESULTS,
    ("rights_keeps", "holding"): _holding,
    ("audit_entries", "action"): _action,
    ("audit_entries", "reason"): trail_words.REASONS,
    ("misuse_alerts", "rule"): codes.ALERTS,
}

# What is said of a record as a whole.
RECORDS: Mapping[tuple[str, str], Callable[[Mapping[str, Any]], object]] = {
    ("signups", "wording"): lambda shown: [each["wording"] for each in shown.get("purposes", ())],
    ("departures", "withdrawn"): lambda taken: [purpose_name(each) for each in taken],
}


def spelt(table: str, column: str, value: object) -> object:
    """A code, or each of several, in words of the current language; any other value as it is.

    What a record is made of keeps its values, save codes; its names are put into words.
    """
    if isinstance(value, dict) and (table, column) in RECORDS:
        return RECORDS[table, column](value)
    said = CODES.get((table, column))
    if said is None or value is None:
        return value
    if isinstance(value, list):
        return [_said(said, each) for each in value]
    if isinstance(value, dict):
        return {
            _said(said, name): str(codes.VALUES.get((name, str(each)), "")) or each
            for name, each in value.items()
        }
    return _said(said, value)


def _said(said: Said, value: object) -> str:
    code = str(value)
    return said(code) if callable(said) else str(said.get(code, code))
