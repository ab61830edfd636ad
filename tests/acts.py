"""What can be done to a board, how, and by whom: one recipe for each function of the domain that writes.

Somebody acts (`a`) on what is somebody's (`w`) in an office (`o`) in which each role has somebody in the team
West. Whoever adds a function that writes adds its recipe here, and its command in `tests.doors`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

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
from salesboard.domain.awards import (
    categories,
    deciding,
    hall,
    judging,
    night,
    nominations,
    programme,
    screening,
    seasons,
    suggestions,
)
from salesboard.domain.clauses import Clause, ClauseRung
from salesboard.domain.gains import Scope
from salesboard.domain.permissions import ALL, NOTHING, OWN, ROLES, TEAM, reach
from salesboard.errors import NotAllowed
from salesboard.storage import database as storage
from salesboard.storage import ledger
from salesboard.storage.database import Database
from salesboard.storage.ledger import PROGRAM, Actor
from tests import evening, stories
from tests.domain.test_access import key_line
from tests.stories import NOW, TODAY, add_deal, add_person, add_team, stage_id

DAY = timedelta(days=1)

OWNERS = ("own", "same team", "team beneath", "team above", "other team", "was in the team", "no team")
IN_REACH = {NOTHING: set(), OWN: {"own"}, TEAM: {"own", "same team", "team beneath"}, ALL: set(OWNERS)}


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
    judged: int
    """A category of a season without a host, judged by whom is in the team above; of the one in no team."""
    decided: int
    sealed: int
    bench: int
    """A category that all who act judge."""
    ranked: int
    """A ranked choice of the same judges."""

    def milestone(self, person: Actor) -> int:
        """The milestone of a person's goal."""
        return goals.find_goal(self.goals[person.id]).versions[0].milestones[0].id


def an_office(database: Database) -> Office:
    """The board with its people, their deals, acts and goals, and a season of awards."""
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
    office = Office(database, actors, {}, {}, {}, {}, {}, {}, {}, 0, west, 0, 0, 0, 0, 0, 0, 0, 0)
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
        wished = wish(Scope(person=person.id))
        office.goals[person.id] = goals.add_goal(ada, wished, now=NOW)
        office.drafts[person.id] = goals.add_goal(ada, wished, now=NOW, draft=True)
    office.widget = stories.add_product("Widget", "1")
    office.account = stories.add_account("Northwind")
    office.contact = accounts.add_contact(ada, office.account, "Jon", now=NOW)
    office.company_goal = goals.add_goal(ada, wish(Scope()), now=NOW)
    goals.publish_goal(ada, office.company_goal, "To grow", now=NOW)
    office.judged, office.decided, office.sealed = (
        _honours(others, decided=decided, sealed=sealed)
        for decided, sealed in ((False, False), (True, False), (True, True))
    )
    office.bench = evening.honour(evening.announce("Night of the bench"))
    evening.shortlist(office.bench, others["other team"], others["no team"])
    evening.judges(office.bench, *actors.values())
    office.ranked = evening.honour(season_of(office.bench), "Ranked", way=categories.RANKED)
    evening.shortlist(office.ranked, others["other team"], others["no team"])
    evening.judges(office.ranked, *actors.values())
    return office


def _honours(others: dict[str, Actor], *, decided: bool, sealed: bool) -> int:
    """A category of a season of its own, brought so far; hands back the category."""
    season = evening.announce(f"Night {'sealed' if sealed else 'decided' if decided else 'judged'}")
    category = evening.honour(season, quorum=1)
    (nomination,) = evening.shortlist(category, others["other team"], others["no team"])
    evening.judges(category, others["team above"])
    evening.judge_all(category, others["team above"], {nomination: 8})
    if decided:
        deciding.decide(stories.owner(), category, now=evening.DECIDED)
    if sealed:
        deciding.seal(stories.owner(), category, now=evening.DECIDED)
    return category


def hosted(category: int, host: Actor) -> int:
    """A category of a season whose night somebody hosts."""
    seasons.edit_season(stories.owner(), season_of(category), now=NOW, host=host.id)
    return category


def season_of(category: int) -> int:
    """The season of a category."""
    return categories.category(category).season


def wish(scope: Scope) -> goals.Wish:
    """A goal of revenue whose one milestone brings 50."""
    ladder = (goals.Step(1_000_00, None, reward_minor=50_00),)
    return goals.Wish(
        "revenue", 1_000_00, TODAY - 30 * DAY, scope=scope, ladder=ladder, relevance="it counts"
    )


def clause(office: Office, actor: Actor, scope: Scope) -> int:
    rungs = (ClauseRung(1_000_00, TODAY + 9 * DAY, 50_00),)
    clause = Clause("The Agent", "the Agreement", "4.2", "USD", TODAY, rungs)
    return contracts.add_clause(actor, clause, now=NOW, scope=scope)


def proposed(office: Office, actor: Actor, whose: Actor) -> int:
    """A goal that somebody else has proposed: the owner to somebody, or somebody to whoever acts."""
    author = stories.owner() if actor == whose else whose
    return goals.propose_goal(author, wish(Scope(person=whose.id)), now=NOW, words="More")


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


class _Back(Exception):
    """Nothing of it stays."""


@contextmanager
def taken_back() -> Iterator[None]:
    """Whatever is done within is taken back."""
    with suppress(_Back), storage.writing():
        yield
        raise _Back


def outcome(office: Office, act: Callable[[], object]) -> bool:
    """Whether the permissions let it pass; whatever it did is taken back."""
    try:
        with taken_back():
            act()
    except NotAllowed as refused:
        assert "\n" not in str(refused)
        return False
    return True


def outcome_inside(act: Callable[[], object]) -> bool:
    """Like `outcome`, in the middle of a transaction."""
    try:
        with storage.current().peewee.atomic():
            act()
    except NotAllowed:
        return False
    return True


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
    "history.bring_back": (
        "archive deal",
        lambda o, a, w: history.bring_back(a, o.open[w.id], now=NOW),
    ),
    "quickadd.add": (
        "add deal",
        lambda o, a, w: quickadd.add(a, quickadd.Wish(title="New", owner=w.id), now=NOW),
    ),
    "history.undo": ("undo", lambda o, a, w: history.undo(a, now=NOW, seq=o.noted[w.id])),
    "goals.add_goal": (
        "set goal",
        lambda o, a, w: goals.add_goal(a, wish(Scope(person=w.id)), now=NOW),
    ),
    "goals.propose_goal": (
        "propose goal",
        lambda o, a, w: goals.propose_goal(a, wish(Scope(person=w.id)), now=NOW, words="More"),
    ),
    "goals.counter_propose": (
        "propose goal",
        lambda o, a, w: goals.counter_propose(a, proposed(o, a, w), 900_00, "Less", now=NOW),
    ),
    "goals.agree": ("propose goal", lambda o, a, w: goals.agree(a, proposed(o, a, w), now=NOW)),
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
    "contracts.add_clause": ("set goal", lambda o, a, w: clause(o, a, Scope(person=w.id))),
    "contracts.set_clause": (
        "set goal",
        lambda o, a, w: contracts.set_clause(
            a, clause(o, stories.owner(), Scope(person=w.id)), party="x", agreement="y", section="7", now=NOW
        ),
    ),
    "awards.deciding.decide": (
        "decide award",
        lambda o, a, w: deciding.decide(a, hosted(o.judged, w), now=evening.DECIDED),
    ),
    "awards.deciding.seal": (
        "decide award",
        lambda o, a, w: deciding.seal(a, hosted(o.decided, w), now=evening.DECIDED),
    ),
    "awards.deciding.unseal": (
        "decide award",
        lambda o, a, w: deciding.unseal(a, hosted(o.sealed, w), "A slip", now=evening.DECIDED),
    ),
    "awards.programme.build": (
        "host night",
        lambda o, a, w: programme.build(a, season_of(hosted(o.sealed, w)), now=evening.DECIDED),
    ),
    "awards.programme.edit_slot": (
        "host night",
        lambda o, a, w: programme.edit_slot(a, hosted(o.sealed, w), now=evening.DECIDED, minutes=4),
    ),
    "awards.programme.move_slot": (
        "host night",
        lambda o, a, w: programme.move_slot(a, hosted(o.sealed, w), 1, now=evening.DECIDED),
    ),
    "awards.night.turn": (
        "host night",
        lambda o, a, w: night.turn(a, season_of(hosted(o.sealed, w)), 1, seen=None, now=evening.NIGHT),
    ),
    "awards.hall.add_note": (
        "host night",
        lambda o, a, w: hall.add_note(a, over(o, w), "It was Mia", now=evening.NIGHT + DAY),
    ),
}
"""How to do it to a deal, a goal, a night or an act of somebody's; `a` acts, it is `w`'s."""


def over(office: Office, host: Actor) -> int:
    """A season whose night is over."""
    season = season_of(hosted(office.sealed, host))
    seen = None
    while seasons.season(season).closed_at is None:
        seen = night.turn(stories.owner(), season, 1, seen=seen, now=evening.NIGHT)
    return season


def scored(office: Office, actor: Actor) -> int:
    """The category that all who act judge; one of them has given its nominee points."""
    (listed,) = judging.shortlist(office.bench)
    evening.give(actor, listed.nomination, 8)
    return office.bench


def ranked(office: Office, actor: Actor) -> None:
    """Somebody puts the one nominee first."""
    (listed,) = judging.shortlist(office.ranked)
    judging.rank(actor, office.ranked, [listed.nomination], now=evening.JUDGED)


def to_vote(office: Office) -> int:
    """A team vote; its one nominee is in no team."""
    category = evening.honour(evening.announce("Night of the vote"), way=categories.VOTED)
    evening.shortlist(category, office.people["rep", "other team"], office.people["rep", "no team"])
    return category


def voted(office: Office, actor: Actor) -> None:
    """Somebody votes for the one nominee."""
    (listed,) = judging.shortlist(to_vote(office))
    judging.vote(actor, listed.nomination, now=evening.JUDGED)


def season() -> int:
    """A season in its phase of nominating."""
    until = {"nominate_on": TODAY, "nominate_until": TODAY + DAY}
    return seasons.add_season(stories.owner(), TODAY + 40 * DAY, now=NOW, **until)


def category() -> int:
    """A judged category of a season in its phase of nominating."""
    return categories.add_category(stories.owner(), season(), now=NOW, template="Rookie")


def draft(office: Office, actor: Actor, **facts: Any) -> int:
    """Somebody's own draft for who is in no team."""
    whom = office.people["rep", "no team"].id
    return nominations.draft_nomination(actor, category(), now=NOW, person=whom, reason="x" * 40, **facts)


def nominated(office: Office, by: Actor | None = None, **facts: Any) -> int:
    """A nomination of who is in no team, made by somebody else than whoever acts."""
    other = by or office.people["rep", "other team"]
    return nominations.submit(other, draft(office, other, **facts), now=NOW)


def _answered(office: Office, actor: Actor) -> None:
    nomination = nominated(office, actor)
    screening.screen(stories.owner(), nomination, "asked", words="Why?", now=NOW)
    nominations.answer(actor, nomination, "So", now=NOW)


def _cleared(office: Office, actor: Actor) -> None:
    deal = office.won[office.people["rep", "no team"].id]
    nomination = nominated(office, evidence=[f"deal:{deal}"])
    pipeline.edit_deal(stories.owner(), deal, now=NOW, value_minor=1)
    (flag,) = nominations.nomination(nomination, today=TODAY).flagged
    screening.clear(actor, flag.id, "It is fine", now=NOW)


def _revoked(office: Office, actor: Actor) -> None:
    """A key that an admin gave, revoked."""
    with storage.writing():
        visitor = people.add_person(PROGRAM, "Visitor", now=NOW)
        key = access.add_key(PROGRAM, visitor, key_line(), now=NOW)
        access.revoke_key(actor, key.id, now=NOW)


def told(actor: Actor) -> int:
    """A notice in somebody's own inbox."""
    assert actor.id is not None
    notices.tell([notices.Notice("told", "record", "It fell", frozenset({actor.id}), TODAY)], now=NOW)
    return notices.inbox(actor.id, today=TODAY)[0].id


ON_NOBODYS: dict[str, tuple[str, Callable[[Office, Actor], object]]] = {
    "history.redo": ("undo", lambda o, a: (history.undo(a, now=NOW), history.redo(a, now=NOW))),
    "goals.acknowledge": ("acknowledge goal", lambda o, a: goals.acknowledge(a, o.company_goal, now=NOW)),
    "goals.add_goal of the company": ("set goal", lambda o, a: goals.add_goal(a, wish(Scope()), now=NOW)),
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
    "notices.mark_shown": ("keep own inbox", lambda o, a: notices.mark_shown(a, [told(a)], now=NOW)),
    "notices.read": ("keep own inbox", lambda o, a: notices.read(a, [told(a)], now=NOW)),
    "notices.unread_again": ("keep own inbox", lambda o, a: notices.unread_again(a, told(a), now=NOW)),
    "notices.dismiss": ("keep own inbox", lambda o, a: notices.dismiss(a, told(a), now=NOW)),
    "notices.snooze": ("keep own inbox", lambda o, a: notices.snooze(a, told(a), TODAY + DAY, now=NOW)),
    "seals.seal": ("seal quarter", _sealed),
    "awards.seasons.add_season": (
        "set season",
        lambda o, a: seasons.add_season(a, TODAY + 90 * DAY, now=NOW),
    ),
    "awards.seasons.edit_season": (
        "set season",
        lambda o, a: seasons.edit_season(a, season(), now=NOW, place="Graz"),
    ),
    "awards.categories.add_category": (
        "set category",
        lambda o, a: categories.add_category(a, season(), now=NOW, template="Rookie"),
    ),
    "awards.categories.edit_category": (
        "set category",
        lambda o, a: categories.edit_category(a, category(), now=NOW, winners=2),
    ),
    "awards.categories.remove_category": (
        "set category",
        lambda o, a: categories.remove_category(a, category(), now=NOW),
    ),
    "awards.nominations.draft_nomination": ("nominate", lambda o, a: draft(o, a)),
    "awards.nominations.edit_draft": (
        "nominate",
        lambda o, a: nominations.edit_draft(a, draft(o, a), now=NOW, reason="Better"),
    ),
    "awards.nominations.drop_draft": (
        "nominate",
        lambda o, a: nominations.drop_draft(a, draft(o, a), now=NOW),
    ),
    "awards.nominations.submit": (
        "nominate",
        lambda o, a: nominations.submit(a, draft(o, a), now=NOW),
    ),
    "awards.nominations.nominate": (
        "nominate",
        lambda o, a: nominations.nominate(
            a, category(), "x" * 40, now=NOW, person=o.people["rep", "no team"].id
        ),
    ),
    "awards.nominations.answer": ("nominate", _answered),
    "awards.suggestions.draft": (
        "nominate",
        lambda o, a: suggestions.draft(
            a,
            categories.category(category()).season,
            f"milestone:{o.milestone(o.people['rep', 'no team'])}",
            now=NOW,
        ),
    ),
    "awards.screening.screen": (
        "screen nominations",
        lambda o, a: screening.screen(a, nominated(o), "eligible", now=NOW),
    ),
    "awards.screening.clear": ("screen nominations", _cleared),
    "awards.screening.unblind": (
        "screen nominations",
        lambda o, a: screening.unblind(a, nominated(o), now=NOW),
    ),
    "awards.judging.appoint": (
        "set category",
        lambda o, a: judging.appoint(a, o.judged, o.people["rep", "same team"].id or 0, now=evening.JUDGED),
    ),
    "awards.judging.score": ("judge", lambda o, a: scored(o, a)),
    "awards.judging.rank": ("judge", ranked),
    "awards.judging.vote": ("judge", voted),
    "awards.judging.abstain": (
        "judge",
        lambda o, a: judging.abstain(a, o.bench, "We share an office", now=evening.JUDGED),
    ),
    "awards.judging.finish": ("judge", lambda o, a: judging.finish(a, scored(o, a), now=evening.JUDGED)),
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
OWN_SEAT = ("score", "rank", "vote", "abstain", "finish")
FOR_ONESELF = {
    *("history.redo", "goals.acknowledge"),
    *(f"notices.{act}" for act in OWN_NOTICES),
    *(f"awards.judging.{act}" for act in OWN_SEAT),
}


def _nominated_oneself(office: Office, actor: Actor) -> None:
    """Somebody else's nomination of whoever acts."""
    other = office.people["rep", "other team"]
    found = nominations.nominate(other, category(), "x" * 40, now=NOW, person=actor.id)
    screening.screen(actor, found, "eligible", now=NOW)


def _host_and_nominee(office: Office, actor: Actor) -> None:
    """Somebody hosts the night on which they might win."""
    category = evening.honour(evening.announce("Own Night", host=actor), quorum=1)
    (nomination,) = evening.shortlist(category, office.people["rep", "other team"], actor)
    evening.judges(category, office.people["rep", "team above"])
    evening.judge_all(category, office.people["rep", "team above"], {nomination: 8})
    deciding.decide(actor, category, now=evening.DECIDED)


def _judge_and_nominee(office: Office, actor: Actor) -> None:
    """Somebody judges the category in which they might win."""
    category = evening.honour(evening.announce("Own Judge"))
    (nomination,) = evening.shortlist(category, office.people["rep", "other team"], actor)
    evening.judges(category, actor)
    evening.give(actor, nomination, 10)


def _vote_for_oneself(office: Office, actor: Actor) -> None:
    """Somebody votes where they might win."""
    category = evening.honour(evening.announce("Own Vote"), way=categories.VOTED)
    (nomination,) = evening.shortlist(category, office.people["rep", "other team"], actor)
    judging.vote(actor, nomination, now=evening.JUDGED)


def _own_proposal(office: Office, actor: Actor) -> None:
    """Somebody agrees to what they proposed themselves."""
    wished = wish(Scope(person=actor.id))
    goals.agree(actor, goals.propose_goal(actor, wished, now=NOW, words="More"), now=NOW)


ON_ONESELF: dict[str, tuple[str, Callable[[Office, Actor], object]]] = {
    "rewards.approve_reward": ("decide on reward", lambda o, a: _approved(o, a, a)),
    "rewards.pay_reward": ("decide on reward", lambda o, a: _paid(o, a, a)),
    "rewards.claw_back_reward": ("decide on reward", lambda o, a: _clawed_back(o, a, a)),
    "goals.agree": ("propose goal", _own_proposal),
    "awards.screening.screen": ("screen nominations", _nominated_oneself),
    "awards.judging.score": ("judge", _judge_and_nominee),
    "awards.judging.vote": ("judge", _vote_for_oneself),
    "awards.deciding.decide": ("decide award", _host_and_nominee),
}
"""What nobody decides for themselves, whatever their role."""
REWARDS = {"rewards.approve_reward", "rewards.pay_reward", "rewards.claw_back_reward"}


def is_allowed(function: str, role: str, owner: str | None) -> bool:
    """What the table of permissions says of a function, a role, and whose it is (none: nobody's)."""
    if owner is None:
        enough = OWN if function in FOR_ONESELF else ALL
        return reach(role, ON_NOBODYS[function][0]) >= enough
    if owner == "own" and function in REWARDS:
        return False
    return owner in IN_REACH[reach(role, ON_DEALS[function][0])]
