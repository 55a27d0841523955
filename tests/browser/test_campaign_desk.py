"""The pages of a campaign in the back office, in either language and at each width, from its draft to its end."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from clevenio.newsletter import campaigns
from clevenio.newsletter.models import Campaign, CampaignState, Delivery, DeliveryState, Edition
from clevenio.newsletter.previews import HIGHEST
from tests.browser.steps import enter_as_staff, look
from tests.support.factories import grant, make_person

pytestmark = pytest.mark.browser

SUBJECT = {"fi": "Syksyn uutiset: {{ company }}", "en": "News of autumn from {{ company }}"}
TEXT = "## {{ company }} writes\n\nRead [the piece](https://www.example.com/a)."
FACES = pytest.mark.parametrize(("language", "javascript"), [("fi", True), ("en", False)])


@pytest.fixture
def draft(live_database):
    """A draft in both languages, for one reader of surveys who is new; its address."""
    with live_database.session() as session:
        grant(session, make_person(session), "surveys")
        made = Campaign(topic="surveys", state=CampaignState.DRAFT, created_at=datetime.now(UTC))
        session.add(made)
        session.flush()
        for language, subject in SUBJECT.items():
            source = f"# {subject}\n\n{TEXT}"
            session.add(Edition(campaign=made.id, language=language, subject=subject, source=source))
        session.commit()
        return f"/staff/campaigns/{made.id}"


@FACES
def test_looking_at_a_draft_scrolls_nothing_sideways(live_site, page, draft, language, shot):
    enter_as_staff(page, live_site, f"looks.{language}@example.com", "marketer")
    for name, path in (("text", "/text"), ("preview", "/preview"), ("check", "/check")):
        page.goto(live_site.url + draft + path)
        look(page, shot, f"campaign-{name}", language)
    page.goto(f"{live_site.url}/staff/campaigns")
    look(page, shot, "campaign-list", language)


@FACES
def test_two_presses_on_send_end_on_the_campaign_that_has_begun(live_site, page, draft, language, shot):
    enter_as_staff(page, live_site, f"sends.{language}@example.com", "marketer")
    page.goto(f"{live_site.url}{draft}/check")
    page.locator(".ask summary").first.click()
    page.locator(".ask form button").first.dblclick()
    page.wait_for_url(live_site.url + draft)
    expect(page.locator("#progress")).to_be_visible()
    look(page, shot, "campaign-begun", language)


@FACES
def test_a_time_that_a_night_leaves_out_or_has_twice(live_site, page, draft, language, shot):
    enter_as_staff(page, live_site, f"plans.{language}@example.com", "marketer")

    def plan(day, clock="03:30"):
        page.fill("main [name=day]", day)
        page.fill("main [name=clock]", clock)
        page.locator("form:has([name=day]) button").click()

    page.goto(f"{live_site.url}{draft}/check")
    plan("2027-03-28")
    expect(page.locator("#clock-error")).to_contain_text({"fi": "4.00", "en": "04:00"}[language])
    expect(page.locator("main [name=day]")).to_have_value("2027-03-28")
    look(page, shot, "campaign-left-out", language)
    plan("2027-10-31")
    expect(page.locator("main [name=which]")).to_have_count(2)
    expect(page.locator("main [name=clock]")).to_have_value("03:30")
    look(page, shot, "campaign-twice", language)
    page.check("main [name=which][value=winter]")
    page.locator("form:has([name=day]) button").click()
    page.wait_for_url(live_site.url + draft)
    said = {"fi": "talviaikaa", "en": "by winter time"}[language]
    expect(page.locator("main .notice h2")).to_contain_text(said)
    page.goto(f"{live_site.url}/staff/campaigns")
    expect(page.locator("tbody tr").first).to_contain_text(said)
    look(page, shot, "campaign-list-planned", language)


@FACES
def test_what_failed_and_what_runs(live_site, page, live_database, draft, language, shot):
    with live_database.session() as session:
        made = session.scalars(select(Campaign).order_by(Campaign.created_at.desc())).first()
        made.state, made.begun_at = CampaignState.FREEZING, datetime.now(UTC)
        session.flush()
        campaigns.freeze(session, made.id, datetime.now(UTC))
        states = [DeliveryState.FAILED, DeliveryState.UNCERTAIN, DeliveryState.SENT]
        for number, row in enumerate(session.scalars(select(Delivery).where(Delivery.campaign == made.id))):
            row.state, row.reply = states[number % 3], "550 5.1.1 no such mailbox"
            row.finished_at = datetime.now(UTC)
        campaigns.settle(session, made.id, datetime.now(UTC))
        session.commit()
    enter_as_staff(page, live_site, f"follows.{language}@example.com", "marketer")
    for name, path in (("decision", ""), ("failed", "/failed"), ("uncertain", "/uncertain")):
        page.goto(live_site.url + draft + path)
        look(page, shot, f"campaign-{name}", language)
    with live_database.session() as session:
        session.get(Campaign, made.id).state = CampaignState.PAUSED
        session.commit()
    page.goto(live_site.url + draft)
    look(page, shot, "campaign-paused", language)


@FACES
def test_an_opt_out_is_repeated_after_it_was_written_down(live_site, page, language, shot):
    enter_as_staff(page, live_site, f"hears.{language}@example.com", "support")
    page.goto(f"{live_site.url}/staff/opt-outs")
    page.fill("main [name=email]", "kaarlo.esimerkki@example.com")
    page.fill("main [name=phone]", "040 123 4567")
    page.locator("main [name=came][value=phone]").click()
    expect(page.locator(".notice dd").first).to_have_text("kaarlo.esimerkki@example.com")
    look(page, shot, "opt-out", language)


def posts(page):
    """What the page posts from now on, as it does."""
    posted = []
    page.on("request", lambda asked: posted.append(asked) if asked.method == "POST" else None)
    return posted


def write(page, address, javascript=True):
    """Open the page to write on and, where scripts run, wait until its first preview has been fetched."""
    if not javascript:
        page.goto(address)
        return
    with page.expect_response(lambda answer: "/preview/" in answer.url and answer.request.method == "POST"):
        page.goto(address)


@FACES
def test_a_text_that_is_too_long_is_refused_and_stays(live_site, page, draft, language, javascript):
    enter_as_staff(page, live_site, f"pastes.{language}@example.com", "marketer")
    write(page, f"{live_site.url}{draft}/text", javascript)
    posted = posts(page)
    long = "y\u00f6 " * 20_001
    for written in ("fi", "en"):
        page.fill(f"#text_{written}", long)
        if javascript:
            expect(page.locator(f"#text_{written}-count")).to_contain_text("2")
    page.locator("#campaign > p > .button").click()
    if javascript:
        expect(page.locator("#text_fi-count.error")).to_be_visible()
        expect(page.locator("#text_fi")).to_be_focused()
        expect(page.locator(".error, [aria-invalid]")).to_have_count(2)
        expect(page.locator("[data-lost]")).to_contain_text("tarpeeksi lyhyt")
        for button in page.locator(".glance [formtarget]").all():
            button.click()
        assert posted == []
    else:
        expect(page.locator("#text_fi-error, #text_en-error")).to_have_count(2)
    for written in ("fi", "en"):
        assert page.locator(f"#text_{written}").input_value() == long
        page.fill(f"#text_{written}", "Short.")
    page.locator("#campaign > p > .button").click()
    expect(page.locator(".error, [aria-invalid]")).to_have_count(0)
    expect(page.locator("#text_en")).to_have_value("Short.")
    assert [asked for asked in posted if asked.url.endswith("/text")]


@pytest.mark.parametrize(("language", "javascript"), [("fi", True)])
def test_only_the_language_that_is_looked_at_leaves_for_the_preview(live_site, page, draft, language):
    enter_as_staff(page, live_site, f"looks.once.{language}@example.com", "marketer")
    write(page, f"{live_site.url}{draft}/text")
    page.fill("#text_fi", "y\u00f6 " * 20_001)
    expect(page.locator("[data-lost]")).to_contain_text("tarpeeksi lyhyt")
    posted = posts(page)
    with page.expect_response("**/preview/en/dark"):
        page.locator("[formaction$='/en/dark']").click()
    names = re.findall(r'; name="(\w+)"', posted[-1].post_data)
    assert sorted(names) == ["csrf_token", "subject_en", "text_en", "topic"]
    expect(page.frame_locator("[name=preview]").locator("body")).to_contain_text("Read the piece")
    expect(page.locator("[data-lost]")).not_to_contain_text("tarpeeksi lyhyt")


@pytest.fixture
def looked_at(live_site, live_database, page, draft):
    """`looked_at(words)`: staff look at the draft, these words behind its texts; yields each frame once it was measured."""
    enter_as_staff(page, live_site, f"frames.{uuid4().hex}@example.com", "marketer")

    def look_at(words):
        with live_database.session() as session:
            for edition in session.scalars(select(Edition)).all():
                edition.source = TEXT + words
            session.commit()
        page.goto(f"{live_site.url}{draft}/preview")
        for frame in page.locator("iframe").all():
            frame.scroll_into_view_if_needed()
            expect(frame.content_frame.locator("body")).to_contain_text(words.split("\n")[-1][:12])
            handle = frame.element_handle()
            page.wait_for_function("frame => frame.style.blockSize", arg=handle)
            yield frame, handle

    return look_at


@pytest.mark.parametrize(("language", "javascript"), [("fi", True)])
def test_each_frame_shows_its_mail_whole(page, language, looked_at):
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for frame, handle in looked_at("\n\nRiviä riittää, ja niitä on monta. " * 60):
            fits = "({ contentDocument: { scrollingElement: s } }) => s.scrollHeight <= s.clientHeight"
            page.wait_for_function(fits, arg=handle)
            inside = frame.content_frame.locator("body")
            drawn, room = (part.bounding_box()["height"] for part in (inside, frame))
            assert drawn <= room <= drawn + 40


@pytest.mark.parametrize(("language", "javascript"), [("fi", True)])
def test_a_mail_beyond_the_highest_frame_scrolls_in_it(page, language, looked_at):
    moved = """({ contentDocument: { scrollingElement: s } }) => {
      s.scrollTo(0, s.scrollHeight);
      return s.scrollTop > 0;
    }"""
    for frame, handle in looked_at("\n\nRivi kerrallaan." * 400):
        assert frame.bounding_box()["height"] == HIGHEST
        assert page.evaluate(moved, handle)
