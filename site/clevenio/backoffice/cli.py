"""`clevenio staff`: the way in when nobody is in yet, or somebody is locked out."""

import click
from flask.cli import AppGroup

from clevenio.backoffice import operations
from clevenio.people.addresses import address
from clevenio.people.staff_members import Role
from clevenio.web.kit import kit

staff = AppGroup("staff", help="The company's own people.")


@staff.command()
@click.argument("email")
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role])
)
def invite(email: str, roles: tuple[str, ...]) -> None:
    """Print a one-time link by which EMAIL gets in, or gets in again; it lasts 7 days."""
    made = kit()
    with made.database.session() as session:
        path = operations.invite(
            session, made.settings, address(email), [Role(role) for role in roles], "command", made.clock()
        )
        session.commit()
    click.echo(f"{made.settings.base_url}{path}")
