"""Whatever people, imports and staff do in whatever order, the ledger says what was decided last."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clevenio.consent import ledger, verification
from clevenio.consent.ledger import Basis, Channel, State
from tests.consent.acts import act
from tests.support.factories import NOW

PURPOSES = ("newsletter", "surveys", "ad_audiences:google", "analytics")
OWN = ((Channel.ACCOUNT, Basis.CONSENT), (Channel.ONE_CLICK, Basis.CONSENT), (Channel.BANNER, Basis.CONSENT))
OTHERS = ((Channel.IMPORT, Basis.CONSENT), (Channel.STAFF, Basis.CUSTOMER), (Channel.IMPORT, Basis.ROLE))
SUBJECTS = [UUID(int=number) for number in range(1, 4)]

steps = st.lists(
    st.tuples(
        st.sampled_from(SUBJECTS),
        st.sampled_from(OWN + OTHERS),
        st.dictionaries(st.sampled_from(PURPOSES), st.sampled_from(State), min_size=1, max_size=3),
    ),
    max_size=25,
)


def spoken(model, subject, purpose):
    """The subject has said something by itself, or somebody has said no."""
    state, basis = model.get((subject, purpose), (None, None))
    return state is not None and (state is not State.GRANTED or basis is Basis.CONSENT)


# The database is emptied by a rollback after each example, so one fixture serves them all.
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=steps)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_permits_is_the_latest_decision_and_the_ledger_stays_whole(database, history):
    model = {}
    with database.session() as session:
        for hour, (subject, (channel, basis), states) in enumerate(history):
            act(session, subject, channel=channel, basis=basis, now=NOW + timedelta(hours=hour), **states)
            for purpose, state in states.items():
                is_own = (channel, basis) in OWN
                if state is not State.GRANTED or is_own or not spoken(model, subject, purpose):
                    model[subject, purpose] = (state, basis)
        for subject in SUBJECTS:
            for purpose in PURPOSES:
                state, basis = model.get((subject, purpose), (None, None))
                permit = ledger.permits(session, subject, purpose)
                assert (permit.allowed, permit.basis) == (state is State.GRANTED, basis)
        for purpose in PURPOSES:
            expected = {s for s in SUBJECTS if model.get((s, purpose), (None,))[0] is State.GRANTED}
            assert set(session.scalars(ledger.permitted(purpose))) == expected
        assert list(verification.verify(session, Path("/nowhere"), ["key"])) == []
        session.rollback()
