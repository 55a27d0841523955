"""The audit of the public pages says no where it should, and does not take a tool that failed for one that found nothing."""

import json

import pytest

from audits.public import __main__ as audit
from audits.public import markup
from audits.public.lighthouse import Look, judged
from audits.public.site import Pages, pages
from audits.tools import NotRunError

GOOD = {"accessibility": 100, "best-practices": 100, "seo": 100, "performance": 100}


def look(shift=0.0, wrong=(), **scores):
    return Look({**GOOD, **{name.replace("_", "-"): score for name, score in scores.items()}}, shift, wrong)


def test_a_page_that_is_all_right_holds():
    assert judged("/fi/", [look()], is_quiet=False).holds
    assert judged("/fi/", [look()] * 3, is_quiet=True).holds


@pytest.mark.parametrize(
    "spoilt",
    [
        look(accessibility=99),
        look(best_practices=96),
        look(seo=0),
        look(shift=0.001),
        look(accessibility=-100),
    ],
)
def test_one_point_too_few_or_a_shift_breaks_the_gate(spoilt):
    assert not judged("/fi/", [look(), spoilt, look()], is_quiet=False).holds


def test_speed_counts_on_a_quiet_machine_alone_and_by_its_median():
    slow, slower = look(performance=98), look(performance=80)
    assert judged("/fi/", [slower], is_quiet=False).holds
    assert judged("/fi/", [look(), slower, look()], is_quiet=True).holds
    assert not judged("/fi/", [look(), slower, slow], is_quiet=True).holds


def test_what_was_wrong_is_named():
    result = judged(
        "/fi/", [look(accessibility=90, wrong=["label: Form elements have labels"])], is_quiet=False
    )
    assert result.details == ("label: Form elements have labels",)


def test_an_error_in_the_markup_is_told_once_with_its_pages():
    message = {"type": "error", "message": "Bad value", "extract": "<a\n href>", "lastLine": 7}
    said = json.dumps(
        {
            "messages": [
                {**message, "url": "file:/tmp/vnu/0.html"},
                {**message, "url": "file:/tmp/vnu/1.html"},
                {"type": "info", "subType": "warning", "message": "Unneeded", "url": "file:/tmp/vnu/1.html"},
            ]
        }
    )
    assert list(markup.complaints(said, {"0.html": "/fi/", "1.html": "/en/"})) == [
        ("error", "/fi/:7, /en/:7 (2 in all): error: Bad value <a href>"),
        ("warning", "/en/:0 (1 in all): warning: Unneeded "),
    ]


def test_a_checker_that_does_not_run_fails_the_audit(monkeypatch):
    def breaks(_pages):
        raise NotRunError("node and npm are missing")
        yield

    monkeypatch.setattr(markup, "vnu", breaks)
    (result,) = audit.results(Pages("http://localhost", ("/fi/",), ()), None, ["vnu"], is_quiet=False)
    assert (result.holds, result.details) == (False, ("node and npm are missing",))


def test_a_sitemap_with_next_to_nothing_in_it_is_no_audit(monkeypatch):
    monkeypatch.setattr("audits.public.site.fetch", lambda _address: "<loc>http://localhost/fi/</loc>")
    with pytest.raises(ValueError, match="lists 1 pages"):
        pages("http://localhost")


def test_one_page_can_be_looked_at_alone(monkeypatch):
    listed = "".join(f"<loc>http://localhost/fi/{number}</loc>" for number in range(20))
    monkeypatch.setattr("audits.public.site.fetch", lambda _address: listed)
    assert pages("http://localhost", ["/fi/3", "/en/login"]).everything == ("/fi/3", "/en/login")
    assert len(pages("http://localhost").listed) == 20


def test_a_page_that_there_is_not_is_no_audit(monkeypatch):
    listed = "".join(f"<loc>http://localhost/fi/{number}</loc>" for number in range(20))
    monkeypatch.setattr("audits.public.site.fetch", lambda _address: listed)
    with pytest.raises(ValueError, match="no such page: /fi/typo"):
        pages("http://localhost", ["/fi/3", "/fi/typo"])


def test_pages_without_structured_data_are_no_audit_of_it(monkeypatch, tmp_path):
    monkeypatch.setattr(markup, "node_tool", lambda _folder: tmp_path / "node_modules")
    monkeypatch.setattr("audits.public.site.fetch", lambda _address: "<p>Nothing</p>")
    monkeypatch.setattr(markup, "run", lambda *_, **__: "")
    for listed in ((), ("/fi/",)):
        (result,) = audit.results(Pages("http://localhost", listed, ()), None, ["schema"], is_quiet=False)
        assert not result.holds


def test_a_compiler_that_lets_pass_what_is_wrong_on_purpose_is_no_audit():
    spoilt = f"structured.ts(3,75): error TS2353: '{markup.UNKNOWN}' does not exist in type 'Thing'."
    looked = ["/fi/", "/en/"]
    assert markup.wrong(spoilt, looked) == []
    assert markup.wrong(f"structured.ts(2,9): error TS1: x\n{spoilt}", looked) == ["/en/: error TS1: x"]
    for said in ("", "structured.ts(3,1): error TS1: x", spoilt.replace("(3", "(2"), "node: not found"):
        with pytest.raises(NotRunError):
            markup.wrong(said, looked)
