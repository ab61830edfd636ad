"""Goals as they are kept: what is wanted, in versions, with milestones; setting and changing them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, cast

from salesboard.domain import company, money, people, periods
from salesboard.domain.company import CompanyFacts
from salesboard.domain.gains import (
    COMPANY_SCOPE,
    METRICS,
    Metric,
    Scope,
    by_month,
    comparable,
    gains_until,
    kind_of,
    shown,
)
from salesboard.domain.ladders import READINGS, How, Reading, Rung, check_ladder, fitting_reading, propose
from salesboard.domain.permissions import require, writes
from salesboard.domain.realism import GoalFacts as SmartFacts
from salesboard.domain.realism import Realism, Tick, explain, judge, smart
from salesboard.domain.text import clean, optional
from salesboard.errors import Clash, Conflict, Gone, NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor, Entry
from salesboard.storage.models import (
    LARGEST_AMOUNT,
    Acknowledgement,
    Goal,
    GoalVersion,
    Milestone,
    Payout,
    Person,
    Product,
    Proposal,
    Team,
)
from salesboard.storage.prepared import by_id

DRAFT, PROPOSED, ACTIVE, RETIRED = "draft", "proposed", "active", "retired"
SET = "set"
COMPANY = "Company"
Brought = tuple[str | None, int | None, bool]
"""What a milestone brings: words, or an amount in minor units, and whether it is final once paid."""


@dataclass(frozen=True)
class Step:
    """A milestone as it is wished for: threshold in minor units or a count, due date, and what it brings."""

    threshold: int
    due_on: date | None = None
    label: str = ""
    reward: str | None = None
    reward_minor: int | None = None
    final: bool = False
    """Once it is paid, it is not clawed back."""


@dataclass(frozen=True)
class Wish:
    """A goal as it is wished for."""

    metric: Metric
    target: int
    """Minor units of revenue, or a count."""
    start_on: date
    end_on: date | None = None
    """The last day that counts; None is open-ended."""
    scope: Scope = COMPANY_SCOPE
    product: int | None = None
    ladder: tuple[Step, ...] = ()
    """Empty means one milestone, the target on the last day."""
    reading: Reading | None = None
    """None: the one in which the ladder makes up the target."""
    name: str = ""
    parent: int | None = None
    relevance: str | None = None
    """Why it matters, where it serves no other goal."""
    reason: str | None = None
    """Why a target beyond the best ever can be reached."""
    rationale: str | None = None
    """What everybody concerned is told."""


@dataclass(frozen=True)
class MilestoneFacts:
    """A milestone as it is kept."""

    id: int
    rung: Rung
    reward: str | None
    reward_minor: int | None
    final: bool


@dataclass(frozen=True)
class VersionFacts:
    """A goal's target and ladder from a day on, and why."""

    id: int
    from_on: date
    target: int
    reading: Reading
    decision: str
    reason: str | None
    rationale: str | None
    author: str
    at: datetime
    milestones: tuple[MilestoneFacts, ...]


@dataclass(frozen=True)
class GoalFacts:
    """A goal as it is kept."""

    id: int
    name: str
    metric: Metric
    product: int | None
    product_name: str | None
    scope: Scope
    whose: str
    """The company, or the team's or the person's name."""
    start_on: date
    end_on: date | None
    status: str
    parent: int | None
    relevance: str | None
    author: int | None
    versions: tuple[VersionFacts, ...]
    """Oldest first."""

    def is_made_up_of(self, part: GoalFacts) -> bool:
        """Whether another goal beneath it counts the same in the same window, so that targets add up."""
        return part.parent == self.id and (self.metric, self.product, self.start_on, self.end_on) == (
            part.metric,
            part.product,
            part.start_on,
            part.end_on,
        )

    def version_on(self, day: date) -> VersionFacts:
        """The version that holds on a day."""
        return [one for one in self.versions if one.from_on <= day or one is self.versions[0]][-1]

    def ladder_on(self, day: date) -> tuple[MilestoneFacts, ...]:
        """The milestones as judged on a day: each by the version that held on its due date, or holds now."""
        in_force = [one for one in self.versions if one.from_on <= day] or [self.versions[0]]
        found: list[MilestoneFacts] = []
        for place, version in enumerate(in_force):
            after = in_force[place + 1].from_on if place + 1 < len(in_force) else None
            for milestone in version.milestones:
                due = milestone.rung.due_on
                begun = place == 0 or due is None or due >= version.from_on
                if begun and (after is None or (due is not None and due < after)):
                    found.append(milestone)
        return tuple(found)


@dataclass(frozen=True)
class Check:
    """What is said of a wish before it is saved."""

    realism: Realism | None
    """None for an open-ended goal."""
    verdict: str
    """The verdict's grounds in a sentence."""
    ticks: tuple[Tick, ...]
    past: tuple[int, ...]
    """What comparable periods brought, oldest first."""

    @property
    def judged(self) -> str:
        """The verdict with its grounds: `fair: 400k is below your best quarter (450k); …`."""
        word = self.realism.verdict if self.realism else ""
        return f"{word}: {self.verdict}" if word and not self.verdict.startswith(word) else self.verdict

    @property
    def lacking(self) -> list[str]:
        """What is still needed before the goal can be active."""
        return [f"{tick.word}: {tick.why}" for tick in self.ticks if not tick.met]


# --- reading ------------------------------------------------------------------------------------------------


def goals(*, statuses: Iterable[str] = (ACTIVE,)) -> list[GoalFacts]:
    """All goals of some statuses with all their versions: the company's first, then teams', then people's."""
    return _read(Goal.select().where(Goal.status.in_(tuple(statuses))))


def called(wanted: Iterable[int]) -> dict[int, str]:
    """What goals are called with whose they are, `Revenue 2026-Q1 of West`, by number."""
    return {
        one.id: f"{one.name} of {one.whose}" for one in _read(Goal.select().where(Goal.id.in_(set(wanted))))
    }


def find_goal(identity: int) -> GoalFacts:
    """One goal with all its versions. Refused: there is none of this number."""
    found = _read(Goal.select().where(Goal.id == identity))
    if not found:
        raise NotFound(f"there is no goal {identity}; 'salesboard goals list' shows them")
    return found[0]


def goal_of(milestone: int) -> int:
    """The number of the goal that a milestone is of. Refused: there is none of this number."""
    row = by_id(Milestone, milestone)
    version = by_id(GoalVersion, row.goal_version_id) if row else None
    if version is None:
        raise NotFound(f"there is no milestone {milestone}; 'salesboard goals show' has their numbers")
    return int(version.goal_id)


def authors() -> dict[int | None, str]:
    """What everybody is called who may have written something; None is the program."""
    names: dict[int | None, str] = dict(Person.select(Person.id, Person.name).tuples())
    return names | {None: ledger.PROGRAM.name}


def _read(query: Any) -> list[GoalFacts]:
    rows = list(query.order_by(Goal.start_on, Goal.id))
    wanted = [row.id for row in rows]
    versions = list(
        GoalVersion.select().where(GoalVersion.goal.in_(wanted)).order_by(GoalVersion.from_on, GoalVersion.id)
    )
    milestones: dict[int, list[MilestoneFacts]] = defaultdict(list)
    for one in (
        Milestone.select()
        .where(Milestone.goal_version.in_([version.id for version in versions]))
        .order_by(Milestone.place)
    ):
        milestones[one.goal_version_id].append(
            MilestoneFacts(
                one.id,
                Rung(one.label, one.due_on, one.threshold),
                one.reward,
                one.reward_minor,
                one.final,
            )
        )
    names = authors()
    teams = dict(Team.select(Team.id, Team.name).tuples())
    products = dict(Product.select(Product.id, Product.name).tuples())
    by_goal: dict[int, list[VersionFacts]] = defaultdict(list)
    for version in versions:
        by_goal[version.goal_id].append(
            VersionFacts(
                version.id,
                version.from_on,
                version.target,
                version.reading,
                version.decision,
                version.reason,
                version.rationale,
                names[version.author_id],
                version.at,
                tuple(milestones[version.id]),
            )
        )
    found = [
        GoalFacts(
            row.id,
            row.name,
            row.metric,
            row.product_id,
            products.get(row.product_id),
            Scope(row.team_id, row.person_id),
            names[row.person_id] if row.person_id else teams.get(row.team_id, COMPANY),
            row.start_on,
            row.end_on,
            row.status,
            row.parent_id,
            row.relevance,
            row.author_id,
            tuple(by_goal[row.id]),
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (one.scope.person is not None, one.scope.team is not None))


# --- before saving ------------------------------------------------------------------------------------------


def check(wish: Wish, *, today: date) -> Check:
    """Hold a wish against the past and the five questions; nothing is saved.

    Refused: what can not be a goal at all, such as a ladder that does not rise.
    """
    facts = company.facts()
    _check_wish(wish, facts)
    past: list[int] = []
    realism = None
    verdict = "open-ended: it has no pace and can not be missed"
    if wish.end_on is not None:
        gains = gains_until(today, wish.metric, product=wish.product)
        past = comparable(
            gains, wish.scope, wish.start_on, wish.end_on, today=today, fiscal_start=facts.fiscal_start
        )
        realism = judge(wish.target, past)
        kind = kind_of(wish.start_on, wish.end_on, facts.fiscal_start)
        verdict = explain(
            realism,
            noun=kind or "period",
            show=lambda value: shown(value, wish.metric, facts.currency),
        )
    return Check(realism, verdict, smart(_smart_facts(wish, realism)), tuple(past))


def wish_of(goal: int, target: int | None = None) -> Wish:
    """A goal that is kept as it could be wished for again; for another target the ladder is in proportion."""
    newest = _newest(goal)
    return _as_wish(_kept(goal), newest, newest.target if target is None else target)


def check_kept(goal: int, *, today: date) -> Check:
    """The same of a goal that is kept, such as a draft, by its newest version."""
    return check(wish_of(goal), today=today)


def _smart_facts(wish: Wish, realism: Realism | None) -> SmartFacts:
    whose = _whose(wish.scope)
    return SmartFacts(
        metric=wish.metric,
        scope=whose,
        computable=wish.metric in METRICS,
        verdict=realism.verdict if realism else "safe",
        reason=wish.reason,
        parent=_parent_name(wish.parent),
        # The company's own goal is what all others serve.
        relevance=wish.relevance or ("the company's own goal" if wish.scope == COMPANY_SCOPE else None),
        due_on=wish.end_on,
        open_ended=wish.end_on is None,
    )


def _parent_name(parent: int | None) -> str | None:
    row = by_id(Goal, parent)
    return row.name if row else None


def _whose(scope: Scope) -> str:
    if scope.person is not None:
        person = by_id(Person, scope.person)
        if person is None:
            raise NotFound(f"there is no person {scope.person}")
        return str(person.name)
    if scope.team is not None:
        team = by_id(Team, scope.team)
        if team is None:
            raise NotFound(f"there is no team {scope.team}")
        return str(team.name)
    return COMPANY


def _check_wish(wish: Wish, facts: CompanyFacts) -> None:
    if wish.metric not in METRICS:
        raise Refused(f"{wish.metric!r} is no metric: {', '.join(METRICS)}")
    if wish.target < 1:
        raise Refused("a target is above zero")
    if wish.target > LARGEST_AMOUNT:
        raise Refused("the target is larger than a board can keep; give a smaller one")
    if any(step.reward_minor is not None and step.reward_minor < 1 for step in wish.ladder):
        raise Refused("a reward in money is above zero: give an amount, or say it in words")
    if wish.end_on is not None and wish.end_on < wish.start_on:
        raise Refused(f"the goal ends on {wish.end_on}, before it starts on {wish.start_on}")
    if wish.product is not None and wish.metric != "units":
        raise Refused(f"{wish.metric} is not counted by product: choose units, or leave the product out")
    if wish.product is not None and by_id(Product, wish.product) is None:
        raise NotFound(f"there is no product {wish.product}")
    if wish.parent is not None:
        above = by_id(Goal, wish.parent)
        if above is None:
            raise NotFound(f"there is no goal {wish.parent} that it could be a part of")
    if None not in wish.scope:
        raise Refused("a goal is a team's or a person's, not both: leave one of them out")
    rungs, reading = ladder_of(wish)
    check_ladder(
        rungs,
        wish.target,
        wish.start_on,
        reading,
        end=wish.end_on + timedelta(days=1) if wish.end_on else None,
        show=lambda value: shown(value, wish.metric, facts.currency, exact=True),
    )


def ladder_of(wish: Wish) -> tuple[list[Rung], Reading]:
    """The milestones that a wish means, and how they are read.

    Without a ladder it is one, the target on the last day; without a reading, the one that makes it up.
    """
    rungs = [
        Rung(step.label or f"Milestone {place}", step.due_on, step.threshold)
        for place, step in enumerate(_steps(wish), 1)
    ]
    if wish.reading is not None and wish.reading not in READINGS:
        raise Refused(f"a ladder is read as {' or '.join(READINGS)}, not {wish.reading!r}")
    return rungs, wish.reading or fitting_reading(rungs, wish.target) or "cumulative"


def worked_out(
    wish: Wish,
    how: How,
    *,
    today: date,
    every: periods.Kind = "month",
    steps: int | None = None,
    round_to: int = 1,
) -> tuple[Rung, ...]:
    """A ladder for a wish between two days, as `ladders.propose` makes it; a seasonal one from own months."""
    if wish.end_on is None:
        raise Refused("milestones are worked out between two days: an open-ended goal has none")
    history = None
    if how == "seasonal":
        brought = gains_until(today, wish.metric, product=wish.product)
        history = by_month(brought, wish.scope, today=today)
    return propose(
        wish.target,
        wish.start_on,
        wish.end_on + timedelta(days=1),
        how,
        every=every,
        steps=steps,
        fiscal_start=company.facts().fiscal_start,
        history=history,
        round_to=round_to,
        reading=wish.reading or "cumulative",
    )


def _steps(wish: Wish) -> tuple[Step, ...]:
    return wish.ladder or (Step(wish.target, wish.end_on),)


def named(wish: Wish, fiscal_start: int = 1) -> str:
    """What a goal is called that was given no name: `Revenue 2017-Q2`, `Units of GTX Pro from 2017-03-01`."""
    product = by_id(Product, wish.product)
    what = wish.metric.capitalize() + (f" of {product.name}" if product else "")
    if wish.end_on is None:
        return f"{what} from {wish.start_on}"
    kind = kind_of(wish.start_on, wish.end_on, fiscal_start)
    if kind is None:
        return f"{what} {wish.start_on} to {wish.end_on}"
    return f"{what} {periods.period_of(kind, wish.start_on, fiscal_start).name}"


# --- setting and changing -----------------------------------------------------------------------------------


@writes("set goal")
def add_goal(actor: Actor, wish: Wish, *, now: datetime, draft: bool = False) -> int:
    """Set a goal and hand back its id; it is active unless it is saved as a draft.

    Refused: a ladder that does not make up the target, a window that ends before it starts; and of a goal
    that is to be active at once, an answer to one of the five questions that is lacking.
    """
    with ledger.batch(actor, "set", now=now, several=False):
        today = company.facts().today(now)
        require(actor, "set goal", today=today, owner=wish.scope.person, team=wish.scope.team)
        return _insert(actor, wish, now, today, DRAFT if draft else ACTIVE)


@writes("propose goal")
def propose_goal(actor: Actor, wish: Wish, *, now: datetime, words: str) -> int:
    """Propose a person's own target, with reasons; it counts once the other side agrees.

    Refused: proposing it for a team or the company, for which goals are set.
    """
    if wish.scope.person is None:
        raise Refused("a target is proposed for a person; goals of teams and the company are set")
    wish = replace(wish, relevance=wish.relevance or words, reason=wish.reason or words)
    with ledger.batch(actor, "proposed", now=now):
        today = company.facts().today(now)
        require(actor, "propose goal", today=today, owner=wish.scope.person)
        identity = _insert(actor, wish, now, today, PROPOSED)
        _propose(actor, identity, wish.target, words, now)
    return identity


@writes("propose goal")
def counter_propose(actor: Actor, goal: int, target: int, words: str, *, now: datetime) -> None:
    """Answer a proposed target with another one and the reasons; both sides' numbers stay on record."""
    with ledger.batch(actor, "proposed", now=now, several=False):
        row = _proposed(goal)
        require(actor, "propose goal", today=company.facts().today(now), owner=row.person_id)
        if _is_of_own_side(actor, row):
            raise Refused("the last proposal is of your own side; it is for the other one to answer")
        _propose(actor, goal, target, words, now)


@writes("propose goal")
def agree(actor: Actor, goal: int, *, now: datetime) -> None:
    """Agree to the last proposal: the target counts from now on.

    Refused: agreeing to one's own proposal; to another lead's, too, as the person it is about has to.
    """
    with ledger.batch(actor, "agreed", now=now):
        row = _proposed(goal)
        today = company.facts().today(now)
        require(actor, "propose goal", today=today, owner=row.person_id)
        last = _last_proposal(goal)
        if _is_of_own_side(actor, row):
            raise Refused("one does not agree to a proposal of one's own side; the other one has to")
        version = _newest(goal)
        if last.target != version.target:
            wish = replace(_as_wish(row, version, last.target), reason=last.words)
            _new_version(actor, row, wish, "agreed", now, row.start_on)
        with ledger.entry(actor, "agreed", row, now=now) as entry:
            entry.update(row, status=ACTIVE)
        _settle(now)


def _propose(actor: Actor, goal: int, target: int, words: str, now: datetime) -> None:
    if target < 1:
        raise Refused("a target is above zero")
    with ledger.entry(actor, "proposed", by_id(Goal, goal), now=now) as entry:
        entry.insert(
            Proposal,
            goal=goal,
            author=actor.id,
            target=target,
            words=clean(words, field="The reasons", limit=2000, multiline=True),
            at=now,
        )


def _proposed(goal: int) -> Goal:
    row = _kept(goal)
    if row.status != PROPOSED:
        raise Refused(f"{row.name} is {row.status}, not proposed")
    return row


def _is_of_own_side(actor: Actor, row: Goal) -> bool:
    """Whether the last proposal is by the person and so is this one, or neither is."""
    last_by_person = bool(_last_proposal(row.id).author_id == row.person_id)
    return last_by_person == bool(actor.id == row.person_id)


def _last_proposal(goal: int) -> Proposal:
    last: Proposal = Proposal.select().where(Proposal.goal == goal).order_by(Proposal.id.desc()).get()
    return last


def _scaled(version: GoalVersion, target: int) -> list[Step]:
    """The same ladder for another target: every threshold in proportion, the last exact."""
    steps = [
        Step(one.threshold, one.due_on, one.label, one.reward, one.reward_minor, one.final)
        for one in Milestone.select().where(Milestone.goal_version == version).order_by(Milestone.place)
    ]
    thresholds = [max(1, step.threshold * target // version.target) for step in steps[:-1]]
    thresholds.append(target if version.reading == "cumulative" else target - sum(thresholds))
    return [replace(step, threshold=value) for step, value in zip(steps, thresholds, strict=True)]


@writes("set goal")
def activate_goal(actor: Actor, goal: int, *, now: datetime) -> None:
    """Make a draft count. Refused: one of the five answers is lacking."""
    with _changing(actor, "activated", goal, now) as (row, today):
        if row.status != DRAFT:
            raise Refused(f"{row.name} is {row.status}, not a draft")
        _refuse_lacking(check_kept(goal, today=today))
        with ledger.entry(actor, "activated", row, now=now) as entry:
            entry.update(row, status=ACTIVE)
        _settle(now)


@writes("set goal")
def revise_goal(
    actor: Actor,
    goal: int,
    *,
    now: datetime,
    decision: str,
    reason: str,
    target: int | None = None,
    ladder: Sequence[Step] = (),
    from_on: date | None = None,
    seen: Mapping[str, Any] | None = None,
) -> None:
    """Give a goal another target or ladder from a day on, with the reason; what was due before stays judged.

    Without a ladder the present one is kept in proportion. Of a published goal everybody is told the reason,
    and asked to acknowledge it again. `seen` holds the target, the number of the version as `ladder`, and its
    rewards, as the actor saw them; what somebody else changed since is a Conflict, what was left as it was
    seen stays as it stands. Refused: a day before the version that holds or after the goal's end, another
    milestone in the place of one whose reward was approved, no reason.
    """
    with _changing(actor, decision, goal, now) as (row, today):
        if row.status == RETIRED:
            raise Refused(f"{row.name} is retired; set a new goal")
        newest = _newest(goal)
        start = from_on or max(today, newest.from_on)
        if start < newest.from_on:
            raise Refused(f"a version from {newest.from_on} on holds already; begin no earlier")
        if row.end_on is not None and start > row.end_on:
            raise Refused(f"{row.name} ended on {row.end_on}; set a new goal for the time after it")
        _refuse_rewarded(goal, start)
        why = clean(reason, field="The reason", limit=2000, multiline=True)
        target = _still_meant(row, newest, seen, target, ladder)
        wish = _as_wish(row, newest, target)
        wish = replace(wish, reason=why, rationale=why if newest.rationale is not None else None)
        if ladder:
            wish = replace(wish, ladder=tuple(ladder), reading=None)
        _new_version(actor, row, wish, decision, now, start)
        _settle(now)


def rewards_of(steps: Iterable[Step | MilestoneFacts]) -> tuple[Brought, ...]:
    """What each milestone brings."""
    return tuple((step.reward, step.reward_minor, step.final) for step in steps)


def _still_meant(
    row: Goal,
    newest: GoalVersion,
    seen: Mapping[str, Any] | None,
    wanted: int | None,
    ladder: Sequence[Step],
) -> int:
    """The target that somebody wants a goal to have; a Conflict where what they saw of it has moved on."""
    mine = newest.target if wanted is None else wanted
    if not seen:
        return int(mine)
    show = partial(shown, metric=cast(Metric, row.metric), currency=company.facts().currency, exact=True)
    clashes = []
    if mine == seen["target"]:
        mine = newest.target
    elif newest.target not in (seen["target"], mine):
        words = show(seen["target"]), show(newest.target), show(mine)
        clashes.append(_clash(newest, "target", seen["target"], newest.target, mine, words))
    if ladder:
        version = by_id(GoalVersion, seen["ladder"])
        saw = _rungs(_scaled(version, mine)) if version else ()
        stands = _rungs(_scaled(newest, mine))
        if stands not in (saw, _rungs(ladder)):
            before, theirs, own = (_rungs_in_words(one, show) for one in (saw, stands, _rungs(ladder)))
            clashes.append(_clash(newest, "ladder", seen["ladder"], newest.id, None, (before, theirs, own)))
        brings, brought = rewards_of(ladder), rewards_of(_scaled(newest, mine))
        if brought not in (seen["rewards"], brings):
            before, theirs, own = map(_rewards_in_words, (seen["rewards"], brought, brings))
            clashes.append(_clash(newest, "rewards", seen["rewards"], brought, brings, (before, theirs, own)))
    if clashes:
        raise ledger.conflict(clashes)
    return int(mine)


def _clash(
    newest: GoalVersion, field: str, before: Any, theirs: Any, mine: Any, told: tuple[str, str, str]
) -> Clash:
    """What stands against the version that somebody has made meanwhile."""
    return Clash(field, before, theirs, mine, ledger.name_of(newest.author_id), newest.at, told)


def _rungs(steps: Iterable[Step]) -> tuple[tuple[date | None, int], ...]:
    return tuple((step.due_on, step.threshold) for step in steps)


def _rungs_in_words(rungs: Iterable[tuple[date | None, int]], show: Callable[[int], str]) -> str:
    return ", ".join(f"{show(value)} by {due}" if due else show(value) for due, value in rungs) or "nothing"


def _rewards_in_words(rewards: Iterable[Brought]) -> str:
    currency = company.facts().currency
    said = [money.format_exact(minor, currency) if minor else words or "" for words, minor, _ in rewards]
    return ", ".join(one or "nothing" for one in said) if any(said) else "nothing"


@writes("set goal")
def retire_goal(actor: Actor, goal: int, *, now: datetime, reason: str) -> None:
    """Let a goal count no more; its history stays."""
    with _changing(actor, "retired", goal, now) as (row, _):
        why = clean(reason, field="The reason", limit=2000, multiline=True)
        with ledger.entry(actor, "retired", row, now=now, note=why) as entry:
            if not entry.update(row, status=RETIRED):
                raise Refused(f"{row.name} is retired already")


@writes("set goal")
def publish_goal(
    actor: Actor, goal: int, rationale: str, *, now: datetime, seen: Mapping[str, Any] | None = None
) -> None:
    """Tell everybody concerned why the goal is as it is; they are asked to acknowledge it.

    `seen` holds the number of the version and its rationale as the actor saw them: what somebody else wrote
    since is a Conflict, and so is another version.
    """
    with _changing(actor, "published", goal, now) as (row, _):
        newest = _newest(goal)
        if seen and newest.id != seen["version"]:
            raise revised_meanwhile(find_goal(goal))
        why = {"rationale": clean(rationale, field="The rationale", limit=2000, multiline=True)}
        with ledger.entry(actor, "published", row, now=now) as entry:
            entry.update(newest, **ledger.still_meant(newest, seen, why))


def revised_meanwhile(found: GoalFacts) -> Conflict:
    """The refusal where a goal has got another version than the one somebody saw."""
    newest = found.versions[-1]
    target = shown(newest.target, found.metric, company.facts().currency, exact=True)
    return Conflict(
        f"{newest.author} revised {found.name} meanwhile, the target is {target}; nothing was saved: "
        "look again, then decide"
    )


@writes("acknowledge goal")
def acknowledge(actor: Actor, goal: int, *, now: datetime, question: str | None = None) -> None:
    """Say that one has read what was published of a goal, and understood it, or asks something.

    Refused: a goal that was not published, or is not about whoever reads it.
    """
    with ledger.batch(actor, "acknowledged", now=now, several=False):
        row, today = _kept(goal), company.facts().today(now)
        require(actor, "acknowledge goal", today=today, owner=actor.id)
        found = find_goal(goal)
        version = found.version_on(today)
        if version.rationale is None:
            raise Refused(f"{row.name} has not been published yet; there is nothing to acknowledge")
        if actor.id not in people.whose_sales(found.scope, today):
            raise Refused(f"{row.name} is a goal of {found.whose}, not yours")
        asked = optional(question, field="The question", limit=2000, multiline=True)
        verb = "asked about" if asked else "acknowledged"
        known = Acknowledgement.get_or_none(goal_version=version.id, person=actor.id)
        with ledger.entry(actor, verb, row, now=now) as entry:
            if known is None:
                entry.insert(
                    Acknowledgement, goal_version=version.id, person=actor.id, at=now, question=asked
                )
            else:
                entry.update(known, at=now, question=asked)


@dataclass(frozen=True)
class Proposed:
    """What somebody proposed as a person's own target, and why."""

    author: str
    target: int
    words: str
    at: datetime


def proposals(goal: int) -> list[Proposed]:
    """All that both sides proposed for a goal, oldest first."""
    names = dict(Person.select(Person.id, Person.name).tuples())
    rows = Proposal.select().where(Proposal.goal == goal).order_by(Proposal.id)
    return [Proposed(names[row.author_id], row.target, row.words, row.at) for row in rows]


@dataclass(frozen=True)
class Readers:
    """Who has read the present version of a published goal."""

    concerned: int
    acknowledged: tuple[str, ...]
    questions: tuple[tuple[str, str], ...]
    """By whom, and what is asked."""
    waiting: tuple[str, ...]


def readers(found: GoalFacts, today: date) -> Readers | None:
    """Who has acknowledged a goal, asked about it, or has not read it; None if it was not published."""
    version = found.version_on(today)
    if version.rationale is None:
        return None
    names = dict(Person.select(Person.id, Person.name).tuples())
    answers = {
        person: question
        for person, question in Acknowledgement.select(Acknowledgement.person, Acknowledgement.question)
        .where(Acknowledgement.goal_version == version.id)
        .tuples()
    }
    everybody = people.whose_sales(found.scope, today)
    return Readers(
        len(everybody),
        tuple(sorted(names[one] for one in everybody if one in answers and not answers[one])),
        tuple((names[one], answers[one] or "") for one in everybody if answers.get(one)),
        tuple(sorted(names[one] for one in everybody if one not in answers)),
    )


# --- helpers ------------------------------------------------------------------------------------------------


@contextmanager
def _changing(actor: Actor, verb: str, goal: int, now: datetime) -> Iterator[tuple[Goal, date]]:
    """One act on a goal, read afresh inside the transaction; refused where the actor may not set it."""
    with ledger.batch(actor, verb, now=now, several=False):
        row, today = _kept(goal), company.facts().today(now)
        require(actor, "set goal", today=today, owner=row.person_id, team=row.team_id)
        yield row, today


def _kept(identity: int) -> Goal:
    row = by_id(Goal, identity)
    if row is None:
        raise _no_goal(identity)
    return row


def _no_goal(identity: int) -> NotFound | Gone:
    return ledger.gone("goal", identity, "this goal") or NotFound(
        f"there is no goal {identity}; 'salesboard goals list' shows them"
    )


def _newest(goal: int) -> GoalVersion:
    newest: GoalVersion | None = (
        GoalVersion.select()
        .where(GoalVersion.goal == goal)
        .order_by(GoalVersion.from_on.desc(), GoalVersion.id.desc())
        .first()
    )
    if newest is None:
        raise _no_goal(goal)
    return newest


def _insert(actor: Actor, wish: Wish, now: datetime, today: date, status: str) -> int:
    found = check(wish, today=today)
    if status == ACTIVE:
        _refuse_lacking(found)
    fiscal_start = company.facts().fiscal_start
    with ledger.entry(actor, "set" if status != PROPOSED else "proposed", now=now) as entry:
        row = entry.insert(
            Goal,
            name=clean(wish.name or named(wish, fiscal_start), field="The name"),
            metric=wish.metric,
            product=wish.product,
            team=wish.scope.team,
            person=wish.scope.person,
            start_on=wish.start_on,
            end_on=wish.end_on,
            parent=wish.parent,
            relevance=optional(wish.relevance, field="Why it matters", limit=2000, multiline=True),
            status=status,
            author=actor.id,
        )
        _insert_version(entry, row, wish, SET, actor, now, wish.start_on)
    _settle(now)
    return int(row.id)


def _refuse_rewarded(goal: int, start: date) -> None:
    """Refuse a version that would replace a milestone whose reward was approved: it would be earned twice."""
    rewarded = (
        Milestone.select()
        .join(GoalVersion)
        .where(
            GoalVersion.goal == goal,
            Milestone.id.in_(Payout.select(Payout.milestone)),
            Milestone.due_on.is_null() | (Milestone.due_on >= start),
        )
        .order_by(Milestone.due_on.desc(nulls="first"))
        .first()
    )
    if rewarded is not None:
        after = f"let the change begin after {rewarded.due_on}" if rewarded.due_on else "set a new goal"
        raise Refused(f"a reward for {rewarded.label} was approved already: {after}")


def _new_version(actor: Actor, row: Goal, wish: Wish, decision: str, now: datetime, from_on: date) -> None:
    wish = replace(wish, relevance=wish.relevance or "as before")
    _refuse_lacking(check(wish, today=company.facts().today(now)))
    with ledger.entry(actor, decision, row, now=now, note=wish.reason) as entry:
        _insert_version(entry, row, wish, decision, actor, now, from_on)


def _insert_version(
    entry: Entry, row: Goal, wish: Wish, decision: str, actor: Actor, now: datetime, from_on: date
) -> None:
    rungs, reading = ladder_of(wish)
    version = entry.insert(
        GoalVersion,
        goal=row.id,
        from_on=from_on,
        target=wish.target,
        reading=reading,
        decision=decision,
        reason=optional(wish.reason, field="The reason", limit=2000, multiline=True),
        rationale=optional(wish.rationale, field="The rationale", limit=2000, multiline=True),
        author=actor.id,
        at=now,
    )
    for place, (step, rung) in enumerate(zip(_steps(wish), rungs, strict=True), 1):
        entry.insert(
            Milestone,
            goal_version=version.id,
            place=place,
            label=clean(rung.label, field="The label"),
            due_on=step.due_on,
            threshold=step.threshold,
            reward=optional(step.reward, field="The reward"),
            reward_minor=step.reward_minor,
            final=step.final,
        )


def _as_wish(row: Goal, version: GoalVersion, target: int) -> Wish:
    """A goal that is kept as it could be wished for again, perhaps with another target."""
    return Wish(
        metric=cast(Metric, row.metric),
        target=target,
        start_on=row.start_on,
        end_on=row.end_on,
        scope=Scope(row.team_id, row.person_id),
        product=row.product_id,
        ladder=tuple(_scaled(version, target)),
        reading=cast(Reading, version.reading),
        parent=row.parent_id,
        relevance=row.relevance,
        reason=version.reason,
    )


def _refuse_lacking(found: Check) -> None:
    if found.lacking:
        beyond = f" ({found.verdict})" if found.realism and found.realism.needs_reason else ""
        raise Refused(f"{'; '.join(found.lacking)}{beyond}; it can be saved as a draft until then")


def _settle(now: datetime) -> None:
    from salesboard.domain import standings

    standings.settle(now=now)
