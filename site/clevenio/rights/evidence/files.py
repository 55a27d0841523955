"""Why a person is in a file for a platform: the decision that stood when it was made, and what stands today."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.audiences.explain import explain, sentence
from clevenio.audiences.models import Export, Kind, Membership
from clevenio.audiences.platforms import names, platforms
from clevenio.audiences.segments import ALL
from clevenio.consent import ledger
from clevenio.consent.ledger import Basis, Decision, State
from clevenio.consent.notices import sentence_of
from clevenio.consent.readable import DOORS, how_shown
from clevenio.errors import Missing
from clevenio.i18n import format_number, ngettext
from clevenio.i18n import gettext as _
from clevenio.rights.access.collecting import plain
from clevenio.rights.evidence.readable import Section
from clevenio.rights.evidence.whom import Whom
from clevenio.rights.evidence.words import moment, said
from clevenio.settings import Settings

IDENTIFIERS = ("email_hash", "phone_hash", "advertising_id")


def data(session: Session, settings: Settings, whom: Whom, number: int | None = None) -> dict[str, Any]:
    """The files that somebody was in, the newest first, or one of them, and each platform's answer of today.

    Raises `Missing` where no file has that number.
    """
    if number is not None and session.get(Export, number) is None:
        raise Missing("There is no file with this number.")
    histories = {each: ledger.history(session, each) for each in whom.ids}
    purposes = {each.id: each.layout.purpose for each in platforms(settings.data)}
    query = (
        select(Export, Membership)
        .join(Membership, Membership.export_id == Export.id)
        .where(Membership.person_id.in_(whom.ids))
    )
    if number is not None:
        query = query.where(Export.id == number)
    found = [
        (export, has, _stood(histories[has.person_id], purposes.get(export.platform, ""), export))
        for export, has in session.execute(query.order_by(Export.id.desc()))
    ]
    wordings = ledger.wordings(session, {row.notice for _, _, row in found if row})
    person = whom.subject.person
    return {
        "asked_for": number,
        "files": [
            _file(export, has, row, sentence_of(wordings[row.notice], row.purpose) if row else "")
            for export, has, row in found
        ],
        "today": [
            {"platform": each.platform, "name": each.name, "is_in": each.is_in, "why": sentence(each.reason)}
            for each in (explain(session, person, settings.data) if person else ())
        ],
    }


def _stood(history: Sequence[Decision], purpose: str, export: Export) -> Decision | None:
    """The last decision about a platform that was known when a file was made."""
    known = [row for row in history if row.purpose == purpose and row.id <= export.ledger_position]
    return known[-1] if known else None


def _file(export: Export, has: Membership, stood: Decision | None, wording: str) -> dict[str, Any]:
    carried = (has.has_email, has.has_phone, has.has_advertising_id)
    is_consent = stood is not None and (stood.state, stood.basis) == (State.GRANTED, Basis.CONSENT)
    return {
        "number": export.id,
        "kind": export.kind,
        "state": export.state,
        "platform": export.platform,
        "platform_name": str(names().get(export.platform, export.platform)),
        "vendor": export.vendor,
        "segment": export.segment,
        "criteria": export.criteria,
        "at": plain(export.created_at),
        "carried": [name for name, was_in in zip(IDENTIFIERS, carried, strict=True) if was_in],
        "files": export.files,
        "ledger_position": export.ledger_position,
        "decision": stood and stood.sequence,
        "decided": stood and stood.state,
        "decided_at": stood and plain(stood.at),
        "door": stood and stood.channel,
        "evidence": stood.evidence if stood else {},
        "version": stood and stood.notice,
        "wording": wording,
        "is_borne_out": is_consent if export.kind == Kind.UPLOAD else None,
    }


def sections(found: Mapping[str, Any]) -> list[Section]:
    """The same in words."""
    made = []
    wrong = [each for each in found["files"] if each["is_borne_out"] is False]
    if wrong:
        lines = [_file_name(each) for each in wrong]
        made.append(Section(_("The ledger does not bear these files out"), lines, warning=True))
    if not found["files"]:
        number = found["asked_for"]
        nothing = (
            _("This person is in no file that left for a platform.")
            if number is None
            else _("This person is not in file %(number)s.", number=number)
        )
        made.append(Section(_("Files"), [nothing]))
    made += [_section(each) for each in found["files"]]
    if found["today"]:
        rows = [[each["name"], each["why"]] for each in found["today"]]
        made.append(Section(_("And today"), (), (), [_("Platform"), _("In or out")], rows))
    return made


def _file_name(each: Mapping[str, Any]) -> str:
    values = {"number": each["number"], "platform": each["platform_name"], "when": moment(each["at"])}
    if each["kind"] == Kind.REMOVAL:
        return _("Removal file %(number)s for %(platform)s, %(when)s", **values)
    return _("Audience file %(number)s for %(platform)s, %(when)s", **values)


def _section(each: Mapping[str, Any]) -> Section:
    facts = [
        (_("Why"), _why(each)),
        (_("What they had agreed to"), _("“%(words)s”", words=each["wording"]) if each["wording"] else "–"),
        (_("What the row carried"), carried(each["carried"])),
        (_("Segment"), _("Everybody") if each["segment"] == ALL else each["segment"] or "–"),
        (_("Known of the ledger then"), _("up to row %(number)s", number=each["ledger_position"])),
    ]
    prints = [
        f"{_rows(one['rows'])}, SHA-256 {one['sha256']}"
        for one in each["files"]
        if "sha256" in one and "rows" in one
    ]
    facts.append((_("The file itself"), "; ".join(prints) or _("It was never finished.")))
    return Section(_file_name(each), (), facts)


def _rows(number: int) -> str:
    return ngettext("%(num)s row", "%(num)s rows", number, num=format_number(number))


def carried(names: Sequence[str]) -> str:
    """What went of somebody, in words."""
    words = {
        "email_hash": _("hash of the e-mail address"),
        "phone_hash": _("hash of the phone number"),
        "advertising_id": _("advertising identifier"),
    }
    return ", ".join(words[name] for name in names) or _("nothing but the person’s company")


def _why(each: Mapping[str, Any]) -> str:
    if each["decision"] is None:
        return _("The ledger knew no decision about this platform.")
    values = {
        "number": each["decision"],
        "when": moment(each["decided_at"]),
        "door": said(DOORS, each["door"]),
        "version": each["version"][-8:],
    }
    if each["kind"] == Kind.REMOVAL:
        return _("To be taken out again. Last said: decision %(number)s of %(when)s, %(door)s.", **values)
    if each["is_borne_out"]:
        because = _("Consent: decision %(number)s of %(when)s, %(door)s, by version %(version)s.", **values)
        return because + how_shown(each["evidence"])
    return _("Decision %(number)s of %(when)s, %(door)s, is no consent.", **values)
