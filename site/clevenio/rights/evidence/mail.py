"""Why a mail went: each mail of a campaign with the decision that let it, each other one with what called for it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.consent import ledger
from clevenio.consent.ledger import Basis, Decision, State
from clevenio.consent.readable import DOORS, how_shown
from clevenio.consent.readable import STATES as DECIDED
from clevenio.i18n import gettext as _
from clevenio.newsletter import placeholders
from clevenio.newsletter.models import Campaign, Delivery, DeliveryState, Edition
from clevenio.outbox import Mail
from clevenio.registry import load
from clevenio.rights.access.collecting import plain
from clevenio.rights.evidence.readable import Section
from clevenio.rights.evidence.whom import Standing, Whom
from clevenio.rights.evidence.words import BASES, EXCLUSIONS, MAILS, STATES, moment, said
from clevenio.rights.subjects import mails_of
from clevenio.settings import Settings

# What may have reached somebody.
LEFT = (DeliveryState.SENT, DeliveryState.UNCERTAIN, DeliveryState.SENDING)


def data(session: Session, settings: Settings, whom: Whom) -> dict[str, Any]:
    """Every mail to somebody, the newest first; what a person's data was cut from names nobody any more."""
    histories = {each: ledger.history(session, each) for each in whom.ids}
    query = (
        select(Delivery, Campaign, Edition.subject)
        .join(Campaign, Campaign.id == Delivery.campaign)
        .outerjoin(Edition, (Edition.campaign == Delivery.campaign) & (Edition.language == Delivery.language))
        .where(Delivery.person.in_(whom.ids))
        .order_by(Delivery.id.desc())
    )
    campaigns = [
        _campaign(
            delivery,
            campaign,
            placeholders.in_subjects(settings, campaign.topic, {delivery.language: subject or ""}),
            histories[delivery.person],
        )
        for delivery, campaign, subject in session.execute(query)
    ]
    others = session.scalars(
        select(Mail).where(mails_of(whom.subject)).order_by(Mail.created_at.desc(), Mail.id)
    )
    said = [row for history in histories.values() for row in history if row.purpose in load().topics]
    said.sort(key=lambda row: row.at)
    return {
        "standing": whom.standing.value,
        "was_erased": whom.was_erased,
        "campaigns": campaigns,
        "others": [_other(mail) for mail in others],
        "decisions": [_decision(row) for row in said],
    }


def _decision(row: Decision) -> dict[str, Any]:
    return {
        "at": plain(row.at),
        "topic": row.purpose,
        "state": row.state,
        "basis": row.basis,
        "door": row.channel,
        "version": row.notice,
        "decision": row.sequence,
        "evidence": row.evidence,
    }


def _campaign(
    delivery: Delivery, campaign: Campaign, subjects: Mapping[str, str], history: Sequence[Decision]
) -> dict[str, Any]:
    decision = next((row for row in history if row.sequence == delivery.decision), None)
    has_left = delivery.state in LEFT
    return {
        "campaign": str(campaign.id),
        "topic": campaign.topic,
        "heading": subjects[delivery.language],
        "begun_at": plain(campaign.begun_at or campaign.created_at),
        "state": delivery.state,
        "at": plain(delivery.finished_at),
        "excluded_because": delivery.reason,
        "basis": delivery.basis,
        "decision": delivery.decision,
        "version": delivery.notice,
        "decided_at": plain(decision.at) if decision else None,
        "door": decision.channel if decision else None,
        "evidence": decision.evidence if decision else {},
        "is_borne_out": _is_borne_out(delivery, campaign, history) if has_left else None,
    }


def _is_borne_out(delivery: Delivery, campaign: Campaign, history: Sequence[Decision]) -> bool:
    """Whether the ledger says what the mail went by: that decision grants the topic, and none took it back first."""
    left = delivery.finished_at or delivery.due_at
    spoken = [row for row in history if row.purpose == campaign.topic and row.at <= left]
    last = spoken[-1] if spoken else None
    return (
        last is not None
        and last.sequence >= delivery.decision
        and last.state == State.GRANTED
        and any(
            (row.sequence, row.basis, row.notice, row.state)
            == (delivery.decision, delivery.basis, delivery.notice, State.GRANTED)
            for row in spoken
        )
    )


def _other(mail: Mail) -> dict[str, Any]:
    return {
        "kind": mail.kind,
        "queued_at": plain(mail.created_at),
        "state": mail.state,
        "at": plain(mail.finished_at),
    }


def sections(found: Mapping[str, Any]) -> list[Section]:
    """The same in words."""
    wrong = [each for each in found["campaigns"] if each["is_borne_out"] is False]
    made = []
    if wrong:
        lines = [
            _("%(when)s, %(topic)s", when=moment(each["at"] or each["begun_at"]), topic=_topic(each["topic"]))
            for each in wrong
        ]
        made.append(Section(_("The ledger does not bear these mails out"), lines, warning=True))
    head = [_("When"), _("What"), _("What became of it"), _("Why")]
    rows = [
        [
            moment(each["at"] or each["begun_at"]),
            f"{_topic(each['topic'])}: {each['heading']}" if each["heading"] else _topic(each["topic"]),
            said(STATES, each["state"]),
            _why(each),
        ]
        for each in found["campaigns"]
    ]
    lines = []
    if found["was_erased"]:
        cut = _(
            "The erasure cut the person from the mails that went, so none names them. What allowed mail is below."
        )
        back = _("They came back since.")
        lines.append(cut if found["standing"] == Standing.ERASED else f"{cut} {back}")
    elif not rows:
        lines.append(_("None went out, and none was about to."))
    made.append(Section(_("Mail of campaigns"), lines, (), head if rows else (), rows))
    if found["decisions"]:
        head = [_("When"), _("What for"), _("Decided"), _("How")]
        rows = [
            [
                moment(each["at"]),
                _topic(each["topic"]),
                said(DECIDED, each["state"]),
                f"{said(BASES, each['basis'])}, {said(DOORS, each['door'])}.{how_shown(each['evidence'])}",
            ]
            for each in reversed(found["decisions"])
        ]
        made.append(Section(_("What was decided about mail"), (), (), head, rows))
    rows = [
        [
            moment(each["at"] or each["queued_at"]),
            said(STATES, each["state"]),
            said(MAILS, each["kind"]),
        ]
        for each in found["others"]
    ]
    head = [_("When"), _("What became of it"), _("Why")]
    nothing = _("No other mail is on record. What was sent is kept for a time, and then deleted.")
    made.append(Section(_("Other mail"), [] if rows else [nothing], (), head if rows else (), rows))
    return made


def _topic(topic: str) -> str:
    registry = load()
    return registry.name_of(topic) if topic in registry.decidable else topic


def _why(each: Mapping[str, Any]) -> str:
    if each["excluded_because"]:
        reason = said(EXCLUSIONS, each["excluded_because"])
        return _("It was held back: %(reason)s.", reason=reason)
    values = {
        "number": each["decision"],
        "basis": str(BASES[Basis(each["basis"])]),
        "version": each["version"][-8:],
    }
    if each["decided_at"] is None:
        return _("%(basis)s, decision %(number)s, which is not there any more.", **values)
    because = _(
        "%(basis)s: decision %(number)s of %(when)s, %(door)s, by version %(version)s.",
        when=moment(each["decided_at"]),
        door=said(DOORS, each["door"]),
        **values,
    )
    return because + how_shown(each["evidence"])
