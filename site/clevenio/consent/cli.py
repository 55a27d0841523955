"""Commands of the privacy officer: is the ledger whole, and what did one subject decide."""

import json
import signal
import socket
import sys
from contextlib import closing
from pathlib import Path
from uuid import UUID

import click
from flask import current_app
from flask.cli import AppGroup

from clevenio import audit, restorations
from clevenio.consent import beside_cache, evidence, installation, ledger, marking, sealing, verification
from clevenio.errors import BadInput, Missing, Refused
from clevenio.web import logs
from clevenio.web.kit import kit

consent = AppGroup("consent", help="The ledger of decisions.")


@consent.command()
@click.option("--json", "as_json", is_flag=True, help="For a machine to read.")
@click.option(
    "--published",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A copy of /.well-known/seals.json that somebody kept: are its seals still the ledger's?",
)
def verify(as_json: bool, published: Path | None) -> None:
    """Look for anything changed, missing or slipped in. Exit code 1 where there is."""
    kept = published.read_text(encoding="utf-8", errors="replace") if published else None
    made = kit()
    folder, keys = made.settings.data / "seals", [made.settings.suppression_key]
    with made.database.session(write=False) as session:
        found = list(verification.verify(session, folder, keys, kept))
        reach = marking.reach(session, folder, keys)
    found += [verification.Finding("restore", None, text) for text in restorations.faults(folder, keys)]
    restored = restorations.found(folder, keys)
    if as_json:
        rows = [{"kind": f.kind, "subject": f.subject and str(f.subject), "text": f.text} for f in found]
        click.echo(
            json.dumps(
                {"is_whole": not found, "findings": rows, **vars(reach), "restored": restored},
                ensure_ascii=False,
            )
        )
    else:
        for finding in found:
            click.echo(f"{finding.kind}: {finding.subject or '-'}: {finding.text}")
        for note in restored:
            click.echo(restorations.words(note, "decisions"))
    if found:
        raise Refused("the ledger is not whole (findings: %(count)s)", count=len(found))
    if not as_json:
        click.echo("The ledger is whole.")
        click.echo(_words(reach))


def _words(reach: marking.LedgerReach) -> str:
    """From which row on nothing is sealed yet, and what holds those rows meanwhile."""
    if reach.newest <= reach.sealed:
        return "Every decision is sealed."
    parts = [
        f"From row {reach.sealed + 1} on nothing is sealed yet, up to {reach.newest}; the seal is daily."
    ]
    if reach.marked > reach.sealed:
        parts.append(f"Marks outside the database hold the rows up to {reach.marked}.")
    if reach.newest > reach.marked:
        parts.append(f"The worker marks those from {reach.marked + 1} on within a minute.")
    return " ".join(parts)


@consent.command()
@click.argument("subject")
@click.option("--json", "as_json", is_flag=True, help="For a machine to read.")
def history(subject: str, as_json: bool) -> None:
    """Show every decision of one SUBJECT, oldest first. SUBJECT is a receipt or a person's identifier."""
    try:
        wanted = UUID(subject)
    except ValueError:
        raise BadInput("%(subject)s is not an identifier of a subject.", subject=subject) from None
    made = kit()
    with made.database.session() as session:
        rows = ledger.history(session, wanted)
        if not rows:
            raise Missing("The ledger knows no subject %(subject)s.", subject=wanted)
        hashed = audit.subject_hash(made.settings.suppression_key, wanted)
        audit.record(session, actor="command", action="consent.history", subject=hashed, now=made.clock())
        session.commit()
    if as_json:
        click.echo(json.dumps([evidence.plain(row) for row in rows], ensure_ascii=False))
        return
    for row in rows:
        when = row.at.isoformat(timespec="seconds")
        click.echo(f"{when}  {row.state:9}  {row.purpose:24}  {row.basis}, {row.channel}, {row.notice}")


@consent.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), default=5140, show_default=True, help="On this machine."
)
def shown(port: int) -> None:
    """Count the pages with the bar that a shared cache answers without the site, as it tells of them."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            raise Refused("Port %(port)s: %(reason)s", port=port, reason=error.strerror) from error
        logs.configure()
        # A service manager ends it politely: what waits is written first.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        with closing(installation.shown_counter(current_app)) as counter:
            beside_cache.listen(listener, counter)


@consent.command()
def seal() -> None:
    """Seal the ledger now, beside the seal of each day."""
    made = kit()
    settings = made.settings
    sealed = sealing.seal(made.database, settings.data / "seals", [settings.suppression_key], made.clock())
    click.echo(f"Sealed {sealed.rows} new decisions, {sealed.subjects} new subjects: {sealed.root}")
