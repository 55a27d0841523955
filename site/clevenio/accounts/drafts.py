"""What somebody typed into a form whose login had ended: signed, handed back to their own browser, kept nowhere.

A draft does nothing by itself. Whoever logs in to the account it was typed in sees the form filled in again
and presses its button, or does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from clevenio.errors import BadToken
from clevenio.signing import Sealer, Signer

LIFETIME = timedelta(hours=1)
# Characters in all: beyond what any of the forms takes, so that a draft never makes a login too large.
LARGEST = 20_000


@dataclass(frozen=True)
class Draft:
    """The fields of a form, by the endpoint it was posted to; in the back office by the path.

    `account` is whose it was, of a member of staff their id.
    """

    endpoint: str
    fields: tuple[tuple[str, str], ...]
    account: UUID


def mark(keys: Sequence[str], account: UUID) -> str:
    """What a form carries so that it can be told later whose it was."""
    return Signer(keys, "form").sign(str(account))


def whose(keys: Sequence[str], mark: str) -> UUID | None:
    """The account that a form was made for; None where its mark is not one of ours."""
    try:
        return UUID(Signer(keys, "form").unsign(mark))
    except BadToken:
        return None


def seal(keys: Sequence[str], draft: Draft, now: datetime) -> str | None:
    """The draft in one signed text, good for `LIFETIME`; None where it is larger than any form's."""
    if sum(len(name) + len(value) for name, value in draft.fields) > LARGEST:
        return None
    until = int((now + LIFETIME).timestamp())
    return Sealer(keys, "draft").seal([draft.endpoint, draft.fields, str(draft.account), until])


def unseal(keys: Sequence[str], sealed: str, now: datetime) -> Draft | None:
    """The draft again; None where it was not sealed here, or is too old."""
    try:
        endpoint, fields, account, until = Sealer(keys, "draft").unseal(sealed)
    except BadToken:
        return None
    if now.timestamp() >= until:
        return None
    return Draft(endpoint, tuple((name, value) for name, value in fields), UUID(account))
