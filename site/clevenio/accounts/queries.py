"""Who has an account: for logging in, and for the list that staff see."""

from uuid import UUID

from sqlalchemy.orm import Session

from clevenio.accounts.models import Account
from clevenio.accounts.sessions import Identity, Kind


def identity(session: Session, account_id: UUID) -> Identity | None:
    """Who is behind an account; None where it is gone or disabled."""
    account = session.get(Account, account_id)
    if account is None or account.disabled_at is not None:
        return None
    return Identity(account.id, Kind.ACCOUNT, account.person.email, account.person.language)
