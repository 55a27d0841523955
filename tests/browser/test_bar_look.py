"""The bar: both answers weigh the same, nothing is hidden behind it, and it needs no script."""

from urllib.parse import unquote

import pytest

pytestmark = [pytest.mark.browser]
WIDTHS = [320, 360, 414, 768, 1024, 1440]
STYLE = "e => { const s = getComputedStyle(e); return [e.tagName, s.fontFamily, s.fontSize, s.fontWeight, s.color, s.backgroundColor, s.borderTopColor] }"
EDGES = "e => [getComputedStyle(e).borderBlockStartWidth, getComputedStyle(e).borderBlockEndWidth]"
COVERED = """() => {
  const one = document.activeElement, bar = document.querySelector('#site-choices')
  if (!bar || bar.contains(one) || one === document.body) return false
  const box = one.getBoundingClientRect()
  return box.bottom > bar.getBoundingClientRect().top && getComputedStyle(bar).position === 'sticky'
    && bar.getBoundingClientRect().bottom <= innerHeight + 1
}"""


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["fi", "en"])
def test_refusing_and_accepting_look_alike(live_site, new_page, language, width):
    page = new_page(language=language, width=width)
    page.goto(f"{live_site.url}/{language}/")
    accept, reject = (
        page.locator(f"#site-choices [data-choice={choice}]") for choice in ("accept", "reject")
    )
    one, other = accept.bounding_box(), reject.bounding_box()
    assert abs(one["width"] - other["width"]) <= 2
    assert abs(one["height"] - other["height"]) <= 2
    assert min(one["height"], one["width"]) >= 44
    assert accept.evaluate(STYLE) == reject.evaluate(STYLE)


@pytest.mark.parametrize("size", [{"width": 1280, "height": 800}, {"width": 360, "height": 640}])
def test_the_keyboard_never_lands_behind_the_bar(live_site, new_page, size):
    page = new_page()
    page.set_viewport_size(size)
    page.goto(live_site.url + "/en/")
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        page.wait_for_timeout(20)
        assert not page.evaluate(COVERED), page.evaluate("document.activeElement.outerHTML")
        seen.add(page.evaluate("document.activeElement.outerHTML"))
    assert any('data-choice="withdraw"' in html for html in seen)


def test_the_keyboard_moves_into_the_bar_without_moving_the_page(live_site, new_page):
    page = new_page()
    page.goto(live_site.url + "/en/")
    for _ in range(6):
        page.keyboard.press("Tab")
        page.wait_for_timeout(20)
        assert page.evaluate("scrollY") == 0
    assert page.evaluate("document.activeElement.closest('header') !== null")


@pytest.mark.parametrize("size", [{"width": 320, "height": 256}, {"width": 740, "height": 360}])
def test_in_a_low_window_the_bar_stands_at_the_head_where_the_keyboard_meets_it(live_site, new_page, size):
    page = new_page()
    page.set_viewport_size(size)
    page.goto(live_site.url + "/en/")
    bar = page.locator("#site-choices")
    assert bar.evaluate("e => getComputedStyle(e).position") == "static"
    assert bar.bounding_box()["y"] == 0
    assert bar.evaluate(EDGES) == ["0px", "1px"]
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.choice") == "reject"
    assert page.evaluate("scrollY") == 0


@pytest.mark.parametrize("language", ["fi", "en"])
def test_without_a_script_the_page_says_that_it_was_saved_and_stays_at_its_head(
    live_site, new_page, language
):
    page = new_page(language=language, javascript=False)
    page.goto(f"{live_site.url}/{language}/")
    page.click("#site-choices [data-choice=reject]")
    page.wait_for_url("**/#saved")
    line = page.locator("#saved")
    assert line.is_visible()
    assert line.inner_text().startswith(
        {"fi": "Vastauksesi on tallennettu", "en": "Your choice is saved"}[language]
    )
    box = line.bounding_box()
    assert box["y"] + box["height"] <= page.viewport_size["height"]
    assert page.locator("h1").bounding_box()["y"] < box["y"]


def test_no_link_can_claim_that_something_was_saved(live_site, new_page):
    page = new_page(javascript=False)
    page.goto(live_site.url + "/en/#saved")
    assert page.locator("#site-choices").is_visible()
    assert not page.locator("#saved").is_visible()


def test_escape_scrolling_and_waiting_decide_nothing(live_site, new_page):
    page = new_page()
    page.goto(live_site.url + "/en/")
    page.keyboard.press("Escape")
    page.mouse.wheel(0, 2000)
    page.wait_for_timeout(300)
    assert page.locator("#site-choices").is_visible()
    assert page.context.cookies() == []


def test_a_line_parts_the_bar_from_the_page_above_it(live_site, new_page):
    page = new_page()
    page.goto(live_site.url + "/en/")
    assert page.locator("#site-choices").evaluate(EDGES) == ["1px", "0px"]


@pytest.mark.parametrize("choice", ["accept", "reject"])
def test_an_answer_is_announced_in_place_and_holds_on_the_next_page(live_site, new_page, choice):
    page = new_page()
    page.goto(live_site.url + "/en/company")
    page.evaluate("window.same = true")
    page.click(f"#site-choices [data-choice={choice}]")
    page.wait_for_selector("#site-choices", state="detached")
    assert page.evaluate("window.same")
    assert page.locator("[role=status]").inner_text().startswith("Saved")
    assert page.evaluate("document.activeElement.id") == "content"
    page.goto(live_site.url + "/en/")
    assert page.locator("#site-choices").count() == 0


@pytest.mark.parametrize("javascript", [True, False])
def test_chosen_boxes_are_saved_and_taken_back_with_one_button(live_site, new_page, javascript):
    page = new_page(javascript=javascript)
    page.goto(live_site.url + "/en/")
    page.click("#site-choices summary")
    page.check("#site-choices [name=category][value=analytics]")
    page.click("#site-choices [data-choice=save]")
    page.wait_for_selector("#site-choices", state="detached")
    assert "c=analytics" in decided(page)
    page.click("[data-choice=withdraw]")
    page.wait_for_selector("text=Nothing optional" if javascript else "h1:has-text('choices')")
    assert "c=;" in decided(page)


def decided(page):
    return next(unquote(cookie["value"]) for cookie in page.context.cookies() if cookie["name"] == "choices")


def test_the_choices_open_from_the_footer(live_site, new_page):
    page = new_page()
    page.goto(live_site.url + "/en/")
    page.click("[data-open=choices]")
    assert page.locator("#site-choices [name=category]").first.is_visible()
    page.click("#site-choices [data-choice=reject]")
    page.wait_for_selector("#site-choices", state="detached")
    page.click("[data-open=choices]")
    page.wait_for_url("**/en/choices")


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize(
    "size", [(320, 568), (360, 640), (360, 800), (768, 1024), (1280, 800), (1280, 600), (360, 480)]
)
def test_the_opened_bar_keeps_every_button_in_sight(live_site, new_page, language, size):
    width, height = size
    page = new_page(language=language)
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{live_site.url}/{language}/")
    page.click("#site-choices summary")
    buttons = page.locator("#site-choices button")
    assert buttons.count() == 3

    def tops():
        boxes = [button.bounding_box() for button in buttons.all()]
        assert all(box["y"] >= 0 and box["y"] + box["height"] <= height for box in boxes), boxes
        return [box["y"] for box in boxes]

    before = tops()
    # Its last box is reached without any of them leaving.
    last = page.locator("#site-choices [name=category]").last
    last.check()
    assert tops() == before
    box = last.bounding_box()
    assert box["y"] + box["height"] <= before[2]
