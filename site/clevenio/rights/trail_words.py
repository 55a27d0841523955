"""What the audit trail's codes say to people. An action that is not listed here is shown by its code."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clevenio.accounts.factors.operations import Method
from clevenio.audiences import platforms
from clevenio.audit import AuditEntry
from clevenio.i18n import format_number, ngettext
from clevenio.i18n import lazy_gettext as _l
from clevenio.people.staff_members import ROLES
from clevenio.registry import load
from clevenio.rights import requests
from clevenio.rights.breaches import operations as breaches
from clevenio.rights.disclosures import operations as disclosures
from clevenio.rights.evidence import questions
from clevenio.rights.recipients import closing as telling


@dataclass(frozen=True)
class Words:
    """An act by name; `full` also says how much of what, from the entry's details.

    What is counted there, and how a number of it is called, is for `counted` to say.
    """

    name: str
    full: str | None = None
    counted: tuple[str, Callable[[int], str]] | None = None


def _rows(number: int) -> str:
    return ngettext("%(num)s row", "%(num)s rows", number, num=format_number(number))


def _entries(number: int) -> str:
    return ngettext("%(num)s entry", "%(num)s entries", number, num=format_number(number))


def _people(number: int) -> str:
    return ngettext("%(num)s person", "%(num)s people", number, num=format_number(number))


def _accounts(number: int) -> str:
    return ngettext("%(num)s account", "%(num)s accounts", number, num=format_number(number))


def _passages(number: int) -> str:
    return ngettext("%(num)s passage", "%(num)s passages", number, num=format_number(number))


ACTIONS: dict[str, Words] = {
    "account.disable": Words(_l("Shut an account")),
    "account.enable": Words(_l("Opened an account again")),
    "account.move": Words(_l("Let an account move to another address")),
    "agreements.read": Words(_l("Looked up what somebody agreed to")),
    "alert.acknowledge": Words(_l("Looked at an alert")),
    "audience.explain": Words(_l("Looked up why somebody is in an audience or not")),
    "audience.discarded": Words(_l("Marked an audience file as thrown away")),
    "audience.match": Words(_l("Wrote down how much of an audience file was matched")),
    "audience.match_change": Words(_l("Corrected how much of an audience file was matched")),
    "audience.match_end": Words(_l("Deleted a figure of how much of an audience file was matched")),
    "audience.uploaded": Words(_l("Marked a file as uploaded")),
    "audience.export": Words(
        _l("Downloaded an audience file"),
        _l("Downloaded an audience file: %(rows)s for %(platform)s"),
        ("rows", _rows),
    ),
    "audience.pull": Words(_l("Made a pull address for an audience")),
    "audience.pull_end": Words(_l("Ended a pull address")),
    "audience.removal": Words(
        _l("Downloaded a removal file"),
        _l("Downloaded a removal file: %(rows)s for %(platform)s"),
        ("rows", _rows),
    ),
    "audience.segment": Words(_l("Saved a segment")),
    "audience.segment_change": Words(_l("Changed a segment")),
    "audience.segment_end": Words(_l("Deleted a segment")),
    "audit.check": Words(_l("Asked for a check of the audit trail")),
    "audit.export": Words(
        _l("Downloaded the audit trail"), _l("Downloaded the audit trail: %(rows)s"), ("rows", _entries)
    ),
    "audit.find": Words(_l("Looked for a person’s entries in the audit trail")),
    "audit.list": Words(_l("Looked at the audit trail")),
    "audit.read": Words(
        _l("Opened an entry of the audit trail"), _l("Opened entry %(entry)s of the audit trail")
    ),
    "consent.history": Words(_l("Read somebody’s decisions")),
    "controllers.list": Words(
        _l("Looked through the controllers we process for"),
        _l("Looked through the controllers we process for: %(subjects)s"),
        ("subjects", _accounts),
    ),
    "evidence.export": Words(_l("Downloaded an answer for an inspector about a person")),
    "evidence.read": Words(_l("Answered an inspector’s question about a person")),
    "inquiries.answer": Words(_l("Answered an inquiry")),
    "inquiries.answered": Words(_l("Marked an inquiry as answered")),
    "inquiries.closed": Words(_l("Closed an inquiry")),
    "inquiries.list": Words(
        _l("Looked through inquiries"), _l("Looked through inquiries: %(subjects)s"), ("subjects", _people)
    ),
    "inquiries.open": Words(_l("Opened an inquiry again")),
    "inquiries.read": Words(_l("Read an inquiry")),
    "inquiries.redact": Words(
        _l("Removed passages from an inquiry"),
        _l("Removed %(passages)s from an inquiry"),
        ("passages", _passages),
    ),
    "backup.take": Words(_l("Backed everything up")),
    "backup.restore": Words(_l("Restored a backup")),
    "inquiries.template": Words(_l("Saved a template of answers")),
    "inquiries.template_removed": Words(_l("Removed a template of answers")),
    "mail.again": Words(_l("Sent a failed mail again")),
    "mail.let_go": Words(_l("Let a failed mail go")),
    "mail.list": Words(_l("Looked through failed mail")),
    "mail.read": Words(_l("Looked at a failed mail")),
    "newsletter.discard": Words(_l("Threw a draft of a campaign away")),
    "newsletter.draft": Words(_l("Began a campaign"), _l("Began a campaign on the topic %(topic)s")),
    "newsletter.rewrite": Words(_l("Rewrote a campaign"), _l("Rewrote a campaign on the topic %(topic)s")),
    "newsletter.uncertain": Words(
        _l("Looked through uncertain messages of a campaign"),
        _l("Looked through uncertain messages of a campaign: %(subjects)s"),
        ("subjects", _people),
    ),
    "newsletter.failed": Words(
        _l("Looked through failed messages of a campaign"),
        _l("Looked through failed messages of a campaign: %(subjects)s"),
        ("subjects", _people),
    ),
    "newsletter.test": Words(_l("Had a campaign sent to themselves as a test")),
    "newsletter.accept": Words(_l("Left what failed in a campaign as it is")),
    "newsletter.cancel": Words(_l("Cancelled a campaign")),
    "newsletter.confirm": Words(_l("Sent a campaign whose moment had been missed")),
    "newsletter.pause": Words(_l("Paused a campaign")),
    "newsletter.resend": Words(_l("Sent uncertain messages of a campaign again")),
    "newsletter.resume": Words(_l("Let a campaign go on")),
    "newsletter.schedule": Words(_l("Set the moment of a campaign")),
    "newsletter.start": Words(_l("Started a campaign")),
    "newsletter.stop": Words(_l("A campaign paused by itself")),
    "newsletter.unschedule": Words(_l("Took the moment of a campaign back")),
    "newsletter.send": Words(_l("Sent a campaign"), _l("Sent a campaign on the topic %(topic)s")),
    "outbox.list": Words(_l("Looked through kept mail")),
    "outbox.read": Words(_l("Read a kept mail")),
    "people.find": Words(_l("Looked for somebody by their address")),
    "people.import_begun": Words(_l("Began to import people from a file")),
    "people.import": Words(_l("Imported people from a file")),
    "people.preview": Words(_l("Looked at examples from a file of people")),
    "people.upload": Words(_l("Uploaded a file of people")),
    "people.opt_out": Words(_l("Wrote an opt-out down that came by a reply, by phone or by post")),
    "people.read": Words(_l("Opened the page about a person")),
    "receipt.export": Words(_l("Downloaded the proof of what a browser chose")),
    "receipt.read": Words(_l("Looked up what a browser chose, by its receipt")),
    "retention.account": Words(_l("Closed an account that nobody used")),
    "retention.hold": Words(_l("Held somebody’s data back from the rules")),
    "retention.holds": Words(
        _l("Looked through holds"), _l("Looked through holds: %(subjects)s"), ("subjects", _people)
    ),
    "retention.hold_confirmed": Words(_l("Said that the agreement runs which keeps an account")),
    "retention.release": Words(_l("Ended a hold")),
    "retention.run": Words(_l("Had the rules of retention carried out at once")),
    "breach.add": Words(_l("Added to the register of breaches")),
    "breach.export": Words(_l("Downloaded the register of breaches")),
    "disclosure.enter": Words(_l("Wrote a disclosure down")),
    "disclosure.export": Words(_l("Downloaded the register of disclosures")),
    "disclosure.find": Words(_l("Looked for disclosures about somebody")),
    "disclosure.note": Words(_l("Added to a disclosure")),
    "disclosure.read": Words(_l("Read a disclosure")),
    "recipients.close": Words(_l("Wrote down that a recipient was told")),
    "recipients.open": Words(_l("Named a recipient to tell")),
    "recipients.read": Words(_l("Read what is to be told to a recipient")),
    "returned.list": Words(_l("Looked through returned mail")),
    "rights.answer": Words(_l("Answered a request about rights")),
    "rights.check": Words(_l("Wrote a light check down")),
    "rights.doubt": Words(_l("Doubted whose request about rights it is")),
    "rights.enter": Words(_l("Wrote a request about rights down")),
    "rights.erase": Words(_l("Erased somebody’s data")),
    "rights.extend": Words(_l("Extended the time for a request about rights")),
    "rights.freeze": Words(_l("Froze somebody’s data")),
    "rights.fetch": Words(_l("Fetched the copy of their own data")),
    "rights.grant": Words(_l("Granted an objection")),
    "rights.lift": Words(_l("Lifted a freeze")),
    "rights.link": Words(_l("Had the link of a request about rights sent anew")),
    "rights.read": Words(_l("Read a request about rights")),
    "rights.refuse": Words(_l("Refused a request about rights")),
    "rights.rectify": Words(_l("Corrected somebody’s data as they asked")),
    "rights.read_letter": Words(_l("Read a letter about a request")),
    "rights.reroute": Words(_l("Changed where the answers to somebody go")),
    "rights.restrict": Words(_l("Restricted the use of somebody’s data")),
    "rights.restrictions": Words(_l("Looked at whose data is restricted")),
    "rights.make_file": Words(_l("Made a copy of somebody’s data for a letter")),
    "rights.take_file": Words(_l("Took a copy of somebody’s data for a letter")),
    "rights.told": Words(_l("Wrote down when a letter was posted or told by phone")),
    "rights.unrestrict": Words(_l("Decided that a restriction of somebody’s data ends")),
    "signups.list": Words(
        _l("Looked through signups"), _l("Looked through signups: %(subjects)s"), ("subjects", _people)
    ),
    "staff.activate": Words(_l("Accepted an invitation")),
    "staff.factors_reset": Words(_l("Removed a member’s second factors")),
    "staff.invite": Words(_l("Invited somebody to the back office"), _l("Invited somebody as %(roles)s")),
    "staff.app_added": Words(_l("Added an authenticator app")),
    "staff.app_removed": Words(_l("Removed an authenticator app")),
    "staff.codes_renewed": Words(_l("Made new recovery codes")),
    "staff.confirm": Words(_l("Proved once more who they are")),
    "staff.disable": Words(_l("Closed somebody’s access to the back office")),
    "staff.enable": Words(_l("Opened somebody’s access to the back office again")),
    "staff.factor_refused": Words(_l("Failed at the second factor")),
    "staff.list": Words(_l("Looked through the staff")),
    "staff.login": Words(_l("Signed in")),
    "staff.login_refused": Words(_l("Somebody was refused at the staff’s login")),
    "staff.passkey_added": Words(_l("Added a passkey")),
    "staff.passkey_removed": Words(_l("Removed a passkey")),
    "staff.password_refused": Words(_l("Typed a wrong current password")),
    "staff.password_changed": Words(_l("Changed their password")),
    "staff.password_reset": Words(_l("Set a new password by a mailed link")),
    "staff.recover": Words(_l("Gave somebody a way back into the back office")),
    "staff.offer_ended": Words(_l("Ended an offer of roles"), _l("Ended the offer of: %(roles)s")),
    "staff.roles": Words(_l("Changed a member’s roles"), _l("Changed a member’s roles to: %(after)s")),
    "staff.sessions_ended": Words(_l("Ended a member’s sessions")),
    "staff.view": Words(_l("Opened the page about a member of staff")),
}

# The reasons that operations write down, and what they say to people.
REASONS: dict[str, str] = {
    "answering inquiries": _l("answering inquiries"),
    "answering signups": _l("answering signups"),
    "keeping the record of a processor": _l("keeping the record of a processor"),
    **{reason.value: words for reason, words in questions.REASONS.items()},
    "proving what a browser chose": _l("proving what a browser chose"),
    requests.REASON: _l("handling a request about rights"),
    disclosures.REASON: _l("keeping the register of disclosures"),
    "telling a person about their request": _l("telling a person about their request"),
    telling.REASON: _l("telling recipients of personal data"),
    breaches.REASON: _l("keeping the register of breaches"),
    "looking after mail that did not arrive": _l("looking after mail that did not arrive"),
    "looking after mail that came back": _l("looking after mail that came back"),
    "removing sensitive data": _l("removing sensitive data"),
    "removing data about somebody else": _l("removing data about somebody else"),
    "removing a secret": _l("removing a secret"),
    "looking at what the site would have sent": _l("looking at what the site would have sent"),
    "the account was not used": _l("the account was not used"),
    "overseeing access": _l("overseeing access"),
    "overseeing agreements": _l("overseeing agreements"),
}

# What the details of entries are called.
NAMES: dict[str, str] = {
    "after": _l("Roles after it"),
    "before": _l("Roles before it"),
    "by": _l("Proved by"),
    "campaign": _l("Campaign"),
    "entry": _l("Entry"),
    "inquiry": _l("Inquiry"),
    "kind": _l("Kind"),
    "languages": _l("Languages"),
    "messages": _l("Messages"),
    "page": _l("Page of the list"),
    "passages": _l("Passages"),
    "platform": _l("Platform"),
    "question": _l("Question"),
    "request": _l("Request"),
    "roles": _l("Roles"),
    "rows": _l("Rows"),
    "segment": _l("Segment"),
    "sha256": _l("Hashes of what was taken"),
    "subjects": _l("People"),
    "template": _l("Template"),
    "topic": _l("Topic of the newsletter"),
}
_ROLES: Mapping[str, str] = {role.value: label for role, label in ROLES.items()}
# What the codes among the details say to people, by the detail they stand in.
CODES: dict[str, Mapping[str, object]] = {
    "after": _ROLES,
    "before": _ROLES,
    "by": {
        Method.APP.value: _l("an authenticator app"),
        Method.PASSKEY.value: _l("a passkey"),
        Method.RECOVERY_CODE.value: _l("a recovery code"),
    },
    "platform": platforms.names(),
    "question": {question.value: words for question, words in questions.QUESTIONS.items()},
    "reason": REASONS,
    "roles": _ROLES,
}


def name(action: str) -> str:
    """What an action is called in a list of choices."""
    return str(ACTIONS[action].name) if action in ACTIONS else action


def sentence(entry: AuditEntry) -> str:
    """What somebody did, in the current language; the details that have a place in it are filled in."""
    words = ACTIONS.get(entry.action)
    if words is None:
        return entry.action
    if words.full is None:
        return str(words.name)
    readable = _readable(entry.details)
    if words.counted and words.counted[0] in entry.details:
        key, called = words.counted
        value = entry.details[key]
        readable[key] = called(len(value) if isinstance(value, list) else int(value))
    return str(words.full) % defaultdict(lambda: "–", readable)


def reason(entry: AuditEntry) -> str:
    """Why, in the current language; empty where nothing was said."""
    return str(REASONS.get(entry.reason or "", entry.reason or ""))


def details(entry: AuditEntry) -> list[tuple[str, str]]:
    """What else an entry holds, by name and in words; what has no name here is shown by its code."""
    return [(str(NAMES.get(key, key)), _shown(key, value)) for key, value in entry.details.items()]


def _readable(details: Mapping[str, Any]) -> dict[str, str]:
    return {key: _shown(key, value) for key, value in details.items()}


def _shown(key: str, value: object) -> str:
    if isinstance(value, list):
        texts = [_shown(key, each) for each in value]
        return ", ".join(texts) if all(len(text) < 40 for text in texts) else format_number(len(texts))
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_shown('', each)}" for name, each in value.items())
    if isinstance(value, int) and not isinstance(value, bool):
        return format_number(value)
    return _in_words(key, str(value))


def _in_words(key: str, code: str) -> str:
    if key == "action":
        return name(code)
    if key == "topic":
        purpose = load().purposes.get(code)
        return str(purpose.name) if purpose else code
    return str(CODES.get(key, {}).get(code, code))
