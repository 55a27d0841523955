"""`clevenio audit`: is the trail of who saw, changed or exported data whole."""

import json

import click
from flask.cli import AppGroup

from clevenio.audit import verify as findings
from clevenio.errors import Refused
from clevenio.web.kit import kit

audit = AppGroup("audit", help="The trail of who saw, changed or exported whose data.")


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="For a machine to read.")
def verify(as_json: bool) -> None:
    """Look for entries that were changed or are missing. Exit code 1 where there are."""
    with kit().database.session(write=False) as session:
        found = list(findings(session))
    if as_json:
        click.echo(json.dumps({"is_whole": not found, "findings": [vars(finding) for finding in found]}))
    else:
        for finding in found:
            click.echo(f"{finding.sequence}: {finding.text}")
    if found:
        raise Refused("the audit trail is not whole: %(count)s findings", count=len(found))
    if not as_json:
        click.echo("The audit trail is whole.")
