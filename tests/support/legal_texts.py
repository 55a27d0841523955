"""Legal texts that exist for one test: a copy of what is published, to which it adds versions."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clevenio import content, legal
from clevenio.i18n import LANGUAGES
from clevenio.places import CONTENT

Publish = Callable[..., legal.Version]

CHANGED = {"fi": "Kerromme, mikä muuttui.", "en": "We say what changed."}


@pytest.fixture
def content_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the site's content that this process reads instead of what is published."""
    folder = tmp_path / "content"
    shutil.copytree(CONTENT, folder)
    monkeypatch.setattr(content, "CONTENT", str(folder))
    legal.versions.cache_clear()
    yield folder
    legal.versions.cache_clear()


@pytest.fixture
def publish(content_folder: Path) -> Publish:
    """`publish("terms", "2026-05-01", "required", fi=("vanha", "uusi"), en=("old", "new"))`.

    The newest version of the text, published again under a later date with some words of it replaced.
    """

    def add(
        text: str,
        day: str,
        acceptance: str | None = "required",
        changed: dict[str, str] = CHANGED,
        **replaced: tuple[str, str],
    ) -> legal.Version:
        newest = legal.versions(text)[0]
        for language in LANGUAGES:
            _, front, body = newest.source(language).decode().split("+++\n", 2)
            old, new = replaced.get(language, ("", ""))
            assert old in body, (language, old)
            said = [line for line in front.splitlines() if not line.startswith(("acceptance", "changed"))]
            if acceptance:
                said += [f'acceptance = "{acceptance}"', f'changed = "{changed[language]}"']
            whole = "\n".join(["+++", *said, "+++", body.replace(old, new, 1) if old else body])
            content.file(f"legal/{text}/{day}", language).write_text(whole, encoding="utf-8")
        legal.versions.cache_clear()
        return legal.version(text, day)

    return add
