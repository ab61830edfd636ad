"""After a milestone: what worked, what did not, what is next."""

import pytest

from salesboard.domain.assessments import assess, of_goal
from salesboard.domain.goals import find_goal
from salesboard.errors import NotAllowed, Refused
from salesboard.storage.database import Database
from tests import quarter, stories
from tests.quarter import FEBRUARY_ENDS, JANUARY_ENDS, at, sell, standing_of


def test_a_milestone_is_assessed_once_it_is_settled(database: Database) -> None:
    ada = quarter.set_up()
    goal = quarter.add_quarter()
    first, second, _ = (one.id for one in find_goal(goal).versions[0].milestones)
    with pytest.raises(Refused, match="Milestone 1 is still open"):
        assess(ada, first, now=at(JANUARY_ENDS), worked="calls")
    missed = FEBRUARY_ENDS
    with pytest.raises(Refused, match="say what worked"):
        assess(ada, first, now=at(missed), worked=" ")
    assess(ada, first, now=at(missed), worked="Calls on Monday", failed="Mailings", next="More calls")
    sell(missed, 300)
    assess(ada, second, now=at(missed), worked="The big one")
    assess(ada, first, now=at(missed), worked="Calls", next="Still more calls")
    found = of_goal(standing_of(goal, missed))
    one = found[first]
    assert (one.worked, one.failed, one.next, one.author) == ("Calls", None, "Still more calls", "Ada Marsh")
    assert list(found) == [first, second]
    mia = stories.add_person("Mia")
    with pytest.raises(NotAllowed, match="a rep may not assess milestone"):
        assess(mia, first, now=at(missed), worked="x")
    assert stories.faults() == []
