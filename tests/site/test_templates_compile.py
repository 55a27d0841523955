import re
from pathlib import Path

import pytest

from clevenio.i18n import LANGUAGES, environment
from clevenio.places import TEMPLATES

NAMES = sorted(path.relative_to(TEMPLATES).as_posix() for path in Path(TEMPLATES).rglob("*.*"))
SOURCES = {name: Path(TEMPLATES, name).read_text(encoding="utf-8") for name in NAMES}
# Mails have no content security policy, and mail clients know no style sheets; nor has a file that people keep.
KEPT = {"accounts/agreement_file.html", "rights/access/look.html"}
PAGES = [
    name
    for name, source in SOURCES.items()
    if "<mj-" not in source and "layouts/mail" not in source and name not in KEPT
]
BLOCKED_WORDS = re.compile(
    r"""(?:id|class)\s*=\s*["'][^"']*(?:consent|cookie|gdpr|privacy-bar)""", re.IGNORECASE
)
INLINE = re.compile(r"<style|\sstyle\s*=|\son[a-z]+\s*=|<script(?![^>]*\bsrc=)", re.IGNORECASE)
# Data for scripts is no script: the policy lets it stand.
DATA = re.compile(r"<script[^>]*type=.application/(?:ld\+)?json", re.IGNORECASE)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_the_template_compiles_in_each_language(name, language):
    environment(language).get_template(name)


def test_there_are_templates_to_look_at():
    assert "layouts/page.html" in PAGES


@pytest.mark.parametrize("name", PAGES)
def test_no_id_or_class_is_named_as_blockers_expect(name):
    assert BLOCKED_WORDS.findall(SOURCES[name]) == []


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_inline_that_the_policy_forbids(name):
    assert INLINE.findall(DATA.sub("", SOURCES[name])) == []
