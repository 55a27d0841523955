"""`clevenio rights`: what waits for an answer, and what erased rows leave behind on the disk."""

import json
from dataclasses import dataclass
from datetime import datetime

import click
from flask.cli import AppGroup

from clevenio.rewriting import Log
from clevenio.rights import clocks, completion, disk, queries
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


@rights.command()
@click.option("--json", "as_json", is_flag=True, help="For a machine to read.")
def rewrite(as_json: bool) -> None:
    """Write the database anew without what erased rows left behind, now, whatever the hour.

    Each table is locked while it is written, and takes its room twice. Exit 1 where something was left.
    """
    made = kit()
    if made.database.is_sqlite:
        made.database.rewrite()
        if not made.database.settle():
            raise click.ClickException("Somebody reads the database. Try again.")
        report = disk.Report(log=Log.EMPTIED)
    else:
        report = disk.run(made.database, made.clock())
        if report.forbidden:
            raise click.ClickException(
                f"Not ours to write anew: {', '.join(report.forbidden)}. `clevenio doctor` says what to change."
            )
        if not report.tables:
            raise click.ClickException(
                "A transaction is open that still sees erased rows, or another process is at it. Try again later."
            )
    completion.go_on(made.settings, made.database, made.clock())
    _show(report, as_json)


def _show(report: disk.Report, as_json: bool) -> None:
    if as_json:
        rows = [vars(written) for written in report.tables]
        click.echo(
            json.dumps(
                {"tables": rows, "log": report.log and report.log.value, "strays": report.strays}, indent=2
            )
        )
    else:
        for written in report.tables:
            click.echo(f"{written.seconds:>8.2f} s  {written.table}{'' if written.is_done else '  LEFT'}")
    if report.left:
        raise click.ClickException(f"In use: {', '.join(report.left)}. Try again later.")
    if report.strays:
        raise click.ClickException(
            f"Files of no table may hold what was erased: {', '.join(report.strays)}. `clevenio doctor` says what to do."
        )
    if report.log is not Log.EMPTIED:
        raise click.ClickException(
            "The tables are written anew; the server's log is not emptied: our role may not (`clevenio doctor` says what "
            "to grant), or a replication slot, wal_keep_size or an archive keeps it."
        )
    if not as_json:
        click.echo("Nothing of what was erased is left in the database's tables, statistics and log.")


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
