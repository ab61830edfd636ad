"""Who may do what: every writing function, for every role and everybody's deals, does as the table says."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from salesboard import domain, importing
from salesboard.domain import (
    access,
    accounts,
    assessments,
    company,
    contracts,
    goals,
    history,
    lint,
    notices,
    people,
    permissions,
    pipeline,
    products,
    profiles,
    quickadd,
    recognition,
    relations,
    reviews,
    rewards,
    seals,
)
from salesboard.domain.awards import categories, nominations, screening, seasons, suggestions
from salesboard.domain.clauses import Clause, ClauseRung
from salesboard.domain.gains import Scope
from salesboard.domain.permissions import ALL, NOTHING, OWN, ROLES, TEAM, WHO_MAY, may, reach, require, writes
from salesboard.errors import NotAllowed
from salesboard.storage import database as storage
from salesboard.storage import ledger, models
from salesboard.storage.database import Database, bound_to
from salesboard.storage.ledger import PROGRAM, Actor
from salesboard.storage.models import DOMAIN
from tests import stories
from tests.conftest import NewBoard
from tests.domain.test_access import key_line
from tests.stories import NOW, TODAY, add_deal, add_person, add_team, stage_id

DAY = timedelta(days=1)
ROOT = Path(__file__).parents[2] / "salesboard"

OWNERS = ("own", "same team", "team beneath", "team above", "other team", "was in the team", "no team")
IN_REACH = {NOTHING: set(), OWN: {"own"}, TEAM: {"own", "same team", "team beneath"}, ALL: set(OWNERS)}


# --- the real functions, for everybody ----------------------------------------------------------------------


@dataclass
class Office:
    """A board on which everybody has deals and acts; each role has somebody in the team West."""

    database: Database
    actors: dict[str, Actor]
    """Who acts, by role."""
    people: dict[tuple[str, str], Actor]
    """Whose deal it is, by role and by what they are to the one who acts."""
    open: dict[int | None, int]
    lost: dict[int | None, int]
    noted: dict[int | None, int]
    """Entries by which somebody noted something, by person."""
    goals: dict[int | None, int]
    """One of each person's revenue, its one milestone reached and rewarded."""
    won: dict[int | None, int]
    """The deals that reached them."""
    drafts: dict[int | None, int]
    widget: int
    west: int
    account: int
    contact: int
    company_goal: int
    """Published, to everybody."""

    def milestone(self, person: Actor) -> int:
        """The milestone of a person's goal."""
        return goals.find_goal(self.goals[person.id]).versions[0].milestones[0].id


def _office(database: Database) -> Office:
    ada = stories.set_up()
    for team, above in (("Austria", None), ("West", "Austria"), ("Vienna", "West"), ("East", None)):
        add_team(team, under=above)
    west = people.find_team("West")
    actors = {role: add_person(f"{role.capitalize()} Acting", role, team="West") for role in ROLES}
    others = {
        "same team": add_person("Same Team", team="West"),
        "team beneath": add_person("Team Beneath", team="Vienna"),
        "team above": add_person("Team Above", team="Austria"),
        "other team": add_person("Other Team", team="East"),
        "was in the team": add_person("Was There", team="West", since=TODAY - 9 * DAY),
        "no team": add_person("No Team"),
    }
    people.leave_team(ada, others["was in the team"].id or 0, west, now=NOW, until_on=TODAY)
    office = Office(database, actors, {}, {}, {}, {}, {}, {}, {}, 0, west, 0, 0, 0)
    for role, actor in actors.items():
        for owner in OWNERS:
            office.people[role, owner] = actor if owner == "own" else others[owner]
    for person in (*actors.values(), *others.values()):
        office.open[person.id] = add_deal(None, "1k", by=ada, owner=person.id, title=person.name)
        office.lost[person.id] = add_deal(None, "1k", by=ada, owner=person.id, title=person.name)
        pipeline.lose_deal(ada, office.lost[person.id], reason="price", now=NOW)
        pipeline.add_note(person, office.open[person.id], "Hello", now=NOW)
        office.noted[person.id] = ledger.end()[0]
        office.won[person.id] = add_deal(None, "1k", by=ada, owner=person.id, title=person.name)
        pipeline.win_deal(ada, office.won[person.id], now=NOW)
        wish = _wish(Scope(person=person.id))
        office.goals[person.id] = goals.add_goal(ada, wish, now=NOW)
        office.drafts[person.id] = goals.add_goal(ada, wish, now=NOW, draft=True)
    office.widget = stories.add_product("Widget", "1")
    office.account = stories.add_account("Northwind")
    office.contact = accounts.add_contact(ada, office.account, "Jon", now=NOW)
    office.company_goal = goals.add_goal(ada, _wish(Scope()), now=NOW)
    goals.publish_goal(ada, office.company_goal, "To grow", now=NOW)
    return office


def _wish(scope: Scope) -> goals.Wish:
    ladder = (goals.Step(1_000_00, None, reward_minor=50_00),)
    return goals.Wish(
        "revenue", 1_000_00, TODAY - 30 * DAY, scope=scope, ladder=ladder, relevance="it counts"
    )


def _clause(office: Office, actor: Actor, scope: Scope) -> int:
    rungs = (ClauseRung(1_000_00, TODAY + 9 * DAY, 50_00),)
    clause = Clause("The Agent", "the Agreement", "4.2", "USD", TODAY, rungs)
    return contracts.add_clause(actor, clause, now=NOW, scope=scope)


def _proposed(office: Office, actor: Actor, whose: Actor) -> int:
    """A goal that somebody else has proposed: the owner to somebody, or somebody to whoever acts."""
    author = stories.owner() if actor == whose else whose
    return goals.propose_goal(author, _wish(Scope(person=whose.id)), now=NOW, words="More")


def _thanks_withdrawn(office: Office, actor: Actor, whose: Actor) -> None:
    said = relations.say_thanks(whose, office.account, "call", now=NOW)
    relations.withdraw_thanks(actor, said, now=NOW)


def _reviewed(office: Office, actor: Actor, whose: Actor) -> None:
    reviews.review_goal(actor, office.goals[whose.id], "keep", "It goes well", now=NOW)


def _waiver_ended(office: Office, actor: Actor, whose: Actor) -> None:
    lint.waive(stories.owner(), office.goals[whose.id], "G3", "x", now=NOW)
    lint.end_waiver(actor, office.goals[whose.id], "G3", now=NOW)


def _sealed(office: Office, actor: Actor) -> None:
    seals.seal(actor, seals.quarter_named("2026-Q3"), now=NOW)


def _approved(office: Office, actor: Actor, whose: Actor) -> None:
    rewards.approve_reward(actor, office.milestone(whose), whose.id or 0, now=NOW)


def _paid(office: Office, actor: Actor, whose: Actor) -> None:
    _approved(office, stories.owner(), whose)
    rewards.pay_reward(actor, office.milestone(whose), whose.id or 0, now=NOW)


def _clawed_back(office: Office, actor: Actor, whose: Actor) -> None:
    _paid(office, stories.owner(), whose)
    pipeline.reopen_deal(stories.owner(), office.won[whose.id], now=NOW)
    rewards.claw_back_reward(actor, office.milestone(whose), whose.id or 0, now=NOW)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, new_board: NewBoard) -> Iterator[Office]:
    with new_board(request.param) as database:
        yield _office(database)


class _Back(Exception):
    """Nothing of it stays."""


def outcome(office: Office, act: Callable[[], object]) -> bool:
    """Whether the permissions let it pass; whatever it did is taken back."""
    try:
        with storage.writing():
            act()
            raise _Back
    except _Back:
        return True
    except NotAllowed as refused:
        assert "\n" not in str(refused)
        return False


Recipe = Callable[[Office, Actor, Actor], object]

ON_DEALS: dict[str, tuple[str, Recipe]] = {
    "pipeline.add_deal": ("add deal", lambda o, a, w: pipeline.add_deal(a, now=NOW, title="New", owner=w.id)),
    "pipeline.edit_deal": (
        "edit deal",
        lambda o, a, w: pipeline.edit_deal(a, o.open[w.id], now=NOW, title="New"),
    ),
    "pipeline.edit_deal owner": (
        "give deal away",
        lambda o, a, w: pipeline.edit_deal(a, o.open[w.id], now=NOW, owner=stories.owner().id),
    ),
    "pipeline.set_lines": (
        "edit deal",
        lambda o, a, w: pipeline.set_lines(a, o.open[w.id], [pipeline.Line(o.widget)], now=NOW),
    ),
    "pipeline.add_note": (
        "note on deal",
        lambda o, a, w: pipeline.add_note(a, o.open[w.id], "Hello", now=NOW),
    ),
    "pipeline.move_deal": (
        "move deal",
        lambda o, a, w: pipeline.move_deal(a, o.open[w.id], stage_id("prospect"), now=NOW),
    ),
    "pipeline.reorder_deal": (
        "reorder deal",
        lambda o, a, w: pipeline.reorder_deal(
            a, o.open[w.id], now=NOW, before=next(deal for deal in o.open.values() if deal != o.open[w.id])
        ),
    ),
    "pipeline.win_deal": ("win deal", lambda o, a, w: pipeline.win_deal(a, o.open[w.id], now=NOW)),
    "pipeline.lose_deal": (
        "lose deal",
        lambda o, a, w: pipeline.lose_deal(a, o.open[w.id], reason="x", now=NOW),
    ),
    "pipeline.disqualify_deal": (
        "disqualify deal",
        lambda o, a, w: pipeline.disqualify_deal(a, o.open[w.id], reason="x", now=NOW),
    ),
    "pipeline.reopen_deal": ("reopen deal", lambda o, a, w: pipeline.reopen_deal(a, o.lost[w.id], now=NOW)),
    "pipeline.archive_deal": (
        "archive deal",
        lambda o, a, w: pipeline.archive_deal(a, o.open[w.id], now=NOW),
    ),
    "quickadd.add": (
        "add deal",
        lambda o, a, w: quickadd.add(a, quickadd.Wish(title="New", owner=w.id), now=NOW),
    ),
    "history.undo": ("undo", lambda o, a, w: history.undo(a, now=NOW, seq=o.noted[w.id])),
    "goals.add_goal": (
        "set goal",
        lambda o, a, w: goals.add_goal(a, _wish(Scope(person=w.id)), now=NOW),
    ),
    "goals.propose_goal": (
        "propose goal",
        lambda o, a, w: goals.propose_goal(a, _wish(Scope(person=w.id)), now=NOW, words="More"),
    ),
    "goals.counter_propose": (
        "propose goal",
        lambda o, a, w: goals.counter_propose(a, _proposed(o, a, w), 900_00, "Less", now=NOW),
    ),
    "goals.agree": ("propose goal", lambda o, a, w: goals.agree(a, _proposed(o, a, w), now=NOW)),
    "goals.activate_goal": ("set goal", lambda o, a, w: goals.activate_goal(a, o.drafts[w.id], now=NOW)),
    "goals.revise_goal": (
        "set goal",
        lambda o, a, w: goals.revise_goal(
            a, o.goals[w.id], now=NOW, decision="raised", reason="x", target=2_000_00
        ),
    ),
    "goals.retire_goal": (
        "set goal",
        lambda o, a, w: goals.retire_goal(a, o.goals[w.id], now=NOW, reason="x"),
    ),
    "goals.publish_goal": ("set goal", lambda o, a, w: goals.publish_goal(a, o.goals[w.id], "x", now=NOW)),
    "relations.withdraw_thanks": ("withdraw thanks", _thanks_withdrawn),
    "reviews.review_goal": ("review goal", _reviewed),
    "lint.waive": ("review goal", lambda o, a, w: lint.waive(a, o.goals[w.id], "G3", "x", now=NOW)),
    "lint.end_waiver": ("review goal", _waiver_ended),
    "assessments.assess": (
        "assess milestone",
        lambda o, a, w: assessments.assess(a, o.milestone(w), worked="Calls", now=NOW),
    ),
    "profiles.set_profile": (
        "edit profile",
        lambda o, a, w: profiles.set_profile(a, w.id or 0, capacity=50, now=NOW),
    ),
    "rewards.approve_reward": ("decide on reward", _approved),
    "rewards.pay_reward": ("decide on reward", _paid),
    "rewards.claw_back_reward": ("decide on reward", _clawed_back),
    "contracts.add_clause": ("set goal", lambda o, a, w: _clause(o, a, Scope(person=w.id))),
    "contracts.set_clause": (
        "set goal",
        lambda o, a, w: contracts.set_clause(
            a, _clause(o, stories.owner(), Scope(person=w.id)), party="x", agreement="y", section="7", now=NOW
        ),
    ),
}
"""How to do it to a deal, a goal or an act of somebody's; `a` acts, it is `w`'s."""


def _season() -> int:
    """A season in its phase of nominating."""
    until = {"nominate_on": TODAY, "nominate_until": TODAY + DAY}
    return seasons.add_season(stories.owner(), TODAY + 40 * DAY, now=NOW, **until)


def _category() -> int:
    """A judged category of a season in its phase of nominating."""
    return categories.add_category(stories.owner(), _season(), now=NOW, template="Rookie")


def _draft(office: Office, actor: Actor, **facts: Any) -> int:
    """Somebody's own draft for who is in no team."""
    whom = office.people["rep", "no team"].id
    return nominations.draft_nomination(actor, _category(), now=NOW, person=whom, reason="x" * 40, **facts)


def _nominated(office: Office, by: Actor | None = None, **facts: Any) -> int:
    """A nomination of who is in no team, made by somebody else than whoever acts."""
    other = by or office.people["rep", "other team"]
    return nominations.submit(other, _draft(office, other, **facts), now=NOW)


def _answered(office: Office, actor: Actor) -> None:
    nomination = _nominated(office, actor)
    screening.screen(stories.owner(), nomination, "asked", words="Why?", now=NOW)
    nominations.answer(actor, nomination, "So", now=NOW)


def _cleared(office: Office, actor: Actor) -> None:
    deal = office.won[office.people["rep", "no team"].id]
    nomination = _nominated(office, evidence=[f"deal:{deal}"])
    pipeline.edit_deal(stories.owner(), deal, now=NOW, value_minor=1)
    (flag,) = nominations.nomination(nomination, today=TODAY).flagged
    screening.clear(actor, flag.id, "It is fine", now=NOW)


def _revoked(office: Office, actor: Actor) -> None:
    """A key that an admin gave, revoked."""
    with storage.writing():
        visitor = people.add_person(PROGRAM, "Visitor", now=NOW)
        key = access.add_key(PROGRAM, visitor, key_line(), now=NOW)
        access.revoke_key(actor, key.id, now=NOW)


def _told(actor: Actor) -> int:
    """A notice in somebody's own inbox."""
    assert actor.id is not None
    notices.tell([notices.Notice("told", "record", "It fell", frozenset({actor.id}), TODAY)], now=NOW)
    return notices.inbox(actor.id, today=TODAY)[0].id


ON_NOBODYS: dict[str, tuple[str, Callable[[Office, Actor], object]]] = {
    "history.redo": ("undo", lambda o, a: (history.undo(a, now=NOW), history.redo(a, now=NOW))),
    "goals.acknowledge": ("acknowledge goal", lambda o, a: goals.acknowledge(a, o.company_goal, now=NOW)),
    "goals.add_goal of the company": ("set goal", lambda o, a: goals.add_goal(a, _wish(Scope()), now=NOW)),
    "accounts.add_account": ("add account", lambda o, a: accounts.add_account(a, "New", now=NOW)),
    "accounts.edit_account": (
        "edit account",
        lambda o, a: accounts.edit_account(a, o.account, now=NOW, name="New"),
    ),
    "accounts.add_contact": ("add contact", lambda o, a: accounts.add_contact(a, o.account, "New", now=NOW)),
    "accounts.edit_contact": (
        "edit contact",
        lambda o, a: accounts.edit_contact(a, o.contact, now=NOW, name="New"),
    ),
    "relations.set_first_date": (
        "edit account",
        lambda o, a: relations.set_first_date(a, o.account, "kick-off", TODAY, now=NOW),
    ),
    "relations.say_thanks": (
        "edit account",
        lambda o, a: relations.say_thanks(a, o.account, "call", now=NOW),
    ),
    "recognition.give_kudos": (
        "give kudos",
        lambda o, a: recognition.give_kudos(
            a, stories.owner().id or 0, f"deal:{o.won[a.id]}", "Well done", now=NOW
        ),
    ),
    "access.add_key": ("give access", lambda o, a: access.add_key(a, a.id or 0, key_line(), now=NOW)),
    "access.revoke_key": ("give access", _revoked),
    "notices.mark_shown": ("keep own inbox", lambda o, a: notices.mark_shown(a, [_told(a)], now=NOW)),
    "notices.read": ("keep own inbox", lambda o, a: notices.read(a, [_told(a)], now=NOW)),
    "notices.unread_again": ("keep own inbox", lambda o, a: notices.unread_again(a, _told(a), now=NOW)),
    "notices.dismiss": ("keep own inbox", lambda o, a: notices.dismiss(a, _told(a), now=NOW)),
    "notices.snooze": ("keep own inbox", lambda o, a: notices.snooze(a, _told(a), TODAY + DAY, now=NOW)),
    "seals.seal": ("seal quarter", _sealed),
    "awards.seasons.add_season": (
        "set season",
        lambda o, a: seasons.add_season(a, TODAY + 90 * DAY, now=NOW),
    ),
    "awards.seasons.edit_season": (
        "set season",
        lambda o, a: seasons.edit_season(a, _season(), now=NOW, place="Graz"),
    ),
    "awards.categories.add_category": (
        "set category",
        lambda o, a: categories.add_category(a, _season(), now=NOW, template="Rookie"),
    ),
    "awards.categories.edit_category": (
        "set category",
        lambda o, a: categories.edit_category(a, _category(), now=NOW, winners=2),
    ),
    "awards.categories.remove_category": (
        "set category",
        lambda o, a: categories.remove_category(a, _category(), now=NOW),
    ),
    "awards.nominations.draft_nomination": ("nominate", lambda o, a: _draft(o, a)),
    "awards.nominations.edit_draft": (
        "nominate",
        lambda o, a: nominations.edit_draft(a, _draft(o, a), now=NOW, reason="Better"),
    ),
    "awards.nominations.drop_draft": (
        "nominate",
        lambda o, a: nominations.drop_draft(a, _draft(o, a), now=NOW),
    ),
    "awards.nominations.submit": (
        "nominate",
        lambda o, a: nominations.submit(a, _draft(o, a), now=NOW),
    ),
    "awards.nominations.nominate": (
        "nominate",
        lambda o, a: nominations.nominate(
            a, _category(), "x" * 40, now=NOW, person=o.people["rep", "no team"].id
        ),
    ),
    "awards.nominations.answer": ("nominate", _answered),
    "awards.suggestions.draft": (
        "nominate",
        lambda o, a: suggestions.draft(
            a,
            categories.category(_category()).season,
            f"milestone:{o.milestone(o.people['rep', 'no team'])}",
            now=NOW,
        ),
    ),
    "awards.screening.screen": (
        "screen nominations",
        lambda o, a: screening.screen(a, _nominated(o), "eligible", now=NOW),
    ),
    "awards.screening.clear": ("screen nominations", _cleared),
    "awards.screening.unblind": (
        "screen nominations",
        lambda o, a: screening.unblind(a, _nominated(o), now=NOW),
    ),
    "profiles.share_out of the company's goal": (
        "share out goal",
        lambda o, a: profiles.share_out(a, o.company_goal, {o.people["rep", "own"].id or 0: 1}, now=NOW),
    ),
    "products.add_product": ("edit products", lambda o, a: products.add_product(a, "New", now=NOW)),
    "products.edit_product": (
        "edit products",
        lambda o, a: products.edit_product(a, o.widget, now=NOW, active=False),
    ),
    "people.add_person": ("edit people", lambda o, a: people.add_person(a, "New", now=NOW)),
    "people.edit_person": (
        "edit people",
        lambda o, a: people.edit_person(a, a.id or 1, now=NOW, login="new"),
    ),
    "people.add_team": ("edit teams", lambda o, a: people.add_team(a, "New", now=NOW)),
    "people.join_team": (
        "edit teams",
        lambda o, a: people.join_team(a, o.people["rep", "no team"].id or 0, o.west, now=NOW),
    ),
    "people.leave_team": (
        "edit teams",
        lambda o, a: people.leave_team(a, o.people["rep", "own"].id or 0, o.west, now=NOW, until_on=TODAY),
    ),
    "company.edit_company": ("edit company", lambda o, a: company.edit_company(a, now=NOW, name="New")),
    "company.edit_stage": (
        "edit stages",
        lambda o, a: company.edit_stage(a, stage_id("prospect"), now=NOW, likelihood=1),
    ),
}
"""How to do what belongs to nobody; some of it to one's own acts, and for oneself alone."""
OWN_NOTICES = ("mark_shown", "read", "unread_again", "dismiss", "snooze")
FOR_ONESELF = {"history.redo", "goals.acknowledge", *(f"notices.{act}" for act in OWN_NOTICES)}


def tried(functions: Collection[str]) -> pytest.MarkDecorator:
    """Each function on SQLite, some on PostgreSQL too: who is in whose team is asked alike for all."""
    some = ("pipeline.move_deal", "history.undo", "goals.revise_goal", "people.join_team")
    places = [("sqlite", one) for one in functions] + [
        ("postgresql", one) for one in some if one in functions
    ]
    return pytest.mark.parametrize(("office", "function"), places, indirect=["office"], scope="module")


@tried(ON_DEALS)
def test_on_everybodys_deals_each_role_may_do_what_the_table_says(office: Office, function: str) -> None:
    action, act = ON_DEALS[function]
    with bound_to(office.database):
        found = {
            (role, owner): outcome(office, lambda: act(office, actor, office.people[role, owner]))  # noqa: B023
            for role, actor in office.actors.items()
            for owner in OWNERS
        }
    expected = {(role, owner): owner in IN_REACH[reach(role, action)] for role in ROLES for owner in OWNERS}
    assert found == expected


@pytest.mark.parametrize("function", ON_NOBODYS)
def test_on_what_is_nobodys_each_role_may_do_what_the_table_says(office: Office, function: str) -> None:
    action, act = ON_NOBODYS[function]
    with bound_to(office.database):
        found = {role: outcome(office, lambda: act(office, actor)) for role, actor in office.actors.items()}  # noqa: B023
    enough = OWN if function in FOR_ONESELF else ALL
    assert found == {role: reach(role, action) >= enough for role in ROLES}


@pytest.mark.parametrize(
    ("team", "who_may"),
    [("West", {"lead", "manager", "admin"}), ("Vienna", {"lead", "manager", "admin"}), ("East", {"admin"})],
)
def test_goals_of_a_team_are_set_by_those_who_lead_it(office: Office, team: str, who_may: set[str]) -> None:
    with bound_to(office.database):
        wish = _wish(Scope(team=people.find_team(team)))
        assert {
            role
            for role, actor in office.actors.items()
            if outcome(office, lambda: goals.add_goal(actor, wish, now=NOW))  # noqa: B023
        } == who_may


@tried([*ON_DEALS, *ON_NOBODYS])
def test_who_is_not_active_may_do_nothing(office: Office, function: str) -> None:
    with bound_to(office.database), storage.writing():
        spare = add_person("Spare Admin", "admin")
        for actor in office.actors.values():
            people.edit_person(spare, actor.id or 0, now=NOW, active=False)
            if function in ON_DEALS:
                allowed = outcome_inside(lambda: ON_DEALS[function][1](office, actor, actor))  # noqa: B023
            else:
                allowed = outcome_inside(lambda: ON_NOBODYS[function][1](office, actor))  # noqa: B023
            assert not allowed
        storage.current().peewee.rollback()
        storage.current().peewee.begin()


def outcome_inside(act: Callable[[], object]) -> bool:
    """Like `outcome`, in the middle of a transaction."""
    try:
        with storage.current().peewee.atomic():
            act()
    except NotAllowed:
        return False
    return True


FOR_PEOPLE = {"pipeline.add_note", "history.undo", "goals.propose_goal", "goals.counter_propose"}


@pytest.mark.parametrize("function", [name for name in ON_DEALS if name not in FOR_PEOPLE])
def test_the_program_itself_may_do_anything(office: Office, function: str) -> None:
    _, act = ON_DEALS[function]
    with bound_to(office.database):
        assert outcome(office, lambda: act(office, PROGRAM, office.people["rep", "no team"]))


def test_who_is_in_no_team_leads_nobody(database: Database) -> None:
    stories.set_up()
    lea, mia = add_person("Lea", "lead"), add_person("Mia")
    assert may(lea, "edit deal", today=TODAY, owner=lea.id)
    assert not may(lea, "edit deal", today=TODAY, owner=mia.id)


def test_rights_are_those_of_the_moment_not_those_of_the_start(database: Database) -> None:
    """Somebody is demoted, or moved to another team, while their session is open."""
    ada = stories.set_up()
    west = add_team("West")
    lea, mia = add_person("Lea", "lead", team="West"), add_person("Mia", team="West")
    deal = add_deal("Northwind", by=mia)
    pipeline.edit_deal(lea, deal, now=NOW, title="One")
    people.leave_team(ada, mia.id or 0, west, now=NOW, until_on=TODAY + 5 * DAY)
    pipeline.edit_deal(lea, deal, now=NOW, title="Two")
    with pytest.raises(
        NotAllowed, match="it is Mia's: a lead may edit deal only on those of one's own teams"
    ):
        pipeline.edit_deal(lea, deal, now=NOW + 5 * DAY, title="Three")
    people.edit_person(ada, lea.id or 0, now=NOW, role="rep")
    with pytest.raises(NotAllowed, match="a rep may edit deal only on a rep's own; ask a lead"):
        pipeline.edit_deal(lea, deal, now=NOW, title="Three")


def test_a_refusal_names_who_may(database: Database) -> None:
    stories.set_up()
    mia = add_person("Mia")
    with pytest.raises(NotAllowed, match="a rep may not edit products; ask a manager or an admin"):
        products.add_product(mia, "Widget", now=NOW)
    with pytest.raises(NotAllowed, match="a rep may not edit people; ask an admin"):
        people.add_person(mia, "Jon", now=NOW)
    stranger = Actor(999_999, "x", "Somebody")
    with pytest.raises(NotAllowed, match="Somebody is not active on this board any more"):
        require(stranger, "add account", today=TODAY)


# --- nothing writes without a row in the table --------------------------------------------------------------


def modules() -> Iterator[Any]:
    """All modules of the domain and of importing."""
    for package in (domain, importing):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(found.name)


def marked() -> dict[str, str]:
    """Every function that is marked with an action, by its name in its module."""
    found = {}
    for module in modules():
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and hasattr(function, "action"):
                found[f"{module.__name__.removeprefix('salesboard.domain.')}.{name}"] = function.action
    return found


NOBODYS_ACT = {"company.found", "standings.settle"}
"""What is done before there is anybody who could be allowed to, and what only follows from others' acts."""


def unmarked(source: str, name: str) -> list[str]:
    """Public functions of a module that write, but are not marked or do not say who acts."""
    functions = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    wrong = []
    for function in functions.values():
        if (
            function.name.startswith("_")
            or f"{name}.{function.name}" in NOBODYS_ACT
            or not _writes(function, functions)
        ):
            continue
        first = function.args.args[0].arg if function.args.args else None
        mark = any("writes(" in ast.unparse(decorator) for decorator in function.decorator_list)
        if first != "actor" or not mark:
            wrong.append(function.name)
    return wrong


def _writes(function: ast.FunctionDef, functions: dict[str, ast.FunctionDef]) -> bool:
    """Whether a function opens an entry of the ledger, itself or through others of its module."""
    return _reaches(function, functions, {"ledger.entry", "ledger.batch", "ledger.undo"})


def _reaches(
    function: ast.FunctionDef,
    functions: dict[str, ast.FunctionDef],
    wanted: set[str],
    seen: frozenset[str] = frozenset(),
) -> bool:
    for node in ast.walk(function):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if called in wanted:
            return True
        fresh = called in functions and called not in seen
        if fresh and _reaches(functions[called], functions, wanted, seen | {called}):
            return True
    return False


def test_every_public_function_that_writes_is_marked_and_says_who_acts() -> None:
    wrong = {
        module.__name__: found
        for module in modules()
        if (found := unmarked(inspect.getsource(module), module.__name__.removeprefix("salesboard.domain.")))
    }
    assert not wrong, "mark these with @writes(action), first parameter `actor`, and call `require`"


def test_control_a_function_that_writes_unmarked_is_seen() -> None:
    source = """
@writes("add account")
def good(actor, *, now):
    with ledger.entry(actor, "added", now=now): ...
def forgotten(actor, *, now):
    with ledger.entry(actor, "added", now=now): ...
def by_way(actor, *, now):
    with _changing(actor): ...
@writes("add account")
def nobody(account, *, now):
    with ledger.batch(account, "added", now=now): ...
def reads(actor):
    return ledger.end()
def _changing(actor):
    with ledger.entry(actor, "added"): yield
"""
    assert unmarked(source, "example") == ["forgotten", "by_way", "nobody"]


def test_every_marked_function_of_the_domain_checks_who_acts() -> None:
    for name in marked():
        if name.startswith("salesboard."):
            continue
        module = importlib.import_module(f"salesboard.domain.{name.rpartition('.')[0]}")
        from_elsewhere = {
            called
            for called, function in inspect.getmembers(module, inspect.isfunction)
            if function.__module__ != module.__name__ and hasattr(function, "action")
        }
        checks = {"require", "require_for", *marked(), *from_elsewhere}
        tree = ast.parse(inspect.getsource(module))
        functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert _reaches(functions[name.rpartition(".")[2]], functions, checks), f"{name} calls no `require`"


def test_every_marked_function_of_the_domain_is_tried_out_above() -> None:
    tried = {name.split()[0] for name in (*ON_DEALS, *ON_NOBODYS)}
    in_domain = {name for name in marked() if not name.startswith("salesboard.")}
    assert tried == in_domain, "add a line to ON_DEALS or ON_NOBODYS for each new function"
    for name, (action, _) in {**ON_DEALS, **ON_NOBODYS}.items():
        assert " " in name or marked()[name] == action, name


def test_every_row_of_the_table_is_used() -> None:
    asked = set(marked().values())
    for module in modules():
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "require":
                asked |= {argument.value for argument in node.args[1:2] if isinstance(argument, ast.Constant)}
    assert asked == set(WHO_MAY)


def test_a_mark_without_a_row_in_the_table_is_a_mistake() -> None:
    with pytest.raises(LookupError, match="no row in the table"):
        writes("fly to the moon")
    with pytest.raises(KeyError):
        reach("rep", "fly to the moon")


def test_more_responsibility_never_means_fewer_rights() -> None:
    assert permissions.ROLES == ("rep", "lead", "manager", "admin")
    for action, reaches in WHO_MAY.items():
        assert list(reaches) == sorted(reaches), action
        assert reaches[-1] is ALL or set(reaches) == {OWN}, "everybody for oneself, or some for all"


# --- nothing writes past the ledger -------------------------------------------------------------------------

WRITING = {"insert", "insert_many", "insert_from", "update", "delete", "replace", "replace_many"}
ALWAYS_WRITING = {
    *("save", "create", "get_or_create", "set_by_id", "bulk_create", "bulk_update"),
    *("delete_instance", "delete_by_id", "create_table", "create_tables", "drop_table", "drop_tables"),
    *("execute_sql", "execute_many", "executemany"),
}
MODELS = {model.__name__ for model in (*DOMAIN, *models.LEDGER)} | {"model", "table"}


def past_the_ledger(source: str) -> list[str]:
    """Calls that would write a table without the ledger knowing."""
    found = []
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for node in sorted(calls, key=lambda call: call.lineno):
        if not isinstance(node.func, ast.Attribute):
            continue
        receiver, name = ast.unparse(node.func.value), node.func.attr
        of_a_model = receiver.split(".")[-1].split("(")[0] in MODELS
        if name in ALWAYS_WRITING or (name in WRITING and of_a_model):
            found.append(ast.unparse(node.func))
    return found


@pytest.mark.parametrize(
    "folder", ["domain", "importing", "worker", "cli", "ui", "demo.py", "exporting.py", "config.py"]
)
def test_no_table_is_written_past_the_ledger(folder: str) -> None:
    path = ROOT / folder
    for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
        assert past_the_ledger(file.read_text()) == [], f"{file.relative_to(ROOT)} writes past the ledger"


def test_control_writing_past_the_ledger_is_seen() -> None:
    source = """
deal.save()
Deal.create(title="x")
Deal.insert(title="x").execute()
models.Deal.update(title="x").execute()
Stay.delete().where(Stay.deal == 1).execute()
model.insert_many(rows).execute()
row.delete_instance()
storage.current().peewee.execute_sql("DELETE FROM deal")
Deal.select().execute()
entry.update(row, title="x")
entry.insert(Deal, title="x")
batch.insert_many(Deal, rows)
widget.update("x")
known.update({})
"""
    assert past_the_ledger(source) == [
        "deal.save",
        "Deal.create",
        "Deal.insert",
        "models.Deal.update",
        "Stay.delete",
        "model.insert_many",
        "row.delete_instance",
        "storage.current().peewee.execute_sql",
    ]
