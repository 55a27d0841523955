"""What a placeholder says, as a version that is kept for whoever allows its maker by it."""

from functools import cache
from typing import Any

from clevenio.consent.notices import PLACEHOLDER, Wording
from clevenio.consent.scopes import scope
from clevenio.i18n import country, environment, format_days, use_language
from clevenio.i18n import gettext as _
from clevenio.registry import Registry, load, shipped


def embed_notice(embed: str, language: str) -> Wording:
    """The placeholder of one embed: who receives what, and what each button does.

    It asks within the scope of the choices, whose answer it becomes a part of.
    """
    return _embed_notice(load(), embed, language)


@cache
def _embed_notice(registry: Registry, embed: str, language: str) -> Wording:
    shown = shipped().embeds[embed]
    vendor = shipped().vendors[shown.vendor]
    with use_language(language):
        names = {"thing": shown.thing, "vendor": vendor.name, "company": vendor.company}
        countries = ", ".join(country(code) for code in vendor.transfers)
        content: dict[str, Any] = {
            "embed": embed,
            "text": _(
                "This %(thing)s comes from %(vendor)s. When it is shown, %(company)s receives:", **names
            )
            + f" {vendor.data}.",
            "transfers": _("The data may be processed in: %(countries)s.", countries=countries)
            if countries
            else "",
            "once": _("Show once"),
            "always": _("Always show"),
            "consequence": _(
                "“Always show” allows %(vendor)s in this browser; that lasts for %(length)s. Your other "
                "choices stay as they are, and what you have not chosen stays off.",
                vendor=vendor.name,
                length=format_days(registry.clocks.consent_days),
            ),
            "scope": scope(registry),
        }
        return Wording(PLACEHOLDER, language, {**content, "markup": _markup(language, content)})


def _markup(language: str, content: dict[str, Any]) -> str:
    module: Any = environment(language).get_template("components/embed.html").module
    return str(module.words(content, ""))
