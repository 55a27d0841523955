"""What somebody typed into a form whose login had ended: signed, handed back to their own browser, kept nowhere.

A draft does nothing by itself. Whoever logs in to the account it was typed in sees the form filled in again
and presses its button, or does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer

LIFETIME = timedelta(hours=1)
# Characters in all: beyond what any of the forms takes, so that a draft never makes a login too large.
LARGEST = 20_000


@dataclass(frozen=True)
class Draft:
    """The fields of a form, by the endpoint it was posted to; in the back office by the path.

    `account` is whose it was, None where nobody knows.
    """

    endpoint: str
    fields: tuple[tuple[str, str], ...]
    account: UUID | None

    def is_for(self, account: UUID) -> bool:
        """Whether it may be shown to whoever logged in to this account."""
        return self.account in (None, account)


def seal(keys: Sequence[str], draft: Draft, now: datetime) -> str | None:
    """The draft in one signed text, good for `LIFETIME`; None where it is larger than any form's."""
    if sum(len(name) + len(value) for name, value in draft.fields) > LARGEST:
        return None
    account = str(draft.account) if draft.account else None
    until = int((now + LIFETIME).timestamp())
    sealed: str | bytes = _serializer(keys).dumps([draft.endpoint, draft.fields, account, until])
    return sealed if isinstance(sealed, str) else sealed.decode("ascii")


def unseal(keys: Sequence[str], sealed: str, now: datetime) -> Draft | None:
    """The draft again; None where it was not sealed here, or is too old."""
    try:
        endpoint, fields, account, until = _serializer(keys).loads(sealed)
    except BadData:
        return None
    if now.timestamp() >= until:
        return None
    return Draft(endpoint, tuple((name, value) for name, value in fields), UUID(account) if account else None)


def _serializer(keys: Sequence[str]) -> URLSafeSerializer:
    # itsdangerous takes the newest key last.
    return URLSafeSerializer(list(reversed(keys)), salt="clevenio.accounts.draft")
