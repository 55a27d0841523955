"""Every page in each state of consent: nothing undeclared, nothing not agreed to, nothing that outlives its promise."""

import pytest

from audits.consent.__main__ import in_force
from audits.consent.crawl import walk
from audits.consent.judge import never_seen
from audits.consent.pages import pages
from audits.consent.plan import short
from tests.support.elsewhere import TAGS
from tests.support.server import serving

pytestmark = pytest.mark.browser


# One test, since each walk adds to what must have been seen at the end; `make audit-consent` is the long form.
def test_every_state_of_consent_shows_what_is_declared_and_nothing_else(tmp_path, wide_browser, elsewhere):
    with serving(tmp_path / "site", TAGS=TAGS) as site:
        registry = in_force(site)
        cases = list(short(registry, pages(site.environment)))
        walks = [walk(wide_browser, site, registry, case, elsewhere) for case in cases]
    findings = {done.case.name: done.findings for done in walks if done.findings}
    assert findings == {}
    assert never_seen(registry, set().union(*(done.seen for done in walks))) == []
    assert len({(c.state.name, c.language) for c in cases}) == 2 * len({c.state.name for c in cases}) >= 16
    assert sum(done.pages for done in walks) > 90
