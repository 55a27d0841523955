"""What people are shown when they decide, as versions kept under the hash of their content."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from clevenio.consent.scopes import Change, earlier, scope
from clevenio.i18n import LANGUAGES, environment, use_language
from clevenio.i18n import gettext as _
from clevenio.registry import Purpose, Registry, load, today

SCOPE_DIGITS = 12
# What a browser answers, the question itself and what a placeholder asks within it; other kinds are shown to people.
QUESTION, PLACEHOLDER = "choices", "embed"
BROWSER_KINDS = (QUESTION, PLACEHOLDER)


@dataclass(frozen=True)
class Wording:
    """A version of what is shown. `content` is JSON; `id` is 32 hex digits made of its hash."""

    kind: str
    language: str
    content: Mapping[str, Any]

    @cached_property
    def id(self) -> str:
        """The version: the same words in the same language always have the same one."""
        return notice_id(self.kind, self.language, self.content)

    @property
    def data(self) -> tuple[str, ...]:
        """The data that the wording lists as going to others."""
        return tuple(self.content.get("data", ()))


def sentence_of(wording: Wording, purpose: str) -> str:
    """What a version said about one purpose (`ad_audiences:meta`, `newsletter`); empty where nothing.

    A form's version holds a sentence for each box, an import's the words that the file brought.
    """
    if "wording" in wording.content:
        return str(wording.content["wording"])
    base = purpose.partition(":")[0]
    said = wording.content.get("purposes", []) or wording.content.get("categories", [])
    return next((str(entry["wording"]) for entry in said if entry["id"] == base), "")


def notice_id(kind: str, language: str, content: Mapping[str, Any]) -> str:
    """The identifier under which a version is archived.

    Where the content has a `scope`, the first 12 digits are the scope's own: versions that ask
    the same thing, in other words or in another language, begin alike.
    """
    asked = _digest(content["scope"])[:SCOPE_DIGITS] if "scope" in content else ""
    return (asked + _digest([kind, language, content]))[:32]


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def platforms(registry: Registry) -> str:
    """The advertising platforms that may receive data today by name, as the wording lists them."""
    return ", ".join(vendor.name for vendor in registry.offered_on(today()))


def wording_of(registry: Registry, purpose: str, language: str) -> str:
    """The sentence a person agrees to, its platforms named."""
    return registry.purposes[purpose].wording[language].replace("{platforms}", platforms(registry))


def person_notice(kind: str, language: str, purposes: tuple[str, ...]) -> Wording:
    """What a form shows beside its boxes: `kind` names the form (signup, newsletter, account)."""
    return _person_notice(load(), kind, language, purposes, platforms(load()))


@cache
def _person_notice(
    registry: Registry, kind: str, language: str, purposes: tuple[str, ...], _named: str
) -> Wording:
    # Made anew on a day on which another platform is named.
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


def mailed_choices_notice(language: str) -> Wording:
    """The choices on the page that a mailed link opens."""
    return person_notice("mailed_choices", language, (*TOPICS, "mail_opens", "ad_audiences"))


def import_notice(wording: str, source: str, language: str, data: Iterable[str]) -> Wording:
    """What a consent brought by a file rests on: the words shown there, and where that was."""
    return Wording("import", language, {"wording": wording, "source": source, "data": sorted(data)})


@cache
def withdrawal_notice(language: str) -> Wording:
    """What the unsubscribe page says a press would do (`stop_…`), and what it has done."""
    with use_language(language):
        return Wording(
            "withdrawal",
            language,
            {
                "stop_topic": _("If you stop this, you get no more of these messages."),
                "stop_all": _(
                    "If you stop everything, you get no marketing messages, and your data goes to no "
                    "advertising platform."
                ),
                "topic": _("You will get no more of these messages."),
                "all": _(
                    "You will get no marketing messages, and your data goes to no advertising platform."
                ),
            },
        )


@cache
def complaint_notice(language: str) -> Wording:
    """What a complaint to a mail provider is taken for; the provider's own button is not ours to quote."""
    with use_language(language):
        text = _(
            "You told your mail provider that you do not want our message. You will get no more of these."
        )
        return Wording("complaint", language, {"topic": text})


def choices_notice(language: str) -> Wording:
    """The bar and the preference centre: the question, the buttons, each category and its vendors.

    Templates show exactly this content; the markup of both layers is kept with it, so that the screen
    can be rebuilt from the archive.
    """
    return _choices_notice(load(), language)


@cache
def _choices_notice(registry: Registry, language: str) -> Wording:
    with use_language(language):
        content: dict[str, Any] = {
            "title": _("May we use optional cookies?"),
            "text": _(
                "Only what the site cannot work without is on now. Nothing else is stored or sent "
                "before you allow it. You can change your mind at the foot of any page."
            ),
            "accept": _("Accept all"),
            "reject": _("Reject all"),
            "choose": _("Choose one by one"),
            "save": _("Save my choices"),
            "more": _("Cookie details"),
            "necessary": _shown(registry, registry.purposes["necessary"], language),
            "categories": [_shown(registry, category, language) for category in registry.categories],
            "scope": scope(registry),
        }
        return Wording(QUESTION, language, {**content, **_layers(language, content)})


def _layers(language: str, content: Mapping[str, Any]) -> dict[str, str]:
    """The markup of the bar, and that of the form behind it, before anything is chosen."""
    module: Any = environment(language).get_template("components/choices.html").module
    shown = {"id": "", "content": content}
    return {"markup": str(module.bar(shown, "", "", "")), "form": str(module.choices_form(shown, "", ""))}


def _shown(registry: Registry, category: Purpose, language: str) -> dict[str, Any]:
    vendors = registry.vendors_of(category.id)
    is_empty = not vendors and all(cookie.category != category.id for cookie in registry.cookies.values())
    # Nobody should think that they let something in where there is nothing yet.
    said = [category.wording[language], *([_("There are none now.")] if is_empty else [])]
    return {
        "id": category.id,
        "name": category.name[language],
        "wording": " ".join(said),
        "vendors": [
            {"id": v.id, "name": v.name, "company": v.company, "purpose": v.purpose[language]}
            for v in vendors
        ],
    }


def changes_since(notice: str) -> tuple[Change, ...] | None:
    """What is asked today that this version of the choices did not ask; None for one that nobody answered."""
    digits = notice[:SCOPE_DIGITS]
    if digits == choices_notice(LANGUAGES[0]).id[:SCOPE_DIGITS]:
        return ()
    return earlier.changes(load()).get(digits)


def current_choices(notice: str) -> Wording | None:
    """The choices as shown today, by identifier, in whichever language; None for any other version."""
    return next((w for w in map(choices_notice, LANGUAGES) if w.id == notice), None)
