"""The five questions, each with its answer as a document, as sections to read, and with the ledger's proof."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from clevenio.consent import evidence, proofs
from clevenio.i18n import current_language, postal
from clevenio.i18n import gettext as _
from clevenio.rights.evidence import files, holdings, mail, receipts, recipients
from clevenio.rights.evidence.questions import QUESTIONS, Question
from clevenio.rights.evidence.readable import Section
from clevenio.rights.evidence.whom import Standing, Whom
from clevenio.rights.evidence.words import STANDINGS
from clevenio.settings import Settings

VERSION = 1


@dataclass(frozen=True)
class Answer:
    """`document` is what the file says, `sections` the same to read, `proof` the chains and seals behind it.

    `subject` is how the audit trail names whom it is about; None for nobody.
    """

    question: Question
    document: Mapping[str, Any]
    sections: Sequence[Section]
    proof: Mapping[str, Any]
    subject: str | None

    @property
    def findings(self) -> list[str]:
        """What does not fit in the chains it stands on, in words; nothing where nobody changed them."""
        return [text for each in self.proof["chains"] for text in each["findings"]]

    @property
    def decisions(self) -> int:
        """How many decisions it stands on."""
        return proofs.covered_to(self.proof)[0]

    @property
    def sealed(self) -> int:
        """How many of them a published seal covers."""
        return proofs.covered_to(self.proof)[1]


def about_person(
    session: Session,
    settings: Settings,
    question: Question,
    whom: Whom,
    now: datetime,
    number: int | None = None,
) -> Answer:
    """The answer about whoever has an address, in the current language. Raises `Missing` for an unknown file."""
    if question is Question.MAIL:
        found = mail.data(session, settings, whom)
        sections = mail.sections(found)
    elif question is Question.FILE:
        found = files.data(session, settings, whom, number)
        sections = files.sections(found)
    elif question is Question.RECIPIENTS:
        found = recipients.data(session, whom, now)
        sections = recipients.sections(found)
    else:
        found = holdings.data(session, whom)
        sections = holdings.sections(found)
    about = {
        "email": whom.address.email,
        "standing": whom.standing.value,
        "ids": [str(each) for each in whom.ids],
    }
    who = str(STANDINGS[whom.standing])
    if whom.was_erased and whom.standing is not Standing.ERASED:
        who = _("%(who)s; erased once, and back since", who=who)
    facts = [(_("Address"), whom.address.email), (_("Who that is"), who)]
    return Answer(
        question,
        _document(settings, question, about, found, now),
        [Section(_("About"), (), facts), *sections],
        proofs.of(session, whom.ids),
        whom.hashed(settings.suppression_key),
    )


def about_receipt(
    session: Session, settings: Settings, found: evidence.Evidence, hashed: str, now: datetime
) -> Answer:
    """The answer about a browser, of which no more is known than its receipt's number."""
    about = {"receipt": str(found.receipt)}
    document = _document(settings, Question.RECEIPT, about, receipts.data(found), now)
    proof = proofs.of(session, [found.receipt])
    return Answer(Question.RECEIPT, document, receipts.sections(found), proof, hashed)


def _document(
    settings: Settings, question: Question, about: Mapping[str, Any], found: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    return {
        "format": f"clevenio-evidence-{VERSION}",
        "question": question.value,
        "asked": str(QUESTIONS[question]),
        "made_at": now.isoformat(),
        "language": current_language(),
        "controller": {
            "name": settings.controller_name,
            "address": postal(settings.controller_address),
            "contact": settings.controller_contact,
        },
        "about": about,
        "answer": found,
    }
