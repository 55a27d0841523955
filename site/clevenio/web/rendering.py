"""Pages from templates: the environment of the request's language, and what every page may use."""

from collections.abc import Mapping
from datetime import date

from flask import g, request, url_for
from markupsafe import Markup
from werkzeug.local import LocalProxy
from wtforms.form import BaseForm

from clevenio.heads import heads
from clevenio.i18n import LANGUAGES, environment
from clevenio.settings import Settings
from clevenio.web import mailed
from clevenio.web.addresses import Addresses, is_localized
from clevenio.web.assets import SHOWN_ELSEWHERE, address, assets, integrity
from clevenio.web.compiled import CompiledTemplates
from clevenio.web.forms import PublicForm
from clevenio.web.kit import VARIANT, kit
from clevenio.web.structured import structured

# The part that says where else a page is.
LINKS = "layouts/page/links"
# What a part may know.
SEEN = ("settings", "url_for", "head", "switching", "canonical")


def prepare(settings: Settings) -> None:
    """Give templates the functions they may call, and a folder to be kept in when they are compiled."""
    folder, key = settings.data / "templates", settings.secret_keys[0]
    for language in LANGUAGES:
        for kind, made in {
            "markup": environment(language),
            "plain": environment(language, markup=False),
        }.items():
            made.bytecode_cache = CompiledTemplates(folder, language, kind, key)
        environment(language).globals.update(
            heads=heads(language),
            url_for=address_of,
            asset=address,
            integrity=integrity,
            switch_language=switch_language,
            request=request,
            may_be_read=may_be_read,
            settings=LocalProxy(lambda: kit().settings),
        )


def _addresses(language: str) -> Addresses:
    known, key = kit().addresses, (language, request.script_root)
    return known.get(key) or known.setdefault(key, Addresses(language))


def address_of(endpoint: str, **values: object) -> str:
    """The address of a page in the language of this request; see `Addresses.address_of`."""
    return _addresses(_language()).address_of(endpoint, **values)


def may_be_read() -> bool:
    """Whether a script of others may run on the page of this request, and so read whatever is typed there."""
    return bool(kit().settings.tags) and request.endpoint in kit().measured


def render(template: str, /, **values: object) -> str:
    """A page in the language of this request. `modified`: the day from which its text is as it is, if it has one."""
    made, language = kit(), _language()
    context: dict[str, object] = {name: make() for name, make in made.shared.items()}
    context.update(
        settings=made.settings,
        url_for=_addresses(language).address_of,
        bar_variant=bar_variant(),
        switching=_switching(values.get("form")),
        head=heads(language).get(request.endpoint or ""),
        # The title is the first thing that a screen reader says of a page that came back.
        is_refused=bool(values.get("problem"))
        or any(isinstance(value, BaseForm) and value.errors for value in values.values()),
    )
    context.update(values)
    context["part"] = lambda name: _part(name, language, context)
    return environment(language).get_template(template).render(context)


def _part(name: str, language: str, context: Mapping[str, object]) -> Markup:
    """A part of a page that is the same whoever asks for it plainly, and so made once for each page.

    It sees nothing of what a view hands to its page but `SEEN`, so nobody's data can stay in it.
    """
    made, modified = kit(), context.get("modified")
    day = modified if isinstance(modified, date) else None
    key = (name, language, request.script_root, request.endpoint, day)
    # A page that failed has no canonical address, and says so.
    is_plain = not request.view_args and not context["switching"] and "canonical" not in context
    found = made.parts.get(key) if is_plain else None
    if found is None:
        more = _links(language, day) if name == LINKS else {}
        template = environment(language).get_template(f"{name}.html")
        found = template.make_module(
            {**more, **{one: context[one] for one in SEEN if one in context}}
        ).__html__()
        if is_plain:
            made.parts[key] = found
    return found


def _switching(form: object) -> str | None:
    """Where a public form that is shown again goes, to be shown in the other language."""
    is_carried = isinstance(form, PublicForm) and form.is_typed and is_localized(request.endpoint)
    return request.endpoint if is_carried else None


def _links(language: str, modified: date | None) -> dict[str, object]:
    """Where else a page is, and what one that may be found tells search engines and those who share it."""
    endpoint, settings, absolute = request.endpoint or "", kit().settings, alternates()
    links: dict[str, object] = {"canonical": absolute.get(language), "alternates": absolute}
    if endpoint not in heads(language):
        return links
    addresses = {one: _addresses(language)[one] for one in heads(language)}
    picture = f"{SHOWN_ELSEWHERE}{endpoint}.{language}.png"
    return {
        **links,
        "card": settings.base_url + address(picture) if picture in assets() else None,
        "structured": structured(settings, language, addresses, endpoint, modified),
    }


def _language() -> str:
    """The language of this request, also where it failed before its address was looked at."""
    return str(g.get("language") or kit().settings.default_language)


def bar_variant() -> str:
    """Which of the three variants this request gets: bar, gpc or none."""
    found = request.environ.get(VARIANT)
    return str(found) if found else kit().variant(request.environ)


def switch_language(language: str) -> str:
    """The address of this same page in another language; the front page where it has none."""
    endpoint = request.endpoint
    if endpoint and mailed.is_mailed():
        return mailed.first_page(url_for(endpoint, **{**(request.view_args or {}), "language": language}))
    if endpoint is None or not is_localized(endpoint):
        return f"/{language}/"
    if not request.view_args:
        return _addresses(language)[endpoint]
    return url_for(endpoint, **{**request.view_args, "language": language})


def alternates() -> dict[str, str]:
    """This page's addresses by language, made from the base address and never from the Host header."""
    base, languages = kit().settings.base_url, LANGUAGES if is_localized(request.endpoint) else ()
    return {language: base + switch_language(language) for language in languages}
