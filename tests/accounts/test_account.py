"""The account's own page: details and choices, each saved by its own button and in force at once."""

import re
from html import unescape

import pytest

from clevenio.consent import ledger
from clevenio.consent.notices import account_notice
from clevenio.people import identifiers
from clevenio.people import operations as people
from clevenio.people.models import Person
from tests.support.application import form_token
from tests.support.factories import NOW, grant

EMAIL = "aino@example.com"
PROFILE = {
    "first_name": "Aino",
    "last_name": "Esimerkki-Virtanen",
    "company": "Uusi Oy",
    "website": "uusi.example.fi",
    "role": "other",
    "role_other": "Puutarhuri",
    "phone": "",
    "language": "fi",
}


@pytest.fixture
def person(other_session):
    """What another session sees of the person."""

    def find():
        with other_session() as session:
            return people.find(session, identifiers.address(EMAIL))

    return find


@pytest.fixture
def decided(other_session, person):
    """The state of each purpose the person ever decided about."""

    def find():
        with other_session() as session:
            return ledger.decisions_of(session, person().id)

    return find


def choose(client, *ticked, language="en", **more):
    page = client.get({"fi": "/fi/tili", "en": "/en/account"}[language])
    path = {"fi": "/fi/tili/valinnat", "en": "/en/account/choices"}[language]
    return client.post(path, data={"csrf_token": form_token(page), **dict.fromkeys(ticked, "yes"), **more})


def test_details_are_saved_and_shown(sign_in_account, person, clock):
    client = sign_in_account(phone="+358401234567")
    token = form_token(client.get("/en/account"))
    response = client.post("/en/account/profile", data={**PROFILE, "csrf_token": token})
    assert (response.status_code, response.location) == (303, "/fi/tili/tiedot")
    assert "Tietosi on tallennettu." in client.get(response.location).text
    now = person()
    assert (now.full_name, now.company, now.website, now.role, now.role_other, now.phone, now.language) == (
        "Aino Esimerkki-Virtanen",
        "Uusi Oy",
        "https://uusi.example.fi",
        "other",
        "Puutarhuri",
        None,
        "fi",
    )
    assert now.phone_suppression is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_name", ""),
        ("company", ""),
        ("website", "no domain"),
        ("role", "x"),
        ("phone", "12"),
        ("language", "sv"),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_bad_detail_is_named_and_nothing_is_saved(sign_in_account, person, field, value):
    client = sign_in_account()
    token = form_token(client.get("/en/account"))
    response = client.post("/en/account/profile", data={**PROFILE, "csrf_token": token, field: value})
    assert response.status_code == 422
    assert f'id="{field}-error"' in response.text
    kept = next(name for name in ("last_name", "company") if name != field)
    assert f'value="{PROFILE[kept]}"' in response.text
    assert person().company == "Esimerkki Oy"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_is_not_in_the_form_cannot_be_changed(sign_in_account, person):
    client = sign_in_account()
    token = form_token(client.get("/en/account"))
    before = person()
    more = {"email": "new@example.com", "source": "x", "id": "1", "restricted_at": "x"}
    client.post("/en/account/profile", data={**PROFILE, **more, "csrf_token": token})
    after = person()
    assert (after.id, after.email, after.source, after.restricted_at) == (
        before.id,
        EMAIL,
        before.source,
        None,
    )


@pytest.mark.parametrize("path", ["/en/account/profile", "/en/account/choices"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_post_without_its_token_is_refused(sign_in_account, person, decided, path):
    client = sign_in_account()
    assert client.post(path, data={**PROFILE, "newsletter": "yes"}).status_code == 400
    assert person().company == "Esimerkki Oy"
    assert decided() == {}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_page_of_choices_has_no_other_form_to_lose(sign_in_account):
    client = sign_in_account()
    forms = re.findall(r'<form method="post" action="([^"]+)"', client.get("/en/account").text)
    assert [form for form in forms if "/account" in form] == ["/en/account/choices"]
    details = client.get("/en/account/profile").text
    forms = re.findall(r'<form method="post" action="([^"]+)"', details)
    assert [form for form in forms if "/account" in form] == ["/en/account/profile"]
    assert 'name="first_name"' in details
    for path in ("address", "password"):
        page = client.get(f"/en/account/{path}").text
        forms = re.findall(r'<form method="post" action="([^"]+)"', page)
        assert [form for form in forms if "/account" in form] == [f"/en/account/{path}"]
        assert re.search(r'href="/en/account/security" aria-current="page"', page)
    page = client.get("/en/account/security").text
    assert not re.search(
        r'<(input|select|textarea)(?! type="hidden"| id="csrf|[^>]*type="hidden")',
        page.partition("<main")[2].partition("</main>")[0],
    )


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("path", "word"),
    [
        *(("/en/account", word) for word in ("choices", "profile", "kept")),
        ("/en/account/profile", "profile"),
        *(("/en/account/security", word) for word in ("password", "address", "address-stopped", "sessions")),
        ("/en/account/choices", "choices"),
        ("/en/login", "password"),
    ],
)
def test_no_link_makes_a_page_say_that_something_was_done(sign_in_account, client, path, word):
    visitor = client if path == "/en/login" else sign_in_account()
    page = visitor.get(f"{path}?saved={word}&said={word}&_flashes={word}", follow_redirects=True)
    assert page.status_code == 200
    assert 'role="status"' not in page.text.partition("<main")[2].partition("</main>")[0]


def test_a_withdrawal_is_in_force_at_once_for_mail_and_audiences(
    sign_in_account, decided, person, other_session, clock
):
    client = sign_in_account()
    choose(client, "newsletter", "ad_audiences")
    assert decided()["ad_audiences:meta"] is decided()["newsletter"] is ledger.State.GRANTED
    response = choose(client)
    assert (response.status_code, response.location) == (303, "/en/account")
    assert "They are in force now." in client.get(response.location).text
    for purpose in ("newsletter", *people.ad_audiences()):
        assert decided()[purpose] is ledger.State.WITHDRAWN
    with other_session() as session:
        assert person().id not in session.scalars(ledger.permitted("ad_audiences:meta")).all()
        assert not ledger.permits(session, person().id, "newsletter")


def test_a_choice_is_kept_with_its_words_and_its_door(sign_in_account, person, other_session, clock):
    choose(sign_in_account(), "mail_opens", language="fi")
    with other_session() as session:
        decision = ledger.permits(session, person().id, "mail_opens").decision
        words = ledger.wordings(session, [decision.notice])[decision.notice]
    assert (decision.channel, decision.language, decision.at) == (ledger.Channel.ACCOUNT, "fi", NOW)
    assert words == account_notice("fi")


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_box_that_nobody_touched_says_nothing(sign_in_account, decided):
    client = sign_in_account()
    choose(client, "newsletter")
    assert decided() == {"newsletter": ledger.State.GRANTED}
    choose(client)
    assert decided() == {"newsletter": ledger.State.WITHDRAWN}


def test_a_page_left_open_takes_back_nothing_that_was_decided_since(sign_in_account, decided):
    client = sign_in_account()
    choose(client, "newsletter", "surveys")
    older = {"stood": ["", "newsletter", "surveys"]}
    choose(client, "surveys", "trials")
    # The older page, where the person now ticks one box more.
    choose(client, "newsletter", "surveys", "product_news", **older)
    assert decided()["newsletter"] == "withdrawn"
    assert {p for p in ("surveys", "trials", "product_news") if decided()[p] == "granted"} == {
        "surveys",
        "trials",
        "product_news",
    }
    choose(client, "newsletter", "product_news", **older)
    assert decided()["surveys"] == "withdrawn"
    assert decided()["trials"] == "granted"


def test_the_page_says_how_its_boxes_stand(sign_in_account):
    client = sign_in_account()
    choose(client, "newsletter", "surveys")
    page = client.get("/en/account").text
    assert re.findall(r'name="stood" value="(\w*)"', page) == ["", "newsletter", "surveys"]


def test_saving_what_stands_adds_nothing_to_the_history(sign_in_account, person, other_session):
    client = sign_in_account()
    for _ in range(3):
        choose(client, "newsletter", "ad_audiences")
    with other_session() as session:
        purposes = [row.purpose for row in ledger.history(session, person().id)]
    assert len(purposes) == len(set(purposes))


@pytest.fixture
def allows_meta_alone(sign_in_account, database, person):
    """A browser of somebody who allowed one platform of those that the box names."""
    client = sign_in_account()
    with database.session() as session:
        grant(session, session.get(Person, person().id), "ad_audiences:meta")
        session.commit()
    return client


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/en/account", "so far you allow only Meta (Facebook, Instagram)"),
        ("/fi/tili", "olet tähän asti sallinut vain nämä: Meta (Facebook, Instagram)"),
    ],
)
def test_a_box_is_ticked_only_where_all_that_it_names_is_allowed(allows_meta_alone, path, said):
    text = allows_meta_alone.get(path).text
    assert 'id="box-ad_audiences" value="yes">' in text
    assert said in text
    choose(allows_meta_alone, "ad_audiences")
    text = allows_meta_alone.get(path).text
    assert 'id="box-ad_audiences" value="yes" checked>' in text
    assert said not in text


def test_ticking_it_allows_all_that_it_names_and_leaving_it_ends_the_rest(allows_meta_alone, decided):
    choose(allows_meta_alone, "newsletter")
    assert decided()["ad_audiences:meta"] is ledger.State.WITHDRAWN
    choose(allows_meta_alone, "ad_audiences")
    assert {decided()[each] for each in people.ad_audiences()} == {ledger.State.GRANTED}


def test_a_box_ticked_beside_older_words_allows_nothing(sign_in_account, decided):
    """A page from before a platform was added: its box stood ticked, and named one platform less."""
    client = sign_in_account()
    token = form_token(client.get("/en/account"))
    form = {"csrf_token": token, "ad_audiences": "yes", "notice": "0" * 32}
    response = client.post("/en/account/choices", data=form)
    assert response.status_code == 422
    assert "has changed since you opened this page" in response.text
    assert f'name="notice" value="{account_notice("en").id}"' in response.text
    assert decided() == {}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_taking_everything_back_needs_no_particular_words(sign_in_account, decided):
    client = sign_in_account()
    choose(client, "newsletter")
    token = form_token(client.get("/en/account"))
    client.post("/en/account/choices", data={"csrf_token": token, "notice": "0" * 32})
    assert decided()["newsletter"] is ledger.State.WITHDRAWN


@pytest.mark.parametrize("backend", ["sqlite"])
def test_saved_details_are_the_persons_own_words(sign_in_account, database, person):
    client = sign_in_account()
    with database.session() as session:
        session.get(Person, person().id).source = "import"
        session.commit()
    token = form_token(client.get("/en/account"))
    client.post("/en/account/profile", data={**PROFILE, "csrf_token": token})
    assert person().source == "signup"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_page_shows_what_stands_and_how_it_came_about(sign_in_account, clock):
    client = sign_in_account(language="fi")
    choose(client, "newsletter", "ad_audiences", language="fi")
    clock.advance(hours=1)
    choose(client, "newsletter", language="fi")
    text = client.get("/fi/tili").text
    assert 'id="box-newsletter" value="yes" checked' in text
    assert 'id="box-ad_audiences" value="yes">' in text
    history = text.partition('class="history"')[2].partition("</details>")[0]
    newest, oldest = history.split("<li>")[1:]
    assert "</time> tilillä</p>" in newest
    assert "<strong>Peruttu</strong> Mainonnan kohderyhmät: Google Ads, Meta" in newest
    assert "<strong>Suostuttu</strong> Uutiskirje; Mainonnan kohderyhmät" in oldest


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_page_is_kept_in_no_cache_and_in_no_index(sign_in_account):
    response = sign_in_account().get("/en/account")
    assert response.headers["Cache-Control"] == "no-store"
    assert '<meta name="robots" content="noindex">' in response.text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_reloading_after_a_mistake_leads_back_to_the_page(sign_in_account):
    assert sign_in_account().get("/en/account/choices").location == "/en/account"


def save(client, **changed):
    token = form_token(client.get("/en/account"))
    return client.post("/en/account/profile", data={**PROFILE, **changed, "csrf_token": token})


def test_a_role_has_the_date_on_which_the_person_said_so(sign_in_account, person, clock):
    client = sign_in_account()
    assert person().role_said_at is None
    save(client)
    assert person().role_said_at == NOW
    assert "You told us this role on 1\u00a0June 2026." in client.get("/en/account/profile").text
    clock.advance(hours=5)
    save(client, last_name="Virtanen")
    assert person().role_said_at == NOW
    for changed in ({"role": "sales"}, {"role": "sales", "company": "Toinen Oy"}):
        clock.advance(hours=5)
        save(client, **changed)
        assert person().role_said_at == clock.now


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_detail_refused_renews_no_date(sign_in_account, person, clock):
    client = sign_in_account()
    save(client)
    clock.advance(hours=5)
    save(client, role="owner", company="")
    assert person().role_said_at == NOW


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_older_page_writes_only_what_was_changed_on_it(sign_in_account, person, clock):
    client = sign_in_account(phone="+358401234567")
    pages = [hidden_and_typed(client.get("/en/account/profile").text) for _ in range(2)]
    assert client.post("/en/account/profile", data={**pages[0], "company": "Uusi Oy"}).status_code == 303
    assert client.post("/en/account/profile", data={**pages[1], "phone": ""}).status_code == 303
    assert (person().company, person().phone) == ("Uusi Oy", None)
    back = {**pages[1], "company": "Kolmas Oy"}
    assert client.post("/en/account/profile", data=back).status_code == 303
    assert (person().company, person().phone) == ("Kolmas Oy", None)


@pytest.mark.parametrize("stood", ["", "{", "[]", "1", '{"company": 1, "x": "y", "csrf_token": ""}'])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_page_that_does_not_say_what_stood_on_it_writes_everything(sign_in_account, person, clock, stood):
    client = sign_in_account()
    token = form_token(client.get("/en/account"))
    form = {**PROFILE, "csrf_token": token, "stood": stood}
    assert client.post("/en/account/profile", data=form).status_code == 303
    assert (person().company, person().last_name) == ("Uusi Oy", "Esimerkki-Virtanen")


def hidden_and_typed(page):
    """The fields of the form of details, as a browser would post them untouched."""
    form = re.search(r'<form[^>]*action="/en/account/profile".*?</form>', page, re.DOTALL).group()
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = (re.search(rf'\b{key}="([^"]*)"', tag) for key in ("name", "value"))
        fields[name[1]] = unescape(value[1]) if value else ""
    for name, inside in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        fields[name] = re.search(r'<option[^>]*selected[^>]*value="([^"]*)"', inside)[1]
    return fields
