"""A withdrawal in Chromium empties every kind of storage, by the page's script and without it."""

from threading import Thread

import pytest
from werkzeug.serving import make_server

from tests.consent.conftest import COOKIE

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("backend", ["sqlite"])]

KINDS = ("local_storage", "session_storage", "indexed_db", "cache_storage", "service_worker")
# Any script of our own will do as a worker: what counts is that it is registered.
WORKER = "/static/js/chosen.js"
STORE = """async (worker) => {
    localStorage.setItem("visits-7", "1");
    sessionStorage.setItem("visits-7", "1");
    localStorage.setItem("kept", "1");
    await new Promise((done) => (indexedDB.open("visits-7").onsuccess = (event) => {
        event.target.result.close();
        done();
    }));
    await caches.open("visits-7");
    await navigator.serviceWorker.register(worker, { type: "module" });
}"""
STORED = """async () => ({
    local_storage: Object.keys(localStorage).filter((key) => key !== "kept"),
    session_storage: Object.keys(sessionStorage),
    indexed_db: (await indexedDB.databases()).map(({ name }) => name),
    cache_storage: await caches.keys(),
    service_worker: (await navigator.serviceWorker.getRegistrations()).length,
    kept: localStorage.getItem("kept"),
})"""
NOTHING = {**{kind: [] for kind in KINDS[:4]}, "service_worker": 0}


def entry(name, kind, category="analytics"):
    text = COOKIE.format(name=name, category=category, provider="clevenio")
    return text.replace('kind = "cookie"', f'kind = "{kind}"')


@pytest.fixture
def declared(extend):
    """Everything that can be stored, and one entry of another category."""
    names = {kind: WORKER if kind == "service_worker" else "visits-*" for kind in KINDS}
    # One name stands in the registry once, so each kind has a pattern of its own that means the same.
    patterns = {
        kind: name.replace("-", "-" + "*" * place) for place, (kind, name) in enumerate(names.items())
    }
    return extend(cookies="".join(entry(name, kind) for kind, name in patterns.items()))


@pytest.fixture
def address(declared, app):
    """The application of this test on a port of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def stored(page):
    found = page.evaluate(STORED)
    return {kind: found[kind] for kind in KINDS}, found["kept"]


def test_the_script_forgets_what_is_declared_and_leaves_the_rest(extend, address, new_page):
    # Something may stay, so the server does not sweep, and the script has to tell one from the other.
    extend(cookies=entry("kept", "local_storage", "preferences"))
    page = new_page()
    page.goto(address + "/en/choices")
    page.check("form.choices [value=preferences]")
    with page.expect_navigation():
        page.locator("form.choices [data-choice=save]").click()
    page.evaluate(STORE, WORKER)
    page.goto(address + "/en/product")
    for _ in range(100):
        if stored(page)[0] == NOTHING:
            break
        page.wait_for_timeout(50)
    assert stored(page) == (NOTHING, "1")


def test_without_javascript_the_answer_itself_empties_the_storage(address, new_page):
    page = new_page()
    page.goto(address + "/en/product")
    page.locator("#site-choices [data-choice=accept]").click()
    page.locator("#announcement:not(.unseen)").wait_for()
    page.evaluate(STORE, WORKER)
    assert stored(page)[0] != NOTHING
    withdraw(page)
    page.goto(address + "/en/company")
    assert stored(page) == (NOTHING, None)


def test_a_cookie_of_one_part_of_the_site_goes_from_wherever_the_choice_is_taken_back(
    extend, address, new_page
):
    """Chromium sends such a cookie to that part alone, so neither server nor script can see it elsewhere."""
    shop = COOKIE.format(name="basket", category="analytics", provider="clevenio") + 'path = "/en/product"\n'
    extend(cookies=shop)
    page = new_page()
    page.goto(address + "/en/company")
    page.locator("#site-choices [data-choice=accept]").click()
    page.locator("#announcement:not(.unseen)").wait_for()
    keep = "document.cookie = 'basket=1; path=/en/product; max-age=999'"
    for how in (withdraw, withdraw_by_script):
        page.goto(address + "/en/choices")
        page.locator("form.choices [data-choice=accept]").click()
        page.wait_for_load_state()
        page.goto(address + "/en/company")
        page.evaluate(keep)
        assert "basket" in {cookie["name"] for cookie in page.context.cookies()}
        how(page)
        assert "basket" not in {cookie["name"] for cookie in page.context.cookies()}, how.__name__
    # A script that still ran may set it again: the next page deletes it, unseen.
    page.evaluate(keep)
    page.goto(address + "/en/company")
    for _ in range(100):
        if "basket" not in {cookie["name"] for cookie in page.context.cookies()}:
            break
        page.wait_for_timeout(50)
    assert "basket" not in {cookie["name"] for cookie in page.context.cookies()}


def withdraw_by_script(page):
    page.locator("[data-choice=withdraw]").click()
    page.locator("#announcement:not(.unseen)").wait_for()


def withdraw(page):
    """By the form alone, as a browser without scripts does."""
    with page.expect_navigation():
        page.locator("form:has(> [data-choice=withdraw])").evaluate(
            """form => {
                const field = document.createElement("input");
                Object.assign(field, { type: "hidden", name: "decision", value: "reject" });
                form.append(field);
                form.submit();
            }"""
        )
