"""Golden copies: a change of what a mail says is a difference somebody reads."""

import os
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path


def assert_golden(path: Path, text: str) -> None:
    """Compare with the kept copy; with GOLDEN=update in the environment, keep this one instead."""
    if os.environ.get("GOLDEN") == "update":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"no golden copy {path.name}; make one with GOLDEN=update"
    assert text == path.read_text(encoding="utf-8")


def assert_golden_mail(path: Path, message: EmailMessage, secrets: Mapping[str, str] | None = None) -> None:
    """Compare a mail with its kept copies, as text with the subject above it and as the HTML of its body.

    `path` has no ending; `secrets` are what is new in each mail, such as a token, and what stands for it there.
    """
    plain, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert plain, "a mail without text"
    assert html, "a mail without HTML"
    # What stands before the body is the layout's, and the same in all of them.
    copies = {"txt": f"{message['Subject']}\n\n{plain.get_content()}", "html": _body(html.get_content())}
    for ending, text in copies.items():
        assert_golden(path.with_name(f"{path.name}.{ending}"), _without(secrets or {}, text))


def _without(secrets: Mapping[str, str], text: str) -> str:
    for secret, name in secrets.items():
        text = text.replace(secret, name)
    return text


def _body(html: str) -> str:
    return html[html.index("<body") :]
