"""Compiled templates kept from one start to the next: taken where they are whole and this program's, made again otherwise."""

import errno
from pathlib import Path

import pytest
from jinja2 import Environment

from clevenio import i18n
from clevenio.web.compiled import CompiledTemplates

PAGE = "pages/company.html"


@pytest.fixture
def compiled(monkeypatch):
    """The names of the templates that were compiled."""
    names, compile_ = [], Environment.compile

    def compiling(self, source, name=None, filename=None, raw=False, defer_init=False):
        names.append(name)
        return compile_(self, source, name, filename, raw, defer_init)

    monkeypatch.setattr(Environment, "compile", compiling)
    return names


@pytest.fixture
def started(tmp_path):
    """Loads a page in an environment as a new process has it."""

    def start(language="fi", folder=tmp_path / "templates", key="k" * 32):
        made = i18n.environment.__wrapped__(language)
        made.bytecode_cache = CompiledTemplates(folder, language, "markup", key)
        return made.get_template(PAGE)

    return start


def test_the_next_start_compiles_nothing_and_shows_the_same(started, compiled, tmp_path):
    first = started()
    assert PAGE in compiled
    compiled.clear()
    second = started()
    assert compiled == []
    assert {*second.blocks} == {*first.blocks}
    assert started("en").filename == first.filename
    assert compiled == [PAGE]


def test_what_another_key_signed_or_another_name_had_does_not_run(started, compiled, tmp_path):
    started(key="a" * 32)
    (kept,) = (tmp_path / "templates").iterdir()
    theirs = kept.read_bytes()
    compiled.clear()
    started()
    assert compiled == [PAGE]
    ours = kept.read_bytes()
    assert ours[32:] == theirs[32:]
    assert ours[:32] != theirs[:32]
    started("en")
    name = next(path.name for path in (tmp_path / "templates").iterdir() if path.name.startswith("en-"))
    (tmp_path / "templates" / name).write_bytes(ours)
    compiled.clear()
    started("en")
    assert compiled == [PAGE]
    assert (tmp_path / "templates").stat().st_mode & 0o077 == 0


def test_what_was_not_written_to_its_end_is_cleared_away(started, compiled, tmp_path):
    started()
    (kept,) = (tmp_path / "templates").iterdir()
    (tmp_path / "templates" / "fi-markup-new-abc").write_bytes(b"half")
    started()
    assert [*(tmp_path / "templates").iterdir()] == [kept]


def test_a_full_disk_leaves_nothing_behind(started, compiled, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert started().name == PAGE
    assert [*(tmp_path / "templates").iterdir()] == []


def test_what_cannot_be_removed_does_not_stop_a_start(started, compiled, tmp_path, monkeypatch):
    def refused(*_, **__):
        raise PermissionError

    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "fi-markup-older-x").write_bytes(b"")
    monkeypatch.setattr(Path, "unlink", refused)
    assert started().name == PAGE


def test_a_torn_or_altered_file_is_not_believed(started, compiled, tmp_path):
    started()
    (kept,) = (tmp_path / "templates").iterdir()
    whole = kept.read_bytes()
    for broken in (b"", whole[:-1], whole[:-1] + bytes([whole[-1] ^ 1]), b"x" * 100):
        kept.write_bytes(broken)
        compiled.clear()
        started()
        assert compiled == [PAGE]
        assert kept.read_bytes() == whole


def test_another_catalogue_compiles_again_and_the_old_files_go(started, compiled, tmp_path, monkeypatch):
    started()
    started("en")
    (other,) = (path for path in (tmp_path / "templates").iterdir() if path.name.startswith("en-"))
    catalogue = tmp_path / "messages.po"
    catalogue.write_bytes(i18n.catalogue_file("fi").read_bytes() + b"\n# changed\n")
    monkeypatch.setattr(
        i18n, "catalogue_file", lambda language: catalogue if language == "fi" else tmp_path / "none"
    )
    compiled.clear()
    started()
    assert compiled == [PAGE]
    kept = {*(tmp_path / "templates").iterdir()}
    assert other in kept
    assert len(kept) == 2


def test_a_folder_that_cannot_be_written_keeps_nothing_and_hinders_nothing(started, compiled, tmp_path):
    (tmp_path / "file").write_text("")
    for _ in range(2):
        assert started(folder=tmp_path / "file" / "templates").name == PAGE
    assert compiled == [PAGE, PAGE]


def test_an_application_keeps_its_templates_in_its_own_folder(app, client, settings):
    for made in (i18n.environment("fi"), i18n.environment("fi", markup=False)):
        made.cache.clear()
    assert client.get("/fi/").status_code == 200
    names = [path.name for path in (settings.data / "templates").iterdir()]
    assert any(name.startswith("fi-markup-") for name in names)
    assert not [name for name in names if name.count(".")]
