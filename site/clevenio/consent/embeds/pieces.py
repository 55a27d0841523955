"""One video or map that a page shows, in an address of ours that nobody else can make.

The address carries all there is to know, signed: else anybody could have our site show a video of their own.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from clevenio.consent.cookies import Choices
from clevenio.consent.embeds.notices import embed_notice
from clevenio.consent.notices import Wording
from clevenio.errors import BadToken
from clevenio.registry import Embed, Vendor, load, shipped
from clevenio.signing import Signer

PURPOSE = "embed"


@dataclass(frozen=True)
class Piece:
    """A video or map by its key, as the page at `page` calls it in its language."""

    embed: Embed
    key: str
    title: str
    language: str
    page: str
    token: str

    @property
    def vendor(self) -> Vendor:
        """Who receives data once it is shown."""
        return shipped().vendors[self.embed.vendor]

    @property
    def is_on(self) -> bool:
        """Whether it may be shown at all; a plain link is there in any case."""
        return self.embed.id in load().embeds

    @property
    def frame(self) -> str:
        """The address in the frame."""
        return self.embed.frame.replace("{key}", self.key)

    @property
    def link(self) -> str:
        """The address at its maker's, for everybody."""
        return self.embed.link.replace("{key}", self.key)

    @property
    def notice(self) -> Wording:
        """What its placeholder says, as the version that is archived."""
        return embed_notice(self.embed.id, self.language)

    def is_allowed(self, choices: Choices | None) -> bool:
        """Whether it is shown in a browser that chose so, without a further question."""
        return self.is_on and choices is not None and choices.allows(self.embed.category, self.embed.vendor)


def piece(keys: Sequence[str], embed: str, key: str, title: str, language: str, page: str) -> Piece:
    """The piece for a page to show. `ValueError` where the registry knows no such embed, or its keys look otherwise."""
    found = shipped().embeds.get(embed)
    if found is None or not re.fullmatch(found.key, key):
        raise ValueError(f"{key} is no key of an embed {embed}")
    content = json.dumps([embed, key, title, language, page]).encode("ascii")
    token = Signer(keys, PURPOSE).sign(urlsafe_b64encode(content).decode("ascii").rstrip("="))
    return Piece(found, key, title, language, page, token)


def opened(keys: Sequence[str], token: str) -> Piece:
    """The piece in an address. Raises `BadToken`."""
    handle = Signer(keys, PURPOSE).unsign(token)
    embed, key, title, language, page = json.loads(urlsafe_b64decode(handle + "=" * (-len(handle) % 4)))
    # What was signed before the registry changed may be gone from it.
    found = shipped().embeds.get(embed)
    if found is None or not re.fullmatch(found.key, key):
        raise BadToken
    return Piece(found, key, title, language, page, token)
