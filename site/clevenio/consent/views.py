"""The preference centre and the receipt of this browser, in each language."""

from typing import Any

from flask import Response, redirect, request

from clevenio.consent import browser, ledger
from clevenio.consent.advertising.views import keep_campaign
from clevenio.consent.boxes import LoneVendorError, ticked_by
from clevenio.consent.cookies import NAME, RECEIPT, Choices, chosen, header
from clevenio.consent.enforcement import DECIDED, clears_storage, expired
from clevenio.consent.forms import ChoicesForm, receipt_id
from clevenio.consent.notices import choices_notice
from clevenio.consent.readable import acts
from clevenio.consent.receipts import answers, document, kept, lasting
from clevenio.errors import BadInput, Missing
from clevenio.i18n import current_language
from clevenio.registry import load
from clevenio.web.blueprints import Localized, SiteBlueprint
from clevenio.web.errors import say
from clevenio.web.kit import kit
from clevenio.web.rendering import render
from clevenio.web.request import db, now, settings
from clevenio.web.safe_next import safe_path

CHOICES = Localized(fi="/valinnat", en="/choices")
RECEIPT_PAGE = Localized(fi="/valinnat/kuitti", en="/choices/receipt")
RECEIPT_FILE = Localized(fi="/valinnat/kuitti.json", en="/choices/receipt.json")

# What is ticked for a browser that has not chosen.
NOTHING = Choices(notice="")

bp = SiteBlueprint("consent")


@bp.after_request
def about_one_browser(response: Response) -> Response:
    """These pages show what one browser chose, so no cache may keep them."""
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get(CHOICES)
def choices() -> str:
    given = _answer()
    ticked = _known(given) or NOTHING
    return _page(given=given, problem=None, saved=_in_force(given), ticked=ticked_by(load(), ticked))


@bp.post(CHOICES)
def save_choices() -> Any:
    form = ChoicesForm.read(request.form)
    channel = _channel(form)
    try:
        granted = form.granted(load())
        notice, shown = form.version(current_language())
        with kit().database.write() as connection:
            given = browser.decide(
                connection,
                _receipt(),
                granted,
                notice=notice,
                shown=shown,
                channel=channel,
                now=now(),
                asked=form.asked,
            )
    except BadInput as problem:
        alone = problem.vendors if isinstance(problem, LoneVendorError) else {}
        ticked = form.boxes.drawn(load())
        return _page(given=_answer(), problem=say(problem), saved=None, ticked=ticked, alone=alone), 422
    request.environ[DECIDED] = given.choices
    # A page that somebody was only reading says so at its foot; the preference centre shows what holds.
    said = "#saved" if channel is ledger.Channel.BANNER else ""
    response = redirect(safe_path(form.next, request.path) + said, 303)
    remember(response, given)
    keep_campaign(response, given)
    return response


@bp.get(RECEIPT_PAGE)
def receipt() -> str:
    given = _answer()
    history = ledger.history(db(), given.receipt) if given else []
    # The words of the newest choice come first.
    shown = ledger.wordings(db(), [row.notice for row in history])
    versions = [
        shown[notice] for notice in dict.fromkeys(row.notice for row in history[::-1]) if notice in shown
    ]
    read = acts(history, load())
    return render(
        "consent/receipt.html", given=given, history=read, shown=versions, kept=kept(), answers=answers
    )


@bp.get(RECEIPT_FILE)
def receipt_file() -> Response:
    given = _answer()
    if given is None:
        raise Missing("This browser has not chosen anything yet, so there is no receipt.")
    return Response(
        document(db(), given),
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="receipt-{given.receipt}.json"'},
    )


def _known(given: browser.Answer | None) -> Choices | None:
    """What counts today: the ledger's word, or where it knows of nothing the browser's own."""
    if given is None:
        return chosen(request.environ)
    return given.choices if given.is_current(now()) else None


def _in_force(given: browser.Answer | None) -> str | None:
    """What holds in this browser, by its receipt alone, so that no link can claim it; None where it is to choose."""
    return given.whole if given and given.is_current(now()) else None


def _page(given: browser.Answer | None, **values: object) -> str:
    values |= {"given": given, "answered": _known(given) is not None, "answers": answers, "lasting": lasting}
    return render("consent/choices.html", notice=choices_notice(current_language()), **values)


def _receipt() -> Any:
    return receipt_id(request.cookies.get(RECEIPT))


def _answer() -> browser.Answer | None:
    receipt = _receipt()
    return browser.answer(db(), receipt) if receipt else None


def _channel(form: ChoicesForm) -> ledger.Channel:
    """The bar says which version it showed and leads back to its page; all else is the centre's."""
    is_bar = form.notice is not None and form.next != request.path
    return ledger.Channel.BANNER if is_bar else ledger.Channel.PREFERENCE_CENTRE


def remember(response: Any, given: browser.Answer) -> None:
    """Set both cookies until the answer's end, and delete what is not agreed to."""
    seconds = int((given.until - now()).total_seconds())
    is_secure = settings().is_secure or request.is_secure
    receipt = header(RECEIPT, str(given.receipt), seconds=seconds, is_secure=is_secure, is_http_only=True)
    response.headers.add(
        "Set-Cookie", header(NAME, given.choices.value, seconds=seconds, is_secure=is_secure)
    )
    response.headers.add("Set-Cookie", receipt)
    for deletion in expired(load(), given.choices, request.host, request.cookies.keys()):
        response.headers.add("Set-Cookie", deletion)
    if clears_storage(load(), given.choices):
        response.headers["Clear-Site-Data"] = '"storage"'
