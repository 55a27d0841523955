"""The audit of security says no where it should: its gates, its rules, its judge of what a scanner raises."""

import json
import re
from pathlib import Path

import pytest

from audits import tools
from audits.finding import Result, none_of, show
from audits.security import __main__ as audit
from audits.security import code, scanner

HERE = Path(code.__file__).parent


def test_a_finding_breaks_its_gate_and_none_does_not():
    assert none_of("bandit", "code", []).holds
    assert not none_of("bandit", "code", ["B608 a.py:1"]).holds


def test_the_table_names_what_broke(capsys):
    show([none_of("bandit", "code", ["B608 a.py:1 [bold]text[/bold]"]), none_of("semgrep", "code", [])])
    said = capsys.readouterr().out
    assert "NO" in said
    assert "B608 a.py:1 [bold]text[/bold]" in said


@pytest.mark.parametrize(("found", "code_"), [([], 0), (["B608 a.py:1"], 1)])
def test_it_ends_with_one_where_a_gate_does_not_hold(monkeypatch, tmp_path, found, code_):
    monkeypatch.setattr(code, "bandit", lambda: iter([none_of("bandit", "code", found)]))
    file = tmp_path / "table.json"
    monkeypatch.setattr("sys.argv", ["audits.security", "--only", "bandit", "--json", str(file)])
    assert audit.main() == code_
    (row,) = json.loads(file.read_text())
    assert (row["tool"], row["holds"], row["details"]) == ("bandit", not found, found)


def test_a_tool_that_does_not_run_has_not_found_nothing(monkeypatch):
    def breaks():
        raise tools.NotRunError("node and npm are missing")
        yield

    monkeypatch.setattr(code, "bandit", breaks)
    monkeypatch.setattr("sys.argv", ["audits.security", "--only", "bandit"])
    assert audit.main() == 1


def test_a_program_that_hangs_or_fails_is_told(tmp_path):
    with pytest.raises(tools.NotRunError, match="ended with 3: oh no"):
        tools.run(["sh", "-c", "echo oh no >&2; exit 3"], seconds=5)
    with pytest.raises(tools.NotRunError, match="timed out"):
        tools.run(["sleep", "5"], seconds=1)
    with pytest.raises(tools.NotRunError, match="no-such-program"):
        tools.run([tmp_path / "no-such-program"], seconds=1)


def test_every_rule_has_a_bad_example():
    assert code.rules_without_example() == set()


def test_every_lock_file_has_hashes_and_no_address():
    locks = sorted((HERE / "requirements").glob("*.txt"))
    assert [lock.stem for lock in locks] == ["bandit", "semgrep", "sqlmap", "wapiti"]
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        assert len(re.findall(r"(?m)^[\w.-]+(\[\w+\])?==", text)) <= text.count("--hash=sha256:")
    node = json.loads((HERE / "observatory" / "package-lock.json").read_text(encoding="utf-8"))
    packages = [package for name, package in node["packages"].items() if name]
    assert packages
    assert all("integrity" in package and "resolved" not in package for package in packages)


def test_no_module_of_the_scanner_calls_out():
    assert {"ssrf", "xxe", "log4shell"}.isdisjoint(scanner.MODULES.split(","))
    assert len(scanner.MODULES.split(",")) == 15


class Answers:
    """A site whose forms answer so."""

    def __init__(self, monkeypatch, status):
        self.posts = []
        monkeypatch.setattr(scanner, "_post", self.post)
        self.status = status

    def post(self, _site, path, body, headers):
        self.posts.append((path, body, headers))
        return self.status


def report(folder, kind, info, pages=20):
    found = {
        "method": "POST",
        "path": "/en/contact",
        "info": info,
        "http_request": "POST /en/contact\n\nname=x",
    }
    told = {"vulnerabilities": {kind: [found]}, "anomalies": {}, "infos": {"crawled_pages_nbr": pages}}
    (folder / "report.json").write_text(json.dumps(told))
    return folder / "report.json"


@pytest.mark.parametrize(("status", "holds"), [(403, True), (303, False), (422, False)])
def test_a_form_without_a_token_is_attacked_and_counts_where_it_takes_the_post(
    monkeypatch, tmp_path, status, holds
):
    site = Answers(monkeypatch, status)
    file = report(tmp_path, "Cross Site Request Forgery", "Lack of anti CSRF token")
    assert scanner._judged(None, "nobody", file).holds is holds
    assert site.posts[0] == ("/en/contact", "name=x", {"Sec-Fetch-Site": "cross-site"})


def test_whatever_else_is_raised_counts(monkeypatch, tmp_path):
    Answers(monkeypatch, 403)
    for kind, info in (
        ("SQL Injection", "SQL Injection via injection in the parameter email"),
        ("Cross Site Request Forgery", "CSRF token 'x' is not properly checked in backend"),
        ("HttpOnly Flag cookie", "HttpOnly flag is not set in the cookie : session"),
    ):
        assert not scanner._judged(None, "nobody", report(tmp_path, kind, info)).holds, kind


def test_a_walk_that_saw_nothing_has_not_found_nothing(tmp_path):
    file = report(
        tmp_path, "HttpOnly Flag cookie", "HttpOnly flag is not set in the cookie : choices", pages=1
    )
    assert not scanner._judged(None, "customer", file).holds
    file = report(tmp_path, "HttpOnly Flag cookie", "HttpOnly flag is not set in the cookie : choices")
    assert scanner._judged(None, "customer", file).holds


def test_a_result_says_all_that_a_machine_needs():
    assert Result("a", "b", "c", "d", True).as_dict() == {
        "tool": "a",
        "scope": "b",
        "found": "c",
        "gate": "d",
        "holds": True,
        "details": (),
    }
