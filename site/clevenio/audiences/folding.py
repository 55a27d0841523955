"""And, or and not, where what holds of everybody or of nobody beforehand is never asked of anybody.

SQLAlchemy leaves such constants in the statement once they have been combined, and a database looks at each row for them.
"""

from sqlalchemy import ColumnElement, False_, True_, and_, false, not_, or_, true

Condition = ColumnElement[bool]


def every(*conditions: Condition) -> Condition:
    """All of these hold; of everybody where nothing is asked."""
    asked = [each for each in conditions if not isinstance(each, True_)]
    if any(isinstance(each, False_) for each in asked):
        return false()
    return and_(*asked) if asked else true()


def either(*conditions: Condition) -> Condition:
    """At least one of these holds; of nobody where nothing is asked."""
    asked = [each for each in conditions if not isinstance(each, False_)]
    if any(isinstance(each, True_) for each in asked):
        return true()
    return or_(*asked) if asked else false()


def negated(condition: Condition) -> Condition:
    """This does not hold."""
    if isinstance(condition, True_):
        return false()
    return true() if isinstance(condition, False_) else not_(condition)
