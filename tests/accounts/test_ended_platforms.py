"""A platform that may receive nothing today: no box names it, no tick gives it anything, and it can be taken back."""

from datetime import timedelta

import pytest

from clevenio.consent import ledger
from clevenio.consent.notices import account_notice
from clevenio.people import operations as people
from tests.accounts.test_account import choose, decided, person
from tests.support.application import form_token
from tests.support.factories import NOW

__all__ = ["decided", "person"]
YESTERDAY = NOW.date() - timedelta(days=1)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("ended", [{"until": YESTERDAY}, {"safeguard_until": YESTERDAY}], ids=str)
def test_no_box_names_a_platform_that_may_receive_nothing_today(sign_in_account, decided, declared, ended):
    client = sign_in_account()
    choose(client, "ad_audiences")
    assert decided()["ad_audiences:meta"] is ledger.State.GRANTED
    before = form_token(client.get("/en/account"))
    old = account_notice("en").id
    declared("meta", ended)
    page = client.get("/en/account").text
    assert "Google Ads, LinkedIn" in page
    assert "Meta (Facebook" not in page.partition("box-ad_audiences")[2].partition("</label>")[0]
    assert 'id="box-ad_audiences" value="yes" checked>' in page
    # A page from before names one platform more: its tick is asked for again.
    form = {"csrf_token": before, "ad_audiences": "yes", "surveys": "yes", "notice": old}
    assert client.post("/en/account/choices", data=form).status_code == 422
    # Whoever unticks it takes back what they gave the one that has ended, too; a new tick gives it nothing.
    choose(client)
    assert {decided()[each] for each in people.ad_audiences()} == {ledger.State.WITHDRAWN}
    choose(client, "ad_audiences")
    assert decided()["ad_audiences:google"] is ledger.State.GRANTED
    assert decided()["ad_audiences:meta"] is ledger.State.WITHDRAWN
