"""The words with which answers may begin: kept in both languages by those who answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.errors import Missing
from clevenio.inquiries.models import AnswerTemplate, Inquiry
from clevenio.inquiries.operations import Staff

NAME = "{name}"


@dataclass(frozen=True)
class Words:
    """What a template is called, and what it says in each language."""

    name: str
    fi: str
    en: str


def every(session: Session) -> Sequence[AnswerTemplate]:
    """All of them, by name."""
    return session.scalars(select(AnswerTemplate).order_by(AnswerTemplate.name, AnswerTemplate.id)).all()


def one(session: Session, template_id: UUID) -> AnswerTemplate:
    """One of them. Raises `Missing`."""
    template = session.get(AnswerTemplate, template_id)
    if template is None:
        raise Missing("There is no such template. Somebody may have removed it.")
    return template


def text_for(template: AnswerTemplate, inquiry: Inquiry) -> str:
    """A template in the language of an inquiry, with the name of whoever wrote it."""
    return (template.fi if inquiry.language == "fi" else template.en).replace(NAME, inquiry.name)


def save(session: Session, staff: Staff, template_id: UUID | None, words: Words, now: datetime) -> None:
    """Write a new template, or one anew. What was sent with it before stays as it was. Raises `Missing`."""
    template = AnswerTemplate(id=uuid4()) if template_id is None else one(session, template_id)
    template.name, template.fi, template.en = words.name, words.fi, words.en
    template.saved_at, template.saved_by = now, staff.id
    session.add(template)
    _record(session, staff, "inquiries.template", template, now)


def remove(session: Session, staff: Staff, template_id: UUID, now: datetime) -> None:
    """Offer a template no more. Raises `Missing`."""
    template = one(session, template_id)
    session.delete(template)
    _record(session, staff, "inquiries.template_removed", template, now)


def _record(session: Session, staff: Staff, action: str, template: AnswerTemplate, now: datetime) -> None:
    details = {"template": str(template.id)}
    audit.record(session, actor=f"staff:{staff.id}", action=action, details=details, now=now)
