"""Loading the demonstration: act by act, each where it has not been played before."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import func, not_, select
from sqlalchemy.orm import Session

from clevenio.demo import crowd, customers, mailings, platforms, questions, visitors
from clevenio.demo.stage import Stage
from clevenio.errors import Refused
from clevenio.people.models import Person
from clevenio.rights.retention.models import Run


@dataclass(frozen=True)
class Act:
    """One thing that happens, by the operations that everybody else uses, and whether it has happened."""

    name: str
    is_over: Callable[[Session], bool]
    play: Callable[[Stage], None]


def retention_is_there(session: Session) -> bool:
    """Whether the rules of retention were carried out before."""
    return session.scalar(select(Run.id).limit(1)) is not None


def keep_to_the_rules(stage: Stage) -> None:
    """Carry them out as the worker does each night."""
    stage.run("retention", stage.now)


ACTS = (
    Act("people", crowd.is_there, crowd.arrive),
    Act("customers", customers.are_there, customers.sign_up),
    Act("segments", platforms.segments_are_there, platforms.save_segments),
    Act("audience files", platforms.files_are_there, platforms.hand_out),
    Act("campaigns", mailings.are_there, mailings.send),
    Act("withdrawals", platforms.tasks_are_there, platforms.leave),
    Act("inquiries", questions.inquiries_are_there, questions.write),
    Act("requests", questions.requests_are_there, questions.ask),
    Act("breach register", questions.breach_is_there, questions.note_breach),
    Act("disclosure register", questions.disclosure_is_there, questions.note_disclosure),
    Act("visitors", visitors.are_there, visitors.visit),
    Act("retention", retention_is_there, keep_to_the_rules),
)


def load(stage: Stage) -> Iterator[str]:
    """Play what is missing; the name of each act before it begins.

    Raises `Refused` in production, where mail would leave, and where something is missing and the database has people of its own.
    """
    if stage.settings.mode == "production":
        raise Refused("The demonstration is never loaded in production.")
    if stage.settings.smtp_url is not None:
        raise Refused(
            "The demonstration writes hundreds of e-mails, and a relay would send them: unset CLEVENIO_SMTP_URL."
        )
    with stage.database.session(write=False) as session:
        missing = [act for act in ACTS if not act.is_over(session)]
        others = session.scalar(select(func.count()).select_from(Person).where(not_(crowd.is_made_up())))
    if missing and others:
        raise Refused(
            "This database has people of its own. Load the demonstration into an empty one: set CLEVENIO_DATA."
        )
    for act in missing:
        yield act.name
        act.play(stage)
