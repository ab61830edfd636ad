"""What gives occasion to tell people something: milestones, targets, reviews, deals gone quiet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from salesboard.domain import (
    board,
    company,
    filters,
    goals,
    money,
    notices,
    people,
    relations,
    reviews,
    standings,
)
from salesboard.domain.gains import shown
from salesboard.domain.goals import GoalFacts
from salesboard.domain.notices import Notice, concerned
from salesboard.domain.periods import Period
from salesboard.domain.permissions import admins, leads_of, teams_of
from salesboard.domain.records import widest_first
from salesboard.domain.standings import GoalStanding, MilestoneStanding
from salesboard.domain.text import counted
from salesboard.storage.ledger import Head
from salesboard.storage.models import Award, Deal, Goal, Person, Reached

LOOKED_BACK = timedelta(days=400)
"""A milestone that was told of longer ago is not looked at again."""
NAMED = 3
"""So many deals are called by name in one line."""


@dataclass(frozen=True)
class Withdrawal:
    """A notice that holds no more, and why."""

    key: str
    why: str


# --- milestones ---------------------------------------------------------------------------------------------


def milestones_reached(heads: Sequence[Head], *, today: date) -> Iterator[Notice]:
    """Of the milestones that these entries say are reached: one notice for all that one deal crossed.

    It names the widest of them, and is for those whom that one concerns.
    """
    seqs = {
        head.subject_id: head.seq
        for head in heads
        if head.verb == "reached" and head.subject_table == "reached"
    }
    if not seqs:
        return
    rows = Reached.select().where(Reached.id.in_(list(seqs)))
    fresh = {row.milestone: seqs[row.id] for row in rows}
    crossed: dict[int | None, list[tuple[GoalStanding, MilestoneStanding]]] = defaultdict(list)
    for found, one in _milestones(today):
        if one.facts.id in fresh and one.standing.reached_on is not None:
            by = one.standing.crossed_by
            crossed[by.subject if by else None].append((found, one))
    for deal, all_of_it in crossed.items():
        found, widest = min(all_of_it, key=_lightness)
        assert widest.standing.reached_on is not None
        yield Notice(
            f"milestone:{widest.facts.id}",
            "milestone",
            _reached_in_words(found, widest, deal, len(all_of_it) - 1),
            concerned(found.goal.scope, today),
            widest.standing.reached_on,
            "good",
            f"goal:{found.goal.id}",
            fresh[widest.facts.id],
        )


def milestones_missed(last_day: date, *, today: date) -> Iterator[Notice]:
    """Milestones whose last day has ended since a day without their being reached."""
    for found, one in _milestones(today):
        due = one.facts.rung.due_on
        if due is None or not last_day <= due < today or one.standing.status != "missed":
            continue
        stood = one.standing
        currency = company.facts().currency
        value = shown(stood.value_on_due or 0, found.goal.metric, currency)
        wanted = shown(stood.rung.threshold, found.goal.metric, currency)
        yield Notice(
            f"missed:{one.facts.id}",
            "missed",
            f"{_called(found.goal)}: {stood.rung.label} missed, {value} of {wanted}",
            concerned(found.goal.scope, today),
            due,
            "attention",
            f"goal:{found.goal.id}",
        )


def no_longer_so(*, today: date) -> Iterator[Withdrawal | str]:
    """Notices of milestones that are told otherwise by now, and the keys of those that hold after all."""
    told = notices.keys_told(("milestone", "missed"), since=today - LOOKED_BACK)
    if not told:
        return
    for found, one in _milestones(today):
        status, label = one.standing.status, one.facts.rung.label
        reached, missed = f"milestone:{one.facts.id}", f"missed:{one.facts.id}"
        if reached in told:
            if status != "reversed":
                yield reached
            else:
                lacking = shown(one.standing.missing, found.goal.metric, company.facts().currency)
                yield Withdrawal(
                    reached, f"{_called(found.goal)}: {label} is no longer reached, {lacking} are missing"
                )
        if missed in told:
            if status != "reached":
                yield missed
            else:
                yield Withdrawal(missed, f"{_called(found.goal)}: {label} was reached in time after all")


def _milestones(today: date) -> Iterator[tuple[GoalStanding, MilestoneStanding]]:
    for found in standings.active_standings(today=today):
        for one in found.milestones:
            yield found, one


def _lightness(each: tuple[GoalStanding, MilestoneStanding]) -> tuple[bool, bool, int]:
    """The lowest for the milestone of the widest scope, of those for the largest one."""
    of_person, of_team, _ = widest_first(each[0].goal.scope)
    return of_person, of_team, -each[1].facts.rung.threshold


def _called(goal: GoalFacts) -> str:
    return f"{goal.whose} · {goal.name}"


def _reached_in_words(found: GoalStanding, one: MilestoneStanding, deal: int | None, others: int) -> str:
    words = f"{_called(found.goal)}: {one.facts.rung.label} reached"
    row = Deal.select(Deal, Person).join(Person).where(Deal.id == deal).first() if deal else None
    if row is not None:
        words += f" by {row.owner.name}'s {board.cards([row.id])[row.id].name}"
        if row.value_minor:
            words += f" ({money.format_short(row.value_minor, company.facts().currency)})"
    late = one.standing.days_late
    if late and late > 0:
        words += f", {counted(late, 'day')} late"
    if others:
        words += f"; {others} more with it"
    return words


# --- targets and reviews ------------------------------------------------------------------------------------


def targets(heads: Sequence[Head], *, today: date) -> Iterator[Notice]:
    """Targets that were published to people, or proposed to them."""
    for head in heads:
        if head.subject_table != Goal._meta.table_name or head.verb not in ("published", "proposed"):
            continue
        found = goals.find_goal(head.subject_id or 0)
        whose = people.whose_sales(found.scope, today)
        if head.verb == "published":
            words, told = "is published: read why, and acknowledge it", frozenset(whose)
        else:
            leads = concerned(found.scope, today)
            words, told = "is proposed: agree, or propose another number", leads | whose
        yield Notice(
            f"{head.verb}:{head.seq}",
            "target",
            f"{_called(found)} {words}",
            told - {head.actor or 0},
            today,
            "plain",
            f"goal:{found.id}",
            head.seq,
        )


def awards(heads: Sequence[Head], *, today: date) -> Iterable[Notice | Withdrawal | str]:
    """Of awards that are decided and whose basis these entries changed, for those who decide."""
    if not heads or not Award.select().exists():
        return ()
    # Only boards that have decided awards load all that is about them.
    from salesboard.domain.awards import award_news

    return award_news.basis_changed(heads, today=today)


def reviews_waiting(last_day: date, *, today: date) -> Iterator[Notice]:
    """That a quarter has ended and goals wait for their review, and again when it is overdue."""
    ended: dict[Period, list[GoalFacts]] = defaultdict(list)
    for one in reviews.waiting(today=today):
        for quarter in one.quarters:
            ended[quarter].append(one.goal)
    for quarter, found in ended.items():
        wait = counted(len(found), "goal waits", "goals wait")
        opened, overdue = quarter.end, quarter.end + reviews.OVERDUE
        if last_day < opened <= today:
            key, text, on = f"review:{quarter.start}", f"{quarter.name} is over: {wait} for review", opened
        elif last_day < overdue <= today:
            key, text, on = (
                f"overdue:{quarter.start}",
                f"The review of {quarter.name} is overdue: {wait}",
                overdue,
            )
        else:
            continue
        whom = frozenset().union(*(_who_reviews(one, today) for one in found))
        yield Notice(key, "review", text, whom, on, "plain" if on == opened else "attention", "review:0")


def _who_reviews(found: GoalFacts, today: date) -> frozenset[int]:
    if found.scope.person is not None:
        teams = teams_of(found.scope.person, today)
    else:
        teams = {found.scope.team} if found.scope.team is not None else set()
    return leads_of(teams, today) | admins()


# --- deals gone quiet ---------------------------------------------------------------------------------------


def gone_quiet(last_day: date, *, today: date) -> Iterator[Notice]:
    """Deals that have gone quiet since a day, all of an owner's in one notice."""
    before = {deal for deal, _ in _quiet(last_day)}
    fresh: dict[int, list[int]] = defaultdict(list)
    for deal, owner in _quiet(today):
        if deal not in before:
            fresh[owner].append(deal)
    for owner, deals in fresh.items():
        cards = board.cards(deals[:NAMED])
        named = ", ".join(cards[deal].name for deal in deals[:NAMED] if deal in cards)
        more = f" and {len(deals) - NAMED} more" if len(deals) > NAMED else ""
        verb = "has" if len(deals) == 1 else "have"
        yield Notice(
            f"quiet:{owner}:{today}",
            "quiet deals",
            f"{named}{more} {verb} gone quiet",
            frozenset({owner}),
            today,
            "attention",
            f"deal:{deals[0]}",
        )


def _quiet(day: date) -> list[tuple[int, int]]:
    conditions = filters.parse("is:quiet is:open", me=None, today=day).conditions()
    query = Deal.select(Deal.id, Deal.owner).where(*conditions).order_by(Deal.value_minor.desc(), Deal.id)
    return list(query.tuples())


# --- clients ------------------------------------------------------------------------------------------------


def anniversaries(last_day: date, *, today: date, account: int | None = None) -> Iterator[Notice]:
    """Clients' anniversaries that are near, or today, or were missed since a day; of one account or all."""
    for flag in relations.flags(today, last_day, account=account):
        yield Notice(
            f"anniversary:{flag.key}",
            "anniversary",
            flag.text,
            frozenset(flag.whom),
            flag.on,
            "good",
            f"account:{flag.account}",
        )


def thanks_overdue(last_day: date, *, today: date, account: int | None = None) -> Iterator[Notice]:
    """What nobody has said thank you for within a week, and a week ended since a day: one notice a person."""
    owed: dict[int, list[relations.ThanksFlag]] = defaultdict(list)
    for flag in relations.thanks_due(today, account=account):
        if last_day < flag.on + relations.IN_TIME + timedelta(days=1) <= today:
            for person in flag.whom:
                owed[person].append(flag)
    for person, found in owed.items():
        text = found[0].text + (f", and {len(found) - 1} more" if len(found) > 1 else "")
        yield Notice(
            f"thanks:{person}:{found[0].key}",
            "thanks",
            text,
            frozenset({person}),
            found[0].on,
            "attention",
            f"account:{found[0].account}",
        )
