"""`clevenio newsletter inbox`: reads what came back by mail."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import BinaryIO

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from clevenio.errors import BadInput, Refused
from clevenio.newsletter.bounces import inbox as reading
from clevenio.newsletter.bounces.inbox import Read
from clevenio.newsletter.bounces.maildir import Maildir
from clevenio.newsletter.bounces.operations import Outcome
from clevenio.newsletter.bounces.reports import LARGEST
from clevenio.web.kit import kit

WORDS = {
    Outcome.NOTED: "noted",
    Outcome.REPEATED: "read before",
    Outcome.WAITING: "still being tried",
    None: "set aside",
}


@click.command()
@click.argument("source", default="-")
@click.option("--json", "as_json", is_flag=True, help="For a machine: counts, and what was set aside.")
@with_appcontext
def inbox(source: str, as_json: bool) -> None:
    """Read bounces and complaints: one mail from standard input, or every mail of a Maildir.

    SOURCE is the folder of a Maildir, or - for standard input. Reports are removed once they have been
    noted; whatever is none is set aside in the folder .SetAside, and gone after 30 days.
    """
    made = kit()
    if source == "-":
        found = [_one(sys.stdin.buffer)]
    else:
        maildir = Maildir.at(Path(source))
        found = list(reading.read(made.settings, made.database, maildir, made.clock))
        reading.forget(maildir, made.clock())
    for each in found:
        if each.fault and source != "-":
            click.echo(f"{each.name}: set aside. {each.fault}", err=True)
    if as_json:
        click.echo(json.dumps(_fields(found), ensure_ascii=False, indent=2))
    else:
        click.echo(_sentence(found))
    if source == "-" and found[0].fault:
        raise Refused("The mail was set aside. %(fault)s", fault=found[0].fault)


def _one(stream: BinaryIO) -> Read:
    """Keep a mail before it is looked at; where the database does not answer, the worker reads it later."""
    if stream.isatty():
        raise BadInput("Name a Maildir, or give one mail on standard input.")
    made = kit()
    waiting = reading.spool(made.settings)
    ours = waiting.deliver(stream, LARGEST)
    try:
        found = {each.name: each for each in reading.read(made.settings, made.database, waiting, made.clock)}
    except DBAPIError:
        click.echo("The database does not answer. The mail is kept, and the worker reads it.", err=True)
        return Read(ours.name, Outcome.WAITING)
    # Where it is gone, the worker was faster.
    return found.get(ours.name, Read(ours.name, Outcome.NOTED))


def _fields(found: list[Read]) -> dict[str, object]:
    counts = Counter(_word(each) for each in found)
    return {
        **{word.replace(" ", "_"): counts[word] for word in WORDS.values()},
        "faults": [{"file": each.name, "fault": each.fault} for each in found if each.fault],
    }


def _sentence(found: list[Read]) -> str:
    counts = Counter(_word(each) for each in found)
    said = [f"{counts[word]} {word}" for word in WORDS.values() if counts[word]]
    return f"{', '.join(said)}." if said else "Nothing came back."


def _word(each: Read) -> str:
    return WORDS[None if each.fault else each.outcome]
