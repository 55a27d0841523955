"""What is kept of a file once it was looked at."""

import pytest


@pytest.mark.parametrize("is_dry_run", [True, False])
def test_a_report_keeps_few_wordings_and_where_they_were_given_until_people_are_stored(
    bring, proved, is_dry_run
):
    rows = [{"email": f"a{n}@example.com", **proved("newsletter", wording=f"Words {n}")} for n in range(60)]
    kept = bring(*rows, is_dry_run=is_dry_run).kept()["wordings"]
    assert len(kept) == 50
    assert {each["source"] for each in kept} == {"trade fair form" if is_dry_run else ""}
