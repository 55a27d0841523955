"""`clevenio audit`: is the trail of who saw, changed or exported data whole."""

import json
import re

import click
from flask.cli import AppGroup

from clevenio import audit_sealing, restorations
from clevenio.audit import Finding
from clevenio.audit_marks import TrailReach
from clevenio.errors import Refused
from clevenio.web.kit import kit

audit = AppGroup("audit", help="The trail of who saw, changed or exported whose data.")


def _seen(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> dict[int, str]:
    seen: dict[int, str] = {}
    for text in given:
        found = re.fullmatch(r"([1-9][0-9]{0,17}):([0-9a-f]{64})", text)
        if found is None:
            raise click.BadParameter("an entry is NUMBER:HASH, the hash in 64 digits")
        seen[int(found[1])] = found[2]
    return seen


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="For a machine to read.")
@click.option(
    "--entry",
    "seen",
    metavar="NUMBER:HASH",
    multiple=True,
    callback=_seen,
    help="An entry as a log line or an exported file has it, to be compared too. May be repeated.",
)
def verify(as_json: bool, seen: dict[int, str]) -> None:
    """Look for entries that were changed, moved or are missing. Exit code 1 where there are."""
    made = kit()
    folder, keys = made.settings.data / "seals", [made.settings.suppression_key]
    with made.database.session(write=False) as session:
        found = [*audit_sealing.verify(session, folder, keys), *audit_sealing.not_as_seen(session, seen)]
        reach = audit_sealing.reach(session, folder, keys, made.clock())
    found += [Finding(0, text) for text in restorations.faults(folder, keys)]
    restored = restorations.found(folder, keys)
    if as_json:
        findings = [vars(finding) for finding in found]
        click.echo(
            json.dumps({"is_whole": not found, "findings": findings, **_plain(reach), "restored": restored})
        )
    else:
        for finding in found:
            click.echo(f"{finding.sequence or 'seal'}: {finding.text}")
        for note in restored:
            click.echo(restorations.words(note, "entries"))
    if found:
        raise Refused("the audit trail is not whole (findings: %(count)s)", count=len(found))
    if not as_json:
        click.echo("The audit trail is whole.")
        if reach.gone:
            click.echo(
                f"Entries up to {reach.gone} had served their time and are gone; a signed cut stands for them."
            )
        click.echo(_words(reach))


def _plain(reach: TrailReach) -> dict[str, object]:
    return {
        "entries": reach.entries,
        "gone_to": reach.gone,
        "sealed_to": reach.sealed,
        "marked_to": reach.marked,
        "next_seal": reach.next_seal.isoformat(timespec="seconds"),
    }


def _words(reach: TrailReach) -> str:
    """From which entry on nothing is sealed yet, what holds those entries meanwhile, and the next seal."""
    if reach.unsealed_from is None:
        return f"Every entry is sealed, up to {reach.entries}."
    parts = [f"From entry {reach.unsealed_from} on nothing is sealed yet, up to {reach.entries}."]
    if reach.marked > reach.sealed:
        parts.append(f"Marks outside the database hold those up to {reach.marked}.")
    if reach.unmarked_from is not None:
        parts.append(f"A cut from {reach.unmarked_from} on would not be noticed.")
    due = "The seal is due: the worker makes it within the hour."
    soon = f"The worker seals next at {reach.next_seal:%Y-%m-%d %H:%M} UTC."
    return " ".join([*parts, due if reach.is_due else soon])
