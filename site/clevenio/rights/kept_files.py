"""In which files a person's mail was kept, where no relay is set."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.mail import kept_as
from clevenio.newsletter.models import Delivery
from clevenio.outbox import Mail
from clevenio.rights.subjects import Subject, mails_of


def kept_files(session: Session, subject: Subject) -> list[str]:
    """The files in which mail and newsletters to the person were kept, where no relay was set."""
    replies = [
        *session.scalars(select(Mail.reply).where(mails_of(subject))),
        *session.scalars(select(Delivery.reply).where(Delivery.person == subject.id)),
    ]
    return [name for reply in replies if (name := kept_as(reply))]
