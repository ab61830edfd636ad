"""People and teams from the command line."""

from tests.cli.conftest import Salesboard


def test_a_person_joins_with_a_handle_a_role_and_a_team(either: Salesboard) -> None:
    either("teams", "add", "West")
    number = either("people", "add", "Mia Berg", "--role", "lead", "--login", "mberg", "--team", "West")
    mia = next(one for one in either.json("people", "list") if str(one["id"]) == number)
    assert (mia["handle"], mia["role"], mia["teams"], mia["active"]) == ("mia", "lead", ["West"], True)


def test_a_person_and_their_team_are_added_together_or_not_at_all(salesboard: Salesboard) -> None:
    assert "there is no team" in salesboard.refused("people", "add", "Mia Berg", "--team", "West")
    assert len(salesboard.json("people", "list")) == 1


def test_a_person_is_changed_by_handle_or_name(salesboard: Salesboard) -> None:
    salesboard("people", "add", "Mia Berg")
    salesboard("people", "edit", "mia", "--role", "manager", "--handle", "mb")
    salesboard("people", "edit", "Mia Berg", "--not-active")
    assert "mb" in salesboard("people", "list") and "not active" in salesboard("people", "list")


def test_the_last_admin_stays(salesboard: Salesboard) -> None:
    assert "without an active admin" in salesboard.refused("people", "edit", "ada marsh", "--role", "rep")


def test_an_unknown_role_is_wrong_usage(salesboard: Salesboard) -> None:
    assert "boss" in salesboard.refused("people", "add", "Mia", "--role", "boss", code=2)


def test_teams_form_a_tree_with_people_over_time(either: Salesboard) -> None:
    either("teams", "add", "Sales")
    either("teams", "add", "West", "--under", "Sales")
    either("people", "add", "Mia Berg")
    either("teams", "join", "mia", "west", "--from", "2026-01-01")
    sales, west = either.json("teams", "list")
    assert (sales["name"], west["name"], west["parent"]) == ("Sales", "West", sales["id"])
    assert sales["members"] == west["members"] != []
    assert either("teams", "list").splitlines() == [
        "team    people  its own",
        "Sales        1",
        "  West       1  mia",
    ]
    either("teams", "leave", "mia", "west", "--on", "yesterday")
    assert [team["members"] for team in either.json("teams", "list")] == [[], []]
    assert either.json("people", "list")[1]["teams"] == []
