"""The whole public site by keyboard: WCAG 2.2, success criteria 2.1.1, 2.1.2, 2.4.1, 2.4.3, 2.4.7 and 2.4.11."""

import re
from urllib.request import urlopen

import pytest

pytestmark = [pytest.mark.browser]
# What the key has to reach, in the order of the document. A group of radio buttons is one stop.
REACHABLE = """() => {
  const groups = new Set()
  return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
    .filter(e => e.checkVisibility({ visibilityProperty: true }) && !e.disabled && !e.closest('[inert]'))
    .filter(e => e.type !== 'radio' || !groups.has(e.name) && groups.add(e.name))
    .map(e => { e.dataset.stop = ++window.stops || (window.stops = 1); return e.dataset.stop })
}"""
# Where the focus is: [number, name, what is wrong with how it is seen].
HERE = """() => {
  const e = document.activeElement
  if (!e || e === document.body) return null
  const style = getComputedStyle(e), box = e.getBoundingClientRect(), wrong = []
  const name = e.outerHTML.slice(0, 90)
  if (!e.matches(':focus-visible')) wrong.push('takes the focus unseen')
  if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) wrong.push('has no outline')
  if (box.width < 1 || box.height < 1 || style.clipPath !== 'none') wrong.push('is not drawn')
  if (box.top >= innerHeight || box.bottom <= 0 || box.left >= innerWidth || box.right <= 0) wrong.push('is out of sight')
  else {
    const [x, y] = [Math.max(0, box.left) + Math.min(box.width, 4) / 2, Math.min(innerHeight - 1, Math.max(0, box.top + Math.min(box.height, 8) / 2))]
    const top = document.elementFromPoint(x, y)
    if (top && !e.contains(top) && !top.contains(e) && ![...(e.labels ?? [])].some(l => l.contains(top))) wrong.push(`lies under ${top.outerHTML.slice(0, 60)}`)
  }
  return [e.dataset.stop ?? null, name, wrong]
}"""


def listed(site):
    with urlopen(f"{site.url}/sitemap.xml") as answer:
        found = re.findall(r"<loc>([^<]+)</loc>", answer.read().decode())
    assert len(found) > 30
    return [*found, *(f"{site.url}{path}" for path in ("/fi/kirjaudu", "/en/login", "/en/nothing-here"))]


def walk(page):
    """Every stop of the Tab key, until it leaves the page or comes round: (number, name, what is wrong there)."""
    seen = set()
    while True:
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        if here is None or here[0] in seen:
            return
        seen.add(here[0])
        yield here


def test_every_page_is_walked_through_by_keyboard(live_site, new_page):
    page = new_page()
    for address in listed(live_site):
        page.goto(address)
        wanted = page.evaluate(REACHABLE)
        stops = list(walk(page))
        wrong = [(name, each) for _number, name, each in stops if each]
        assert wrong == [], address
        numbers = [number for number, _name, _wrong in stops]
        assert numbers == wanted, address
        assert len(wanted) > 10, address
        assert 'class="skip"' in stops[0][1], address


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_first_stop_skips_to_the_content(live_site, new_page, language):
    page = new_page(language=language)
    for address in listed(live_site):
        if f"/{language}/" not in address:
            continue
        page.goto(address)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content", address
        page.keyboard.press("Tab")
        assert page.evaluate("!!document.activeElement.closest('main, footer')"), address


@pytest.mark.parametrize(
    "spoilt",
    [
        "const s = document.head.appendChild(document.createElement('style')); s.textContent = '* { outline: none !important }'",
        "document.querySelectorAll('a')[5].addEventListener('keydown', e => e.key === 'Tab' && e.preventDefault())",
        "document.querySelectorAll('a')[5].tabIndex = 1",
        "document.querySelectorAll('a')[5].tabIndex = -1",
        "document.querySelector('main p').tabIndex = 0",
    ],
    ids=["unseen", "trap", "first", "left out", "too many"],
)
def test_a_page_that_is_spoilt_is_found(live_site, new_page, spoilt):
    page = new_page(bypass_csp=True)
    page.goto(f"{live_site.url}/en/")
    wanted = page.evaluate(REACHABLE)
    page.evaluate(spoilt)
    stops = list(walk(page))
    assert [number for number, _name, _wrong in stops] != wanted or any(wrong for _, _, wrong in stops)
