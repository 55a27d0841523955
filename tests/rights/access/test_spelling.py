"""The copy's page speaks in words: no code of the program is left in its tables, in either language."""

from enum import StrEnum

import pytest
from sqlalchemy import JSON, String

from clevenio.accounts import address_changes, agreements, mail_requests, sessions
from clevenio.backoffice.misuse import models, rules  # noqa: F401 - the table of alerts
from clevenio.i18n import use_language
from clevenio.inquiries import models as inquiries
from clevenio.newsletter.bounces import models as bounces
from clevenio.newsletter.models import DeliveryState, Exclusion
from clevenio.outbox import MailState
from clevenio.people import erasures, holds, links, restrictions, roles, spellings, usage
from clevenio.people.opt_outs import Came
from clevenio.people.suppression import Returned
from clevenio.registry import Origin, load
from clevenio.rights import words
from clevenio.rights.access.file import readable
from clevenio.rights.access.spelling import CODES, RECORDS, spelt
from clevenio.rights.holdings import HOLDINGS
from clevenio.rights.models import Asker, Channel, Identity, Kind, Outcome, State
from clevenio.rights.recipients.models import Cause, Result
from clevenio.rights.trail_words import ACTIONS, REASONS

SHOWN = (Origin.GIVEN, Origin.OBSERVED, Origin.OURS)
# Columns of text without codes: what somebody typed or what a machine answered, names, days, fingerprints.
PLAIN = {
    "people": "email first_name last_name name phone company website role_other postal_code advertising_id",
    "signups": "email",
    "agreements": "version digest",
    "announcements": "version",
    "address_changes": "email",
    "login_sessions": "browser",
    "passkeys": "name transports",
    "mail_requests": "email",
    "mails": "sender recipient subject reply",
    "inquiries": "name email company message",
    "inquiry_answers": "text",
    "consent_decisions": "notice",
    "consent_standing": "notice",
    "deliveries": "reply notice",
    "bounces": "status diagnostic",
    "departures": "reason",
    "audience_leavers": "email phone advertising_id",
    "holds": "reason",
    "rights_submissions": "email name phone post details",
    "rights_letters": "title place text",
    "rights_corrections": "old new source effect",
    "rights_tasks": "email_hash phone_hash reason",
    "rights_under_way": "email",
    "disclosures": "recipient reference content ground",
    "disclosure_notes": "text",
}
ENUMS: dict[tuple[str, str], type[StrEnum]] = {
    ("people", "role"): roles.Role,
    ("agreements", "kind"): agreements.Kind,
    ("address_changes", "outcome"): address_changes.Outcome,
    ("login_sessions", "kind"): sessions.Kind,
    ("usage_events", "kind"): usage.Kind,
    ("mail_requests", "kind"): mail_requests.Asked,
    ("mails", "state"): MailState,
    ("inquiries", "state"): inquiries.State,
    ("deliveries", "state"): DeliveryState,
    ("deliveries", "reason"): Exclusion,
    ("bounces", "kind"): bounces.Kind,
    ("bounces", "source"): bounces.Source,
    ("erasures", "ground"): erasures.Ground,
    ("restrictions", "ground"): restrictions.Ground,
    ("holds", "ground"): holds.Ground,
    ("rights_requests", "kind"): Kind,
    ("rights_requests", "asker"): Asker,
    ("rights_requests", "channel"): Channel,
    ("rights_requests", "state"): State,
    ("rights_requests", "identity"): Identity,
    ("rights_requests", "outcome"): Outcome,
    ("rights_tasks", "cause"): Cause,
    ("rights_tasks", "result"): Result,
}
VALUES = {
    ("links", "purpose"): tuple(links.LIFETIME),
    ("audit_entries", "action"): tuple(ACTIONS),
    ("audit_entries", "reason"): tuple(REASONS),
    ("misuse_alerts", "rule"): (
        "many_rows", "many_exports", "night_export", "first_export", "many_lookups", "many_refusals",
        "many_networks", "recovery_code", "long_rest", "new_browser",
    ),
    ("rights_events", "act"): tuple(words.ACTS),
    ("rights_events", "note"): tuple(words.GROUNDS),
    ("suppressions", "scope"): ("all", "newsletter", "ad_audiences:google"),
    ("suppressions", "reason"): (
        *Returned, *(f"by {came}" for came in Came), "objection", "unsubscribed", "erasure", "moved", "own act",
    ),
    ("signups", "texts"): ("terms", "dpa", "privacy"),
    ("people", "country"): ("FI", "SE"),
    ("rights_keeps", "holding"): tuple(holding.name for holding in HOLDINGS),
    **{where: tuple(enum) for where, enum in ENUMS.items()},
}  # fmt: skip


def columns():
    registry = load()
    for holding in HOLDINGS:
        for part in holding.parts:
            for name in registry.tables[part.table.name].of(*SHOWN):
                if isinstance(part.table.c[name].type, (String, JSON)):
                    yield part.table.name, name


def test_every_column_of_text_is_a_code_with_words_or_known_to_hold_none():
    spelled = {*CODES, *RECORDS}
    plain = {(table, name) for table, names in PLAIN.items() for name in names.split()}
    assert set(columns()) - spelled - plain == set()
    assert spelled & plain == set()


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize(("where", "values"), VALUES.items(), ids=lambda each: str(each)[:40])
def test_each_code_is_words(where, values, language):
    with use_language(language):
        said = {value: spelt(*where, str(value)) for value in values}
    # What is a word in English as it is may stay one.
    left = [value for value, text in said.items() if text == str(value)]
    assert left == ([] if language == "fi" or where != ("audit_entries", "reason") else list(values))


def test_a_code_that_is_gone_stays_as_it_is_and_nothing_stays_nothing():
    assert spelt("usage_events", "kind", "danced") == "danced"
    assert spelt("people", "country", "ZZ") in ("ZZ", "Unknown Region", "tuntematon alue")
    assert spelt("people", "role", None) is None


def test_lists_and_records_are_said_in_words():
    with use_language("en"):
        ticked = readable(spelt("signups", "ticked", ["newsletter", "surveys"]))
        wording = {"purposes": [{"id": "newsletter", "wording": "Send me the letter."}]}
        assert readable(spelt("signups", "wording", wording)) == "Send me the letter."
        taken = readable(spelt("departures", "withdrawn", {"newsletter": 7}))
        evidence = readable(
            spelt(
                "consent_decisions", "evidence", {"asked_at": "2026-11-23T09:00:00+00:00", "source": "fair"}
            )
        )
        signed_up = readable(spelt("consent_decisions", "evidence", {"confirmed_by": "mail"}))
    assert signed_up == "confirmed by: a mailed link"
    assert "newsletter" not in ticked.split(", ")
    assert taken == load().name_of("newsletter") or taken[0].isupper()
    assert evidence.startswith("asked: ")
    assert evidence.endswith("; source: fair")
    assert "T09" not in evidence


def test_why_a_withdrawal_reached_somebody_is_said_in_the_readers_language():
    with use_language("fi"):
        said = readable(spelt("consent_decisions", "evidence", {"because": spellings.BECAUSE}))
    assert said == "syy: peruttu saman postilaatikon toisella kirjoitusasulla"
