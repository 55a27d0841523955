import http.client

import pytest


def status(site, path):
    connection = http.client.HTTPConnection("localhost", site.port, timeout=5)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def test_the_real_program_serves_on_each_database(start_site, database_url):
    site = start_site(DATABASE_URL=database_url)
    assert status(site, "/livez") == 200
    assert status(site, "/en/no-such-page") == 404


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_an_ended_site_leaves_no_process_and_can_start_again(live_site, end):
    getattr(live_site, end)()
    with pytest.raises(ConnectionRefusedError):
        status(live_site, "/livez")
    live_site.start()
    assert status(live_site, "/livez") == 200


def test_commands_run_beside_the_site(live_site):
    assert "The schema is current" in live_site.run("db", "upgrade").stdout


def test_a_site_that_cannot_start_says_why(start_site):
    with pytest.raises(AssertionError, match="CLEVENIO_SMTP_URL"):
        start_site(SMTP_URL="nonsense")
