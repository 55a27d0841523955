"""`clevenio audit`: is the trail of who saw, changed or exported data whole."""

import json

import click
from flask.cli import AppGroup

from clevenio.audit_sealing import verify as findings
from clevenio.errors import Refused
from clevenio.web.kit import kit

audit = AppGroup("audit", help="The trail of who saw, changed or exported whose data.")


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="For a machine to read.")
def verify(as_json: bool) -> None:
    """Look for entries that were changed, moved or are missing. Exit code 1 where there are."""
    made = kit()
    with made.database.session(write=False) as session:
        found = list(findings(session, made.settings.data / "seals", [made.settings.suppression_key]))
    if as_json:
        click.echo(json.dumps({"is_whole": not found, "findings": [vars(finding) for finding in found]}))
    else:
        for finding in found:
            click.echo(f"{finding.sequence or 'seal'}: {finding.text}")
    if found:
        raise Refused("the audit trail is not whole: %(count)s findings", count=len(found))
    if not as_json:
        click.echo("The audit trail is whole.")
