"""`clevenio staff`: the way in when nobody is in yet, or somebody is locked out."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import click
from flask.cli import AppGroup
from rich.cells import cell_len

from clevenio.backoffice import operations
from clevenio.backoffice.members import queries
from clevenio.people.addresses import address
from clevenio.people.staff_members import Role
from clevenio.web.kit import kit

HEAD = ("E-mail", "State", "Roles", "Factor", "Last used", "Ends unused")
staff = AppGroup("staff", help="The company's own people.")


@staff.command()
@click.argument("email")
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role])
)
def invite(email: str, roles: tuple[str, ...]) -> None:
    """Print a one-time link by which EMAIL gets in, or gets in again; it lasts 7 days.

    Who is in already has the roles once they have used the link, not before.
    """
    made = kit()
    with made.database.session() as session:
        path = operations.invite(
            session, made.settings, address(email), [Role(role) for role in roles], "command", made.clock()
        )
        session.commit()
    click.echo(f"{made.settings.base_url}{path}")


@staff.command()
@click.argument("email")
def recover(email: str) -> None:
    """Print a one-time link by which EMAIL sets a new password and a new second factor; it lasts 7 days."""
    made = kit()
    with made.database.session() as session:
        path = operations.recover(session, made.settings, address(email), made.clock())
        session.commit()
    click.echo(f"{made.settings.base_url}{path}")


@staff.command("list")
@click.option("--json", "as_json", is_flag=True, help="For a machine to read.")
def list_staff(as_json: bool) -> None:
    """Show who may come in, as what, and when access ends unused: a line each, between tabs in a pipe."""
    made = kit()
    with made.database.session(write=False) as session:
        found = queries.entries(session, made.settings, made.clock())
        rows: list[dict[str, Any]] = [
            {
                "email": entry.member.email,
                "roles": sorted(entry.member.roles),
                "state": entry.state.value,
                "second_factor": entry.factors.is_any,
                "last_used_at": _moment(entry.member.last_used_at),
                "ends_at": _moment(entry.ends_at),
            }
            for entry in found
        ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    lines = [_cells(row) for row in rows]
    for line in _aligned([HEAD, *lines]) if sys.stdout.isatty() else map("\t".join, lines):
        click.echo(line)


def _cells(row: Mapping[str, Any]) -> list[str]:
    """A member in words, each without a space at an end: for a terminal, and between tabs for a pipe."""
    factor = "second factor" if row["second_factor"] else "no second factor"
    moments = [(row[name] or "-")[:10] for name in ("last_used_at", "ends_at")]
    return [row["email"], row["state"], ",".join(row["roles"]) or "-", factor, *moments]


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Each row as one line, its columns below one another; never cut and never broken."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
