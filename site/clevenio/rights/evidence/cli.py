"""`clevenio evidence`: the five questions of an inspector, and whether the file of an answer is as it was made."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.consent import evidence as receipts
from clevenio.consent.forms import receipt_id
from clevenio.errors import Refused
from clevenio.i18n import LANGUAGES, use_language
from clevenio.people.addresses import address
from clevenio.rights.evidence import answers, checking, comparing, package
from clevenio.rights.evidence.answers import Answer
from clevenio.rights.evidence.questions import QUESTIONS, Question, Reason
from clevenio.rights.evidence.whom import whom
from clevenio.settings import Settings
from clevenio.web.kit import kit

evidence = AppGroup("evidence", help="Answers for an inspector, with their proof.")
ACTOR = "command"
FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@evidence.command()
@click.argument("question", type=click.Choice([question.value for question in Question]))
@click.argument("about")
@click.option("--file", "number", type=click.IntRange(1), help="Of the question file: the number of one.")
@click.option(
    "--reason",
    type=click.Choice([reason.name.lower() for reason in Reason]),
    default=Reason.INSPECTION.name.lower(),
    show_default=True,
    help="Why you ask; the audit trail keeps it.",
)
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the answer with its proof into this zip, which `check` and `compare` take.",
)
@click.option("--json", "as_json", is_flag=True, help="For a machine to read.")
def ask(
    question: str,
    about: str,
    number: int | None,
    reason: str,
    language: str,
    output: Path | None,
    as_json: bool,
) -> None:
    """Answer QUESTION about a receipt, by its number, or about a person, by their exact address."""
    made = kit()
    room = "receipt" if question == Question.RECEIPT else "evidence"
    action = f"{room}.{'export' if output else 'read'}"
    with made.database.session() as session, use_language(language):
        now, why = made.clock(), Reason[reason.upper()]
        answer = _answer(session, made.settings, Question(question), about, number)
        if output is None:
            details = {"question": question}
            audit.record(
                session,
                actor=ACTOR,
                action=action,
                now=now,
                subject=answer.subject,
                reason=why,
                details=details,
            )
            session.commit()
            click.echo(json.dumps(answer.document, ensure_ascii=False) if as_json else _text(answer))
            return
        prepared = package.prepare(session, answer, ACTOR, action, why, now)
        session.commit()
        with open(output, "wb", opener=_privately) as file:
            file.write(package.finished(made.settings, prepared))


def _privately(path: str, flags: int) -> int:
    """Opens a file that its owner alone reads."""
    return os.open(path, flags, 0o600)


def _answer(
    session: Session, settings: Settings, question: Question, about: str, number: int | None
) -> Answer:
    now = kit().clock()
    if question is Question.RECEIPT:
        found = receipts.of(session, receipt_id(about.strip()), now)
        hashed = audit.subject_hash(settings.suppression_key, found.receipt)
        return answers.about_receipt(session, settings, found, hashed, now)
    named = whom(session, settings, address(about))
    return answers.about_person(session, settings, question, named, now, number)


def _text(answer: Answer) -> str:
    return "\n".join(_lines(answer))


def _lines(answer: Answer) -> Iterable[str]:
    yield str(QUESTIONS[answer.question])
    for section in answer.sections:
        yield ""
        yield section.title
        yield from (f"  {line}" for line in section.lines)
        yield from (f"  {term}: {value}" for term, value in section.facts)
        yield from (f"  {' | '.join(row)}" for row in section.rows)
    yield ""
    yield from (f"NOT WHOLE: {text}" for text in answer.findings)
    yield f"Decisions behind it: {answer.decisions}; under a published seal: {answer.sealed}."


@evidence.command()
@FILE
@click.option(
    "--published",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A copy of /.well-known/seals.json that somebody kept outside the company.",
)
def check(file: Path, published: Path | None) -> None:
    """Check the FILE of an answer by itself: needs no database and no key. Exit code 1 where something does not fit."""
    kept = published.read_text(encoding="utf-8", errors="replace") if published else None
    read, found = checking.check(file.read_bytes(), kept)
    _say(found)
    if read is not None:
        entry = read.trail["entry"]["sequence"]
        click.echo(
            f"The file is whole. It says that it is entry {entry} of the audit trail; `compare` sees to that."
        )
        click.echo(_reach(read, kept))


@evidence.command()
@FILE
def compare(file: Path) -> None:
    """Compare the FILE of an answer with the ledger, the seals and the audit trail of this machine."""
    made = kit()
    folder, keys = made.settings.data / "seals", [made.settings.suppression_key]
    read, found = checking.check(file.read_bytes())
    has_lost_entry = False
    if read is not None:
        with made.database.session(write=False) as session:
            found += comparing.compare(session, folder, keys, read)
            has_lost_entry = comparing.has_lost_entry(session, read)
    _say(found)
    click.echo("The file is whole, and this machine has everything as the file does.")
    if has_lost_entry:
        click.echo("Its entry in the audit trail had served its time and is gone, so that was not compared.")


def _say(found: list[checking.Finding]) -> None:
    for finding in found:
        click.echo(f"{finding.where}: {finding.text}")
    if found:
        raise Refused("the file is not as it was made (findings: %(count)s)", count=len(found))


def _reach(read: checking.Read, published: str | None) -> str:
    counts = f"Decisions: {len(read.decisions)}; under a seal: {checking.under_seals(read)}"
    if published is None:
        return f"{counts}. Whether the seals are the published ones, --published tells."
    return f"{counts}; under one that your copy vouches for: {checking.under_seals(read, published)}."
