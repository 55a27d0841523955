"""What people are shown when they decide, as versions kept under the hash of their content."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from clevenio.i18n import gettext as _
from clevenio.i18n import use_language
from clevenio.registry import Registry, load


@dataclass(frozen=True)
class Wording:
    """A version of what is shown. `content` is JSON; `id` is 32 hex digits of its SHA-256."""

    kind: str
    language: str
    content: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The version: the same words in the same language always have the same one."""
        return notice_id(self.kind, self.language, self.content)

    @property
    def data(self) -> tuple[str, ...]:
        """The data that the wording lists as going to others."""
        return tuple(self.content.get("data", ()))


def notice_id(kind: str, language: str, content: Mapping[str, Any]) -> str:
    """The identifier under which a version is archived."""
    text = json.dumps([kind, language, content], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:32]


def platforms(registry: Registry) -> str:
    """The advertising platforms by name, as the wording lists them."""
    names = [vendor.name for vendor in registry.audience_vendors]
    return ", ".join(names)


def wording_of(registry: Registry, purpose: str, language: str) -> str:
    """The sentence a person agrees to, its platforms named."""
    return registry.purposes[purpose].wording[language].replace("{platforms}", platforms(registry))


@cache
def person_notice(kind: str, language: str, purposes: tuple[str, ...]) -> Wording:
    """What a form shows beside its boxes: `kind` names the form (signup, newsletter, account)."""
    registry = load()
    data = sorted({item for purpose in purposes for item in registry.purposes[purpose].data})
    return Wording(
        kind,
        language,
        {
            "purposes": [
                {
                    "id": purpose,
                    "name": registry.purposes[purpose].name[language],
                    "wording": wording_of(registry, purpose, language),
                }
                for purpose in purposes
            ],
            "data": data,
        },
    )


TOPICS = ("newsletter", "product_news", "surveys", "trials")


def signup_notice(language: str) -> Wording:
    """The boxes of the signup form."""
    return person_notice("signup", language, (*TOPICS, "ad_audiences"))


def newsletter_notice(language: str) -> Wording:
    """The topics of the newsletter form."""
    return person_notice("newsletter", language, TOPICS)


def account_notice(language: str) -> Wording:
    """The choices on the account page."""
    return person_notice("account", language, (*TOPICS, "mail_opens", "ad_audiences"))


def import_notice(wording: str, source: str, language: str, data: Iterable[str]) -> Wording:
    """What a consent brought by a file rests on: the words shown there, and where that was."""
    return Wording("import", language, {"wording": wording, "source": source, "data": sorted(data)})


@cache
def withdrawal_notice(language: str) -> Wording:
    """What the unsubscribe page says it does."""
    with use_language(language):
        return Wording(
            "withdrawal",
            language,
            {
                "topic": _("You will get no more of these messages."),
                "all": _(
                    "You will get no marketing messages, and your data goes to no advertising platform."
                ),
            },
        )


@cache
def choices_notice(language: str) -> Wording:
    """The bar and the preference centre: the question, the buttons, each category and its vendors."""
    registry = load()
    with use_language(language):
        return Wording(
            "choices",
            language,
            {
                "title": _("May we use optional cookies?"),
                "text": _(
                    "Necessary ones are always on. The others are off until you say otherwise, "
                    "and you can change your mind on any page."
                ),
                "accept": _("Accept all"),
                "reject": _("Reject all"),
                "save": _("Save my choices"),
                "categories": [
                    {
                        "id": category.id,
                        "name": category.name[language],
                        "wording": category.wording[language],
                        "vendors": [
                            {"id": vendor.id, "name": vendor.name}
                            for vendor in registry.vendors_of(category.id)
                        ],
                        "cookies": [c.name for c in registry.cookies.values() if c.category == category.id],
                    }
                    for category in registry.categories
                ],
            },
        )
