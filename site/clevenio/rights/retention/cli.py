"""`clevenio retention`: carry the rules out by hand, or see what they would do."""

import json

import click
from flask.cli import AppGroup

from clevenio.rights.retention import rules
from clevenio.rights.retention.engine import Line
from clevenio.rights.retention.unused import Warnings
from clevenio.terminal import progress
from clevenio.web.kit import kit

retention = AppGroup("retention", help="How long data is kept, and its removal in time.")
ACTOR = "command"


@retention.command()
@click.option("--dry-run", is_flag=True, help="Count what would go and remove nothing.")
@click.option("--json", "as_json", is_flag=True, help="For a machine to read.")
def run(dry_run: bool, as_json: bool) -> None:
    """Let go of everything whose period is over. A run that was cut goes on; a second one at once is refused."""
    made = kit()
    engine = rules.retention(made.settings, made.database)
    if dry_run:
        found = [line for line in engine.forecast(made.clock()) if line.gone or line.held]
    else:
        with progress("begins") as show:
            seen = [0]

            def tell(name: str, gone: int) -> None:
                seen[0] += gone
                show(name, seen[0])

            found = engine.run(ACTOR, made.clock(), tell)
    if as_json:
        click.echo(json.dumps({"is_dry_run": dry_run, "lines": [vars(line) for line in found]}))
    else:
        click.echo(_written(found, dry_run))


def _written(found: list[Line], dry_run: bool) -> str:
    if not found:
        return "Nothing would go, and nothing is held." if dry_run else "Nothing went, and nothing is held."
    return "\n".join(
        f"{line.rule:<26}{line.sweep:<20}{line.gone:>10,} {_verb(line, dry_run)}{line.held:>10,} held"
        for line in found
    )


def _verb(line: Line, dry_run: bool) -> str:
    """What became of the rows: a warning is mailed, and takes nothing away."""
    if line.sweep == Warnings.name:
        return "would be warned" if dry_run else "warned"
    return "would go" if dry_run else "gone"
