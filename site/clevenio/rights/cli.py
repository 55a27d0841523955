"""`clevenio rights`: what waits for an answer."""

import json
from dataclasses import dataclass
from datetime import datetime

import click
from flask.cli import AppGroup

from clevenio.rights import clocks, queries
from clevenio.rights.models import Request
from clevenio.web.kit import kit

rights = AppGroup("rights", help="What people ask about their data.")


@dataclass(frozen=True)
class Row:
    """One request as the command shows it: days in Finland, nobody's name."""

    request: str
    kind: str
    asker: str
    state: str
    received: str
    promised: str
    legal: str
    days_left: int


@rights.command()
@click.option("--json", "as_json", is_flag=True, help="For a machine to read.")
def due(as_json: bool) -> None:
    """List what waits, what is due first at the top; a minus counts the days it is late."""
    made = kit()
    with made.database.session(write=False) as session:
        found = [_row(request, made.clock()) for request in queries.waiting(session)]
    if as_json:
        click.echo(json.dumps([vars(row) for row in found], indent=2))
    elif not found:
        click.echo("Nothing waits.")
    else:
        for row in found:
            click.echo(
                f"{row.promised}  {row.days_left:>4} days  law {row.legal}  "
                f"{row.kind} ({row.asker}), {row.state}  {row.request}"
            )


def _row(request: Request, now: datetime) -> Row:
    return Row(
        str(request.id),
        request.kind,
        request.asker,
        request.state,
        clocks.day_of(request.received_at).isoformat(),
        request.promised.isoformat(),
        request.legal.isoformat(),
        (request.due - clocks.day_of(now)).days,
    )
