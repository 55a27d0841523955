"""What was posted for a file, carried to the pages that ask for a proof and offer it: in their address, for us alone to read.

Those pages are looked at and not posted to, so a browser goes back to them, and loads them anew, without asking.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from clevenio.accounts.drafts import Draft, seal, unseal
from clevenio.errors import BadInput, BadToken
from clevenio.signing import Cipher

PURPOSE = "posted-for-a-file"


def pack(keys: Sequence[str], draft: Draft, now: datetime) -> str:
    """A post as one text of the URL-safe alphabet, encrypted. Raises `BadInput` where it is larger than any form's."""
    sealed = seal(keys, draft, now)
    if sealed is None:
        raise BadInput("What you sent is larger than we can take. Make it shorter.")
    return Cipher(keys, PURPOSE).encrypt(sealed.encode()).decode()


def unpack(keys: Sequence[str], packed: str | None, member: UUID, now: datetime) -> Draft | None:
    """The post again, for whoever made it and while it is not too old; else None."""
    try:
        sealed = Cipher(keys, PURPOSE).decrypt((packed or "").encode()).decode()
    except BadToken:
        return None
    draft = unseal(keys, sealed, now)
    return draft if draft and draft.account == member else None
