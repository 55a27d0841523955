"""`.env.example` lists every setting, and starts a site as it stands."""

import re
import shlex
from pathlib import Path

from clevenio.settings import NAMES, PREFIX, Settings

EXAMPLE = (Path(__file__).parents[2] / ".env.example").read_text(encoding="utf-8")
LINE = re.compile(rf"^{PREFIX}([A-Z_]+)=(.*)$", re.MULTILINE)


def example():
    return {PREFIX + name: "".join(shlex.split(value)) for name, value in LINE.findall(EXAMPLE)}


def test_every_setting_is_in_the_example_and_no_other():
    assert sorted(example()) == sorted(PREFIX + name for name in NAMES)


def test_the_example_shows_the_defaults(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Settings.from_env(example()) == Settings.from_env({})


def test_the_example_gives_no_usable_secret():
    secret = {PREFIX + name for name in ("SECRET_KEYS", "MAIL_KEYS", "SUPPRESSION_KEY", "WEBHOOK_SECRET")}
    assert {example()[name] for name in secret} == {""}
