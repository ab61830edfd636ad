"""People, teams and the time people spend in them."""

from datetime import date, timedelta

import pytest

from salesboard.domain import people
from salesboard.errors import NotFound, Refused
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Person
from tests.conftest import on_sqlite_alone
from tests.stories import NOW, TODAY, add_person, add_team, faults

DAY = timedelta(days=1)


def handles() -> list[str]:
    return [person.handle for person in people.roster(TODAY)]


def test_the_owner_is_an_admin_with_a_login(ada: Actor) -> None:
    (person,) = people.roster(TODAY)
    assert (person.name, person.handle, person.role, person.active, person.teams) == (
        "Ada Marsh",
        "ada",
        "admin",
        True,
        (),
    )
    assert people.whoever_is("ada") == ada == people.as_actor(ada.id or 0)


def test_handles_are_short_free_and_readable(ada: Actor) -> None:
    for name in ("Ada Miller", "Ada Milton", "Ada", "Élise du Pré", "李 雷", "…"):
        if name == "…":
            with pytest.raises(Refused):
                people.add_person(ada, "", now=NOW)
        people.add_person(ada, name, now=NOW)
    by_name = {person.name: person.handle for person in people.roster(TODAY)}
    assert by_name == {
        "Ada Marsh": "ada",
        "Ada Miller": "adam",
        "Ada Milton": "adami",
        "Ada": "ada2",
        "Élise du Pré": "élise",
        "李 雷": "李",
        "…": "somebody",
    }


def test_handles_for_many_are_those_they_would_get_one_by_one(ada: Actor) -> None:
    names = ["Ada Miller", "Mia Berg", "Mia Bell", "Mia", "Mia"]
    made = people.handles_for(names, {"ada"})
    assert made == ["adam", "mia", "miab", "mia2", "mia3"]
    for name, handle in zip(names[:4], made, strict=False):
        people.add_person(ada, name, now=NOW)
        assert handle in handles()


@on_sqlite_alone
@pytest.mark.parametrize("handle", ["", "-x", "a b", "a/b", "x" * 25, "@ada", "_"])
def test_a_handle_that_is_none_is_refused(ada: Actor, handle: str) -> None:
    person = people.add_person(ada, "Mia Berg", now=NOW)
    with pytest.raises(Refused):
        people.edit_person(ada, person, now=NOW, handle=handle)


def test_names_handles_and_logins_are_taken_once(ada: Actor) -> None:
    mia = people.add_person(ada, "Mia Berg", now=NOW, handle="mb", login="mia")
    for facts, told in (
        ({"name": "mia  berg"}, "Mia Berg has that name already"),
        ({"name": "Jon", "handle": "MB"}, "Mia Berg has that handle already"),
        ({"name": "Jon", "login": " mia "}, "Mia Berg has that login already"),
    ):
        with pytest.raises(Refused, match=told):
            people.add_person(ada, now=NOW, **facts)  # type: ignore[arg-type]
        with pytest.raises(Refused, match=told):
            people.edit_person(ada, ada.id or 0, now=NOW, **facts)  # type: ignore[arg-type]
    people.edit_person(ada, mia, now=NOW, name="Mia Berg", handle="mb", login="mia")
    with pytest.raises(Refused, match="'boss' is no role; the roles are rep, lead, manager, admin"):
        people.add_person(ada, "Jon", now=NOW, role="boss")
    with pytest.raises(NotFound):
        people.edit_person(ada, 999_999, now=NOW, name="x")
    assert not faults()


def test_a_login_can_be_taken_away(ada: Actor) -> None:
    people.add_person(ada, "Mia", now=NOW)
    people.edit_person(ada, ada.id or 0, now=NOW, login="")
    assert Person.get_by_id(ada.id).login is None


def test_there_is_always_an_active_admin(ada: Actor) -> None:
    for change in ({"role": "manager"}, {"active": False}):
        with pytest.raises(Refused, match="without an active admin"):
            people.edit_person(ada, ada.id or 0, now=NOW, **change)  # type: ignore[arg-type]
    mia = add_person("Mia Berg", "admin")
    people.edit_person(ada, ada.id or 0, now=NOW, role="rep")
    with pytest.raises(Refused, match="without an active admin"):
        people.edit_person(mia, mia.id or 0, now=NOW, role="rep")


# --- teams --------------------------------------------------------------------------------------------------


def test_teams_form_a_tree(ada: Actor) -> None:
    add_team("West")
    add_team("East")
    add_team("Vienna", under="West")
    add_team("Graz", under="West")
    add_team("Inner City", under="Vienna")
    assert [(team.name, team.depth) for team in people.tree()] == [
        ("East", 0),
        ("West", 0),
        ("Graz", 1),
        ("Vienna", 1),
        ("Inner City", 2),
    ]
    with pytest.raises(Refused, match="there is a team VIENNA here already"):
        add_team("VIENNA", under="West")
    add_team("Vienna", under="East")
    with pytest.raises(NotFound):
        people.add_team(ada, "x", now=NOW, parent=999_999)


def test_a_membership_holds_from_its_first_day_until_before_its_last(ada: Actor) -> None:
    west = add_team("West")
    mia = add_person("Mia Berg", team="West", since=date(2026, 1, 1)).id or 0
    people.leave_team(ada, mia, west, now=NOW, until_on=date(2026, 7, 1))
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1)]
    assert [mia in people.members(west, day) for day in days] == [False, True, True, False]
    assert [people.roster(day)[1].teams for day in days] == [(), ("West",), ("West",), ()]


def test_members_include_those_of_the_teams_beneath(ada: Actor) -> None:
    west, vienna, east = add_team("West"), add_team("Vienna", under="West"), add_team("East")
    mia, jon = add_person("Mia", team="West").id, add_person("Jon", team="Vienna").id
    assert people.members(west, TODAY) == {mia, jon}
    assert people.members(vienna, TODAY) == {jon}
    assert people.members(east, TODAY) == set()


def test_nobody_is_in_a_team_twice_at_one_time(ada: Actor) -> None:
    west = add_team("West")
    mia = add_person("Mia Berg", team="West", since=date(2026, 1, 1)).id or 0
    with pytest.raises(Refused, match="Mia Berg is in West at that time already"):
        people.join_team(ada, mia, west, now=NOW, from_on=TODAY)
    with pytest.raises(Refused, match="began on 2026-01-01"):
        people.leave_team(ada, mia, west, now=NOW, until_on=date(2026, 1, 1))
    people.leave_team(ada, mia, west, now=NOW, until_on=TODAY)
    with pytest.raises(NotFound, match="not in that team"):
        people.leave_team(ada, mia, west, now=NOW, until_on=TODAY)
    with pytest.raises(Refused, match="already"):
        people.join_team(ada, mia, west, now=NOW, from_on=TODAY - DAY)
    people.join_team(ada, mia, west, now=NOW, from_on=TODAY)
    assert people.roster(TODAY)[1].teams == ("West",)
    for person, team in ((999_999, west), (mia, 999_999)):
        with pytest.raises(NotFound):
            people.join_team(ada, person, team, now=NOW)


# --- finding ------------------------------------------------------------------------------------------------


def test_people_are_found_by_handle_name_id_or_a_unique_beginning(ada: Actor) -> None:
    mia, max_ = add_person("Mia Berg").id, add_person("Max Berger").id
    for said in ("mia", "MIA", "Mia Berg", "mia berg", str(mia), "Mi"):
        assert people.find_person(said) == mia, said
    assert people.find_person("berger") == max_
    with pytest.raises(NotFound, match="could be Mia Berg, Max Berger; say more"):
        people.find_person("m")
    for said in ("", "nobody", "999999"):
        with pytest.raises(NotFound, match="there is no person"):
            people.find_person(said)


def test_teams_are_found_by_name_id_or_a_unique_beginning(ada: Actor) -> None:
    west, western = add_team("West"), add_team("Western Union")
    assert people.find_team("west") == west
    assert people.find_team(str(western)) == people.find_team("western") == western
    with pytest.raises(NotFound, match="West, Western Union; say more"):
        people.find_team("we")
    with pytest.raises(NotFound, match="no team"):
        people.find_team("")


# --- who acts -----------------------------------------------------------------------------------------------


def test_who_acts_is_whoever_has_the_login(ada: Actor) -> None:
    mia = people.add_person(ada, "Mia Berg", now=NOW, login="mberg")
    assert people.whoever_is("mberg").id == mia
    with pytest.raises(Refused, match="nobody on this board has the login 'root'"):
        people.whoever_is("root")


def test_on_a_board_of_one_that_one_acts(ada: Actor) -> None:
    assert people.whoever_is("root") == ada


def test_who_is_not_active_does_not_act(ada: Actor) -> None:
    mia = add_person("Mia Berg")
    people.edit_person(ada, mia.id or 0, now=NOW, active=False, login="mia")
    with pytest.raises(Refused, match="Mia Berg is not active"):
        people.as_actor(mia.id or 0)
    with pytest.raises(Refused, match="Mia Berg is not active"):
        people.whoever_is("mia")
    with pytest.raises(NotFound):
        people.as_actor(999_999)
