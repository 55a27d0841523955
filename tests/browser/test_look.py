"""How every public page stands up in a real browser: narrow, wide, light, dark, and to an accessibility engine."""

import pytest

from audits.engine import violations

pytestmark = [pytest.mark.browser]
PATHS = {
    "fi": "/fi/ /fi/palvelu /fi/yritys /fi/tietosuoja /fi/ehdot /fi/evasteet /fi/kumppanit /fi/oikeudet "
    "/fi/julkiset-roolit /fi/kasittelysopimus /fi/ehdot/versiot /fi/saavutettavuus /fi/yhteys /fi/valinnat /fi/ei-ole",
    "en": "/en/ /en/product /en/company /en/privacy /en/terms /en/cookies /en/vendors /en/rights "
    "/en/public-roles /en/data-processing /en/terms/versions /en/accessibility /en/contact /en/choices /en/nothing-here",
}
WIDTHS = (320, 360, 768, 1280)
# Body text, leads and labels reach AAA; links and small print on sheets need AA, which axe checks.
CONTRAST = """() => [...document.querySelectorAll('main p, main li, main td, main h1, main h2')].map(e => {
  const rgb = text => text.match(/[\\d.]+/g).slice(0, 3).map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
  const light = text => { const [r, g, b] = rgb(text); return .2126 * r + .7152 * g + .0722 * b }
  const [a, b] = [light(getComputedStyle(e).color), light(getComputedStyle(document.body).backgroundColor)].sort((x, y) => y - x)
  return (a + .05) / (b + .05)
})"""


@pytest.mark.parametrize("language", ["fi", "en"])
def test_no_page_is_wider_than_the_window(live_site, new_page, shot, language):
    page = new_page(language=language, width=WIDTHS[0])
    for path in PATHS[language].split():
        page.goto(live_site.url + path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
            shot(page, f"{path.strip('/').replace('/', '-')}-{width}")


@pytest.mark.parametrize(("language", "scheme"), [("fi", "light"), ("en", "dark")])
def test_an_accessibility_engine_finds_nothing(live_site, new_page, language, scheme):
    page = new_page(language=language, color_scheme=scheme, bypass_csp=True)
    for path in PATHS[language].split():
        page.goto(live_site.url + path)
        assert list(violations(page)) == [], path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_body_text_has_enhanced_contrast(live_site, new_page, scheme):
    page = new_page(color_scheme=scheme)
    for path in ("/en/", "/en/privacy", "/en/cookies"):
        page.goto(live_site.url + path)
        ratios = page.evaluate(CONTRAST)
        assert len(ratios) > 10
        assert min(ratios) >= 7, path


def test_nothing_moves_while_a_page_loads(live_site, new_page):
    page = new_page(width=360)
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver(list => list.getEntries().forEach(e => window.moved += e.value))"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    for path in ("/fi/", "/fi/tietosuoja"):
        page.goto(live_site.url + path)
        page.wait_for_function("document.fonts.status === 'loaded'")
        page.wait_for_timeout(300)
        assert page.evaluate("window.moved") == 0, path


def test_the_page_prints_without_its_furniture(live_site, new_page):
    page = new_page()
    page.goto(live_site.url + "/en/privacy")
    page.emulate_media(media="print")
    assert page.locator("main h1").is_visible()
    for hidden in ("#site-choices", ".masthead nav", ".colophon"):
        assert not page.locator(hidden).is_visible(), hidden


def test_nothing_moves_for_whoever_asked_for_less_motion(live_site, new_page):
    page = new_page(reduced_motion="reduce")
    page.goto(live_site.url + "/en/")
    assert page.evaluate("document.getAnimations().length") == 0
