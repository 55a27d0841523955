"""The mails of a request: that it came, how it ended, and the notice for the privacy officer.

They are of the kind that a restricted address gets, too. None repeats what staff or strangers typed
about somebody; a reason or a ground is what the law wants told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clevenio.accounts.mails import KIND as ACCOUNT
from clevenio.database import is_sqlite
from clevenio.i18n import use_language
from clevenio.outbox import Mail, queue_account_mail
from clevenio.people.addresses import Address
from clevenio.people.models import Person
from clevenio.people.restrictions import ANSWER
from clevenio.people.staff_members import Role
from clevenio.people.staff_notices import queue_for_staff
from clevenio.rights import subjects
from clevenio.rights.letters import operations as letters
from clevenio.rights.models import Asker, Kind, Request, Way
from clevenio.rights.words import KINDS, TOLD_DONE
from clevenio.settings import Settings

# The page of the account where a request is made, as its view names it; a test holds the two together.
DELETION = {"fi": "/fi/tili/poisto", "en": "/en/account/deletion"}
LOGIN = {"fi": "/fi/kirjaudu", "en": "/en/login"}
WATCHDOG = {"fi": "https://tietosuoja.fi", "en": "https://tietosuoja.fi/en"}


@dataclass(frozen=True)
class Outcome:
    """What an erasure came to: `gone` in words, of what was kept (what, why, until when in words), and who is told."""

    gone: Sequence[str]
    kept: Sequence[tuple[str, str, str]]
    recipients: Sequence[str] = ()


def queue_received(
    session: Session, settings: Settings, request: Request, person: Person, now: datetime
) -> None:
    """Confirm a request for erasure from the account: what has happened, what follows, how to take it back."""
    mail = _queue(
        session,
        settings,
        "received",
        person.email_ascii,
        request.language,
        now,
        promised=request.promised,
        link=settings.base_url + DELETION[request.language],
    )
    mail.about = request.id


def queue_answer(
    session: Session,
    settings: Settings,
    request: Request,
    template: str,
    now: datetime,
    *,
    enclosed: UUID | None = None,
    **values: object,
) -> UUID | None:
    """Tell the person, or the guardian who asked, how their request goes on; None where no address is known.

    Gives the mail or letter by its id.

    Where the answers go by hand it is written as a letter, to which the file `enclosed` belongs.
    """
    told = {"due": request.legal, **_named(request), **values}
    if request.way is not Way.MAIL:
        return _write(session, settings, request, template, now, enclosure=enclosed, **told)
    to = request.answer_to
    if to is None and request.asker == Asker.PERSON:
        subject = subjects.of_request(session, settings, request)
        to = subject.address.ascii if subject else None
    if to is None:
        return None
    mail = _queue(session, settings, template, to, request.language, now, **told)
    mail.about = request.id
    session.flush()
    return mail.id


def _named(request: Request) -> dict[str, object]:
    """Which request a mail is about, for whoever has made several."""
    return {
        "asked": KINDS[Kind(request.kind)],
        "received": request.received_at,
        "by_objection": request.kind == Kind.ERASURE and request.is_by_objection,
    }


def queue_erased(
    session: Session, settings: Settings, request: Request, to: str | None, outcome: Outcome, now: datetime
) -> Mail | None:
    """The answer to an erasure, queued before the address is forgotten; a letter where answers go by hand."""
    told = {
        "outcome": outcome,
        "is_own": request.asker == Asker.PERSON,
        # Its tables are written anew together, the large ones at night (see `disk`).
        "is_overnight": not is_sqlite(session),
        **_named(request),
    }
    if request.way is not Way.MAIL:
        _write(session, settings, request, letters.ERASED, now, enclosure=None, **told)
    if request.way is not Way.MAIL or to is None:
        return None
    mail = _queue(session, settings, "erased", to, request.language, now, **told)
    mail.about = request.id
    return mail


def queue_to_guardian(
    session: Session, settings: Settings, request: Request, template: str, now: datetime, **values: object
) -> None:
    """Tell a guardian that data was frozen, or that their request was refused."""
    if request.answer_to:
        mail = _queue(
            session,
            settings,
            template,
            request.answer_to,
            request.language,
            now,
            due=request.promised,
            **_named(request),
            **values,
        )
        mail.about = request.id


def queue_lifted(session: Session, settings: Settings, person: Person, now: datetime, *, stays: bool) -> None:
    """Tell the holder of an address that their data was frozen and is so no more (GDPR Art. 18(3)).

    `stays` says that it is restricted on another ground, and not used meanwhile.
    """
    _queue(session, settings, "lifted", person.email_ascii, person.language, now, stays=stays)


def queue_asked(
    session: Session,
    settings: Settings,
    to: Address,
    kinds: Sequence[Kind],
    language: str,
    link: str | None,
    now: datetime,
) -> None:
    """Tell an address what somebody asked for it on our page: what is done, and by which link the rest goes on.

    The same whoever has the address, and nothing that a stranger typed is in it.
    """
    with use_language(language):
        done = [str(TOLD_DONE[kind]) for kind in kinds if kind in TOLD_DONE]
        waiting = [str(KINDS[kind]) for kind in kinds if kind not in TOLD_DONE]
    full = settings.base_url + link if link else None
    _queue(session, settings, "asked", to.ascii, language, now, done=done, waiting=waiting, link=full)


def queue_unused(
    session: Session, settings: Settings, person: Person, used: datetime, goes: datetime, now: datetime
) -> None:
    """Warn the holder of an unused account: when it goes, and how to keep it. A mail about the account."""
    queue_account_mail(
        session,
        settings,
        "rights/mail/unused.html",
        kind=ACCOUNT,
        to=person.email_ascii,
        language=person.language,
        now=now,
        person=person.id,
        used=used,
        goes=goes,
        link=settings.base_url + LOGIN[person.language],
    )


def queue_for_officers(
    session: Session,
    settings: Settings,
    opened: Sequence[Request],
    now: datetime,
    *,
    is_joined: bool = False,
) -> None:
    """Tell the privacy officers that requests wait, and until when; whose they are they see under audit.

    `is_joined` says that something was added to one that waits already.
    """
    if not opened:
        return
    is_guardians = opened[0].asker == Asker.GUARDIAN
    room = "guardian-messages" if is_guardians else "requests"
    queue_for_staff(
        session,
        settings,
        "rights/mail/notice.html",
        kind="request",
        roles=(Role.PRIVACY_OFFICER,),
        now=now,
        link=f"{settings.base_url}/staff/{room}/{opened[0].id}",
        promised=min(request.due if is_joined else request.promised for request in opened),
        kinds=[KINDS[Kind(request.kind)] for request in opened],
        is_guardians=is_guardians,
        is_joined=is_joined,
    )


def queue_undelivered(session: Session, settings: Settings, request: Request, now: datetime) -> None:
    """Tell the privacy officers that a mail about a request came back, so that they try another way."""
    room = "guardian-messages" if request.asker == Asker.GUARDIAN else "requests"
    queue_for_staff(
        session,
        settings,
        "rights/mail/undelivered.html",
        kind="request",
        roles=(Role.PRIVACY_OFFICER,),
        now=now,
        link=f"{settings.base_url}/staff/{room}/{request.id}",
        **_named(request),
    )


def _write(
    session: Session,
    settings: Settings,
    request: Request,
    template: str,
    now: datetime,
    *,
    enclosure: UUID | None = None,
    **values: object,
) -> UUID:
    told = {"watchdog": WATCHDOG[request.language], **values}
    return letters.write(session, settings, request, template, now, enclosure=enclosure, **told).id


def _queue(
    session: Session,
    settings: Settings,
    template: str,
    to: str,
    language: str,
    now: datetime,
    **values: object,
) -> Mail:
    return queue_account_mail(
        session,
        settings,
        f"rights/mail/{template}.html",
        kind=ANSWER,
        to=to,
        language=language,
        now=now,
        person=None,
        watchdog=WATCHDOG[language],
        **values,
    )
