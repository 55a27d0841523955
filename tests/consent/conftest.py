"""A registry with vendors and cookies that the shipped one does not have yet, and a hand that spoils the ledger."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from shutil import copytree

import pytest
from sqlalchemy import text

from clevenio.registry import Clocks, Registry, loader

VENDOR = """
[[vendor]]
id = "{id}"
name = "{name}"
company = "{name} Oy"
country = "FI"
transfers = []
safeguard = "none"
role = "processor"
category = "{category}"
data.fi = "luettu sivu"
data.en = "page read"
purpose.fi = "Laskee lukijoita."
purpose.en = "Counts readers."
policy = "https://{id}.example.com/privacy"
since = 2024-01-01
"""

COOKIE = """
[[cookie]]
name = "{name}"
kind = "cookie"
category = "{category}"
provider = "{provider}"
days = 30
readable_by_scripts = true
purpose.fi = "Laskee lukijoita."
purpose.en = "Counts readers."
"""

Extend = Callable[..., Registry]


def forget() -> None:
    loader.shipped.cache_clear()
    loader._with.cache_clear()
    loader._IN_FORCE.clear()


@pytest.fixture
def extend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Extend]:
    """`extend(vendors=..., cookies=..., replace=(file, old, new))` changes the registry of this test.

    One change comes on top of another; `anew=True` begins with the shipped registry again. `keys` switches tags on.
    """
    folder, shipped = tmp_path / "registry", loader.FOLDER
    copytree(shipped, folder)

    def extended(
        vendors: str = "",
        cookies: str = "",
        purposes: str = "",
        tags: str = "",
        keys: Mapping[str, str] | None = None,
        replace: tuple[str, str, str] | None = None,
        anew: bool = False,
    ) -> Registry:
        if anew:
            copytree(shipped, folder, dirs_exist_ok=True)
        added = {"vendor": vendors, "cookie": cookies, "purpose": purposes, "tag": tags}
        for name, more in added.items():
            path = folder / f"{name}s.toml"
            path.write_text(path.read_text("utf-8") + more, "utf-8")
        if replace:
            path = folder / replace[0]
            source = path.read_text("utf-8")
            assert replace[1] in source
            path.write_text(source.replace(replace[1], replace[2]), "utf-8")
        monkeypatch.setattr(loader, "FOLDER", folder)
        forget()
        if keys:
            loader.put_in_force(keys, (), Clocks())
        return loader.load()

    yield extended
    monkeypatch.undo()
    forget()


@pytest.fixture
def rich(extend: Extend) -> Registry:
    """Two vendors of analytics, one of marketing, and a cookie of each."""
    return extend(
        vendors=VENDOR.format(id="counter", name="Counter", category="analytics")
        + VENDOR.format(id="tally", name="Tally", category="analytics")
        + VENDOR.format(id="banner", name="Banner", category="marketing"),
        cookies=COOKIE.format(name="_counter", category="analytics", provider="counter")
        + COOKIE.format(name="_tally_*", category="analytics", provider="tally")
        + COOKIE.format(name="_banner", category="marketing", provider="banner"),
    )


@pytest.fixture
def tamper(database):
    """Runs a statement as somebody who can switch the triggers off. `:subject` is one of the people."""

    def run(statement, subject=None):
        with database.session() as session:
            tables = ("consent_decisions", "consent_notices", "consent_seals")
            for table in tables:
                if database.is_sqlite:
                    for verb in ("update", "delete", "replace"):
                        session.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))
                else:
                    session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            if database.is_sqlite:
                session.execute(text("PRAGMA defer_foreign_keys = ON"))
            key = None if subject is None else subject.hex if database.is_sqlite else subject
            values = {"subject": key} if ":subject" in statement else {}
            assert session.execute(text(statement), values).rowcount > 0
            if not database.is_sqlite:
                for table in tables:
                    session.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
            session.commit()

    return run
