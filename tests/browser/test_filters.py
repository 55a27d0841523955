"""What a list is narrowed by can be read at every width: no choice is cut off, and nothing sticks out."""

import pytest

from tests.browser.steps import enter_as_staff

pytestmark = pytest.mark.browser

LISTS = ("/staff/audit", "/staff/inquiries", "/staff/signups", "/staff/members", "/staff/audiences/exports")
WIDTHS = (320, 360, 480, 768, 900, 1024, 1280, 1600)
# A field is as wide as its longest choice wants, or as wide as the screen has room for.
CUT = """() => [...document.querySelectorAll(".filters select, .filters input")].flatMap(field => {
  const free = field.cloneNode(true);
  field.closest("form").append(free);
  free.style.cssText = "inline-size: auto; position: absolute; visibility: hidden";
  const [has, wants] = [field, free].map(each => Math.round(each.getBoundingClientRect().width));
  free.remove();
  const room = Math.round(field.closest("form").getBoundingClientRect().width);
  return has >= Math.min(wants, room) && has <= room ? [] : [[field.name, has, wants, room]];
})"""

# A choice that is longer than the screen stands on as many lines as it takes: the box grows, and nothing is beside it.
HIDDEN = """() => [...document.querySelectorAll(".filters select")].flatMap(field => {
  const longest = [...field.options].reduce((one, two) => one.text.length > two.text.length ? one : two);
  field.value = longest.value;
  const style = getComputedStyle(field), words = document.createElement("div");
  words.textContent = longest.text;
  words.style.cssText = `position: absolute; visibility: hidden; font: ${style.font}; letter-spacing: ${style.letterSpacing}`;
  const px = name => parseFloat(style[name]);
  const room = field.clientWidth - px("paddingLeft") - px("paddingRight");
  words.style.inlineSize = `${room}px`;
  field.closest("form").append(words);
  const wants = words.offsetHeight, has = field.clientHeight - px("paddingTop") - px("paddingBottom");
  const tooWide = words.scrollWidth > Math.ceil(room);
  words.remove();
  return has + 1 >= wants && !tooWide ? [] : [[field.name, longest.text, has, wants]];
})"""


# The narrowest in Finnish, whose words are the longest, each time; every width and English where there is time.
@pytest.mark.parametrize(
    ("language", "widths"),
    [
        ("fi", WIDTHS[:1]),
        pytest.param("fi", WIDTHS, marks=pytest.mark.slow),
        pytest.param("en", WIDTHS, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("javascript", [True])
def test_no_choice_is_cut_off_at_any_width(page, live_site, language, widths):
    enter_as_staff(page, live_site, f"filters-{language}-{len(widths)}@example.com", "administrator")
    found = {}
    for path in LISTS:
        page.goto(live_site.url + path)
        assert page.locator(".filters select").count() > 0
        for width in widths:
            page.set_viewport_size({"width": width, "height": 800})
            if cut := page.evaluate(CUT):
                found[path, width] = cut
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
    assert found == {}


@pytest.mark.slow
@pytest.mark.parametrize("javascript", [True])
def test_the_longest_choice_can_be_read_whole_on_a_phone(page, live_site, language, shot):
    enter_as_staff(page, live_site, f"chosen-{language}@example.com", "administrator")
    for path in LISTS:
        page.goto(live_site.url + path)
        for width in (320, 360, 414):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(HIDDEN) == [], (path, width)
            shot(page, f"staff-chosen{path.replace('/', '-')}-{language}-{width}")
