"""`clevenio accounts`: what staff do to an account at somebody's word; each act is in the audit trail."""

import click
from flask.cli import AppGroup

from clevenio import audit
from clevenio.accounts import operations, queries, staff_moves
from clevenio.accounts.models import Account
from clevenio.errors import Missing
from clevenio.people import reasons
from clevenio.people.addresses import address
from clevenio.web.kit import kit
from clevenio.web.request import db, now, settings

accounts = AppGroup("accounts", help="Accounts of customers.")
reason_option = click.option(
    "--reason",
    required=True,
    callback=lambda _context, _option, value: reasons.line_for_trail(value),
    help="Why, in words that name nobody.",
)


@accounts.command()
@click.argument("email")
@reason_option
def disable(email: str, reason: str) -> None:
    """Shut the account of EMAIL: its sessions end, and nobody gets in."""
    account = _account(email)
    if account.disabled_at is not None:
        click.echo("The account was disabled already; nothing changed.")
        return
    operations.disable(db(write=True), account, now())
    _finish(account, "account.disable", reason)
    click.echo("The account is disabled, and its logins have ended.")


@accounts.command()
@click.argument("email")
@reason_option
def enable(email: str, reason: str) -> None:
    """Open the account of EMAIL again."""
    account = _account(email)
    if account.disabled_at is None:
        click.echo("The account was not disabled; nothing changed.")
        return
    operations.enable(account)
    _finish(account, "account.enable", reason)
    click.echo("The account is open again.")


@accounts.command()
@click.argument("email")
@click.argument("new_email")
@reason_option
def move(email: str, new_email: str, reason: str) -> None:
    """Let the account of EMAIL move to NEW_EMAIL, for somebody whose old mailbox is gone.

    Whoever asked has shown by other means that the account is theirs. The new address has to confirm,
    and the old one is told and can stop it.
    """
    account = _account(email)
    staff_moves.begin(db(write=True), settings(), account, address(new_email), now())
    _finish(account, "account.move", reason)
    kit().jobs.nudge("account-mail")
    click.echo(
        "The change waits: both addresses are written to, and the account moves once the new one confirms, "
        "within 24 hours."
    )


def _account(email: str) -> Account:
    account = queries.account_at(db(write=True), address(email).key)
    if account is None:
        raise Missing("No account has this address.")
    return account


def _finish(account: Account, action: str, reason: str) -> None:
    subject = audit.subject_hash(settings().suppression_key, account.person_id)
    audit.record(db(), actor="command", action=action, subject=subject, reason=reason, now=now())
    db().commit()
