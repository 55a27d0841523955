"""Agreements to take along: each as one file that needs nothing else, or all of them in one archive.

The archive holds, besides each readable file, the text exactly as it was published, whose SHA-256 is
the digest of the record.
"""

import json
from collections.abc import Callable, Sequence
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from clevenio import content, legal
from clevenio.accounts.models import Agreement
from clevenio.content import Filling, Page
from clevenio.i18n import environment, use_language
from clevenio.settings import Settings

# Where a page of ours is, whole, in a language.
Address = Callable[[str, str], str]


def page(agreement: Agreement, settings: Settings, address: Address) -> Page:
    """The text in the version and language that was accepted or shown, naming the party that it named then."""
    version = legal.version(agreement.text, agreement.version)
    facts = {**legal.facts(settings, agreement.language), **agreement.facts}
    filling = Filling(facts, lambda endpoint: address(endpoint, agreement.language))
    return content.page(version.name, agreement.language, filling)


def name(agreement: Agreement, suffix: str = "html") -> str:
    """The name of its file: `clevenio-terms-2026-11-23-fi.html`."""
    return f"clevenio-{agreement.text}-{agreement.version}-{agreement.language}.{suffix}"


def html(agreement: Agreement, settings: Settings, address: Address) -> str:
    """The whole file, in the language of the agreement."""
    with use_language(agreement.language):
        template = environment(agreement.language).get_template("accounts/agreement_file.html")
        text = page(agreement, settings, address)
        return template.render(page=text, agreement=agreement, notices=legal.NOTICES)


def archive(agreements: Sequence[Agreement], settings: Settings, address: Address) -> bytes:
    """All of them as ZIP, with `agreements.json`: what, which version and language, how and when."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as file:
        # The same version may be there twice, from an account of before.
        for one in {name(one): one for one in reversed(agreements)}.values():
            source = legal.version(one.text, one.version).source(one.language)
            _add(file, name(one), html(one, settings, address).encode(), one)
            _add(file, name(one, "md"), source, one)
        if agreements:
            record = json.dumps([_record(one) for one in agreements], ensure_ascii=False, indent=2)
            _add(file, "agreements.json", f"{record}\n".encode(), agreements[0])
    return out.getvalue()


def _add(file: ZipFile, called: str, data: bytes, agreement: Agreement) -> None:
    entry = ZipInfo(called, date_time=agreement.at.timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED
    file.writestr(entry, data)


def _record(agreement: Agreement) -> dict[str, object]:
    return {
        "text": agreement.text,
        "version": agreement.version,
        "language": agreement.language,
        "kind": agreement.kind,
        "at": agreement.at.isoformat(),
        "file": name(agreement, "md"),
        "sha256": agreement.digest,
        "with": agreement.facts,
    }
