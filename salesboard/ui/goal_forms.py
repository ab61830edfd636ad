"""The forms of goals: setting one while seeing whether it is realistic, proposing, answering, publishing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from salesboard.domain import company, dates, gains, goals, ladders, money, people, periods, permissions
from salesboard.domain import products as product_list
from salesboard.domain.company import CompanyFacts
from salesboard.domain.gains import METRICS, Metric, Scope
from salesboard.domain.goals import Check, Step, Wish
from salesboard.domain.ladders import HOWS, READINGS, How, Reading, Rung
from salesboard.domain.periods import Kind
from salesboard.domain.text import clean, match_key, optional
from salesboard.errors import Refused
from salesboard.storage.ledger import Actor
from salesboard.ui.plain import one_line, wrapped
from salesboard.ui.widgets.form import Doubt, Field, Form
from salesboard.ui.widgets.sheet import Line

if TYPE_CHECKING:
    from salesboard.ui.app import SalesboardApp
    from salesboard.ui.screens.asking import DeskScreen

COMPANY = "company"
COUNTED: dict[str, str] = {
    "revenue": "what won deals bring",
    "sales": "how many deals are won",
    "new customers": "accounts with their first sale",
    "units": "pieces sold, of one product or of any",
    "advocates": "accounts that have become advocates",
}
EVERY: tuple[Kind, ...] = ("week", "month", "quarter")
NEARLY_OVER = timedelta(days=14)
"""So long before a quarter's end a new goal is meant for the next one."""
FINAL = " final"
"""Ends a reward that is not clawed back once it is paid."""
ROOMY = 10
"""With so many lines beneath the fields, every one of the five answers is told in words."""


@dataclass(frozen=True)
class Reader:
    """What is needed to read days and values."""

    company: CompanyFacts
    today: date


@dataclass(frozen=True)
class Prepared(Reader):
    """What the forms need to know before they are shown."""

    teams: dict[str, tuple[int, str]]
    """By match key: id and name."""
    people: dict[str, tuple[int, str]]
    """By the match keys of name and handle."""
    products: dict[str, tuple[int, str]]
    goals: dict[str, tuple[int, str]]
    """Active ones, by the match key of what they are called here."""
    whose: str
    """Of whom one may set a goal oneself: the company, one's team, or else oneself alone."""
    may_set: bool


@dataclass(frozen=True)
class Plan:
    """A ladder as it was typed: how to make it, or its rungs, or nothing: one rung, the target itself."""

    how: How | None = None
    round_to: int = 1
    rungs: tuple[tuple[date | None, int], ...] = ()
    """Due date and threshold."""


@dataclass(frozen=True)
class Brought:
    """What a milestone brings, as it was typed."""

    words: str | None
    minor: int | None
    final: bool


def prepare(actor: Actor, now: datetime) -> Prepared:
    """Read what the forms need; runs at the desk."""
    facts = company.facts()
    today = facts.today(now)
    everybody = [one for one in people.roster(today) if one.active]
    me = next(one for one in everybody if one.id == actor.id)
    reach = permissions.reach(me.role, "set goal")
    teams = {match_key(one.name): (one.id, one.name) for one in people.tree()}
    by_name = {match_key(one.name): (one.id, one.name) for one in everybody}
    by_handle = {match_key(one.handle): (one.id, one.name) for one in everybody}
    whose = me.name
    if reach is permissions.ALL:
        whose = COMPANY
    elif reach is permissions.TEAM and me.teams:
        whose = me.teams[0]
    return Prepared(
        facts,
        today,
        teams,
        by_handle | by_name,
        {match_key(one.name): (one.id, one.name) for one in product_list.all_products() if one.active},
        {
            match_key(called): (one.id, called)
            for one in goals.goals()
            if (called := f"{one.name} {one.whose}")
        },
        whose,
        reach is not permissions.NOTHING,
    )


# --- reading what is typed ----------------------------------------------------------------------------------


def read_choice(choices: Sequence[str], field: str) -> Callable[[str], str]:
    """The choice that begins with what was typed."""

    def read(typed: str) -> str:
        wish = typed.strip().casefold()
        close = [one for one in choices if one.startswith(wish)]
        if wish in choices:
            return wish
        if len(close) != 1:
            raise Refused(f"{field}: {', '.join(choices)}")
        return close[0]

    return read


def found_in(named: Mapping[str, tuple[int, str]], typed: str, what: str) -> tuple[int, str]:
    """The thing of a name, or the only one that begins so."""
    key = match_key(typed.strip().removeprefix("@"))
    if key in named:
        return named[key]
    close = dict.fromkeys(found for own, found in named.items() if key and own.startswith(key))
    if len(close) == 1:
        return next(iter(close))
    if close:
        raise Refused(
            f"{typed.strip()!r} could be {', '.join(name for _, name in list(close)[:4])}; say more"
        )
    raise Refused(f"there is no {what} {typed.strip()!r}")


def _scope(prepared: Prepared, typed: str) -> tuple[Scope, str]:
    """Whose goal it is, and their name."""
    if match_key(typed) in ("", COMPANY):
        return Scope(), goals.COMPANY
    wish = match_key(typed.strip())
    if wish in prepared.teams and not typed.strip().startswith("@"):
        team, name = prepared.teams[wish]
        return Scope(team=team), name
    if wish in prepared.people or typed.strip().startswith("@"):
        person, name = found_in(prepared.people, typed, "person")
        return Scope(person=person), name
    found, name = found_in(prepared.teams | prepared.people, typed, "team or person")
    return (Scope(team=found) if (found, name) in prepared.teams.values() else Scope(person=found)), name


def _person(prepared: Prepared, typed: str) -> tuple[Scope, str]:
    person, name = found_in(prepared.people, typed, "person")
    return Scope(person=person), name


def read_day(prepared: Reader, typed: str, above: Mapping[str, Any]) -> date:
    """A day; words such as `eoq` are meant as seen from the start, where that is still to come."""
    seen_from = max(prepared.today, above.get("start") or prepared.today)
    return dates.parse_day(
        typed.strip(), today=seen_from, field="day", fiscal_start=prepared.company.fiscal_start
    )


def _end(prepared: Prepared, typed: str, above: Mapping[str, Any]) -> date | None:
    return read_day(prepared, typed, above) if typed.strip() else None


def read_value(prepared: Reader, typed: str, above: Mapping[str, Any]) -> int:
    """Minor units of revenue, or a count: `12k`, `1.2m`, `40`."""
    if above.get("metric", "revenue") == "revenue":
        return money.parse_amount(typed, prepared.company.currency)
    # The same shorthand as of amounts, in hundredths so that a broken number is noticed.
    whole, rest = divmod(money.parse_amount(typed, "USD"), 100)
    if rest:
        raise Refused(f"{typed.strip()} is no whole number")
    return whole


def _plan(prepared: Reader, typed: str, above: Mapping[str, Any]) -> Plan:
    """`even`, `seasonal to 5k`, or milestones: `31 jan 150k, 28 feb 300k`, or the values alone.

    What is not said to be rounded to something is rounded to whole currency units, or to whole numbers.
    """
    wish = " ".join(typed.casefold().split())
    if not wish:
        return Plan()
    if wish[0].isalpha():
        name, _, step = wish.partition(" to ")
        close = [how for how in HOWS if how.startswith(name)]
        if len(close) == 1:
            return Plan(close[0], read_value(prepared, step or "1", above))
    parts = _parts(wish)
    rungs = tuple(_rung(prepared, part, above) for part in parts)
    if len({due is None for due, _ in rungs}) > 1:
        raise Refused("give every milestone its day, such as 31 jan 150k, or none of them")
    return Plan(rungs=rungs)


def _rung(prepared: Reader, part: str, above: Mapping[str, Any]) -> tuple[date | None, int]:
    day, _, value = part.rpartition(" ")
    threshold = read_value(prepared, value, above)
    return (_due(prepared, day, above) if day else None), threshold


def _due(prepared: Reader, typed: str, above: Mapping[str, Any]) -> date:
    """A due date; one without a year is the first such day after the start."""
    start = above.get("start") or prepared.today
    for year in (start.year, start.year + 1):
        try:
            found = dates.parse_file_date(f"{typed} {year}", dates.DateStyle.ISO)
        except Refused:
            continue
        if found >= start:
            return date(found.year, found.month, found.day)
    return read_day(prepared, typed, above)


def _parts(typed: str) -> list[str]:
    """What stands between commas, or between semicolons where there are some."""
    if ";" in typed:
        return [part.strip() for part in typed.split(";")]
    return [part.strip() for part in re.split(r",\s+" if re.search(r",\s", typed) else ",", typed)]


def _rewards(prepared: Reader, typed: str) -> tuple[Brought, ...]:
    """`900, 900, 1.5k final`, or words; one alone is for the target itself."""
    return tuple(_brought(prepared, part) for part in _parts(typed)) if typed.strip() else ()


def _brought(prepared: Reader, part: str) -> Brought:
    final = part.casefold().endswith(FINAL)
    wish = part[: -len(FINAL)].strip() if final else part
    if not wish:
        return Brought(None, None, final=False)
    if any(character.isdigit() for character in wish):
        try:
            return Brought(None, money.parse_amount(wish, prepared.company.currency), final)
        except Refused:
            pass
    return Brought(clean(wish, field="The reward"), None, final)


def read_words(field: str) -> Callable[[str], str | None]:
    return lambda typed: optional(typed, field=field, limit=2000)


# --- saying what was understood -----------------------------------------------------------------------------


def _told_day(day: date | None) -> str:
    return f"{day:%A %d %B %Y}" if day else "open-ended: it can not be missed"


def _told_plan(plan: Plan) -> str:
    if plan.how:
        return {
            "even": "as much in each period",
            "working days": "by the number of working days in each period",
            "seasonal": "like the same periods of the last years",
            "front": "more at the beginning",
            "back": "more at the end",
        }[plan.how]
    return f"{len(plan.rungs)} milestones" if plan.rungs else "one milestone: the target on the last day"


def _is_divided(plan: Plan | None) -> bool:
    """Whether the ladder follows periods, so that it matters which."""
    return plan is None or plan.how is not None or any(due is None for due, _ in plan.rungs)


def _told_reading(reading: Reading) -> str:
    if reading == "cumulative":
        return "each milestone counts everything since the start"
    return "each milestone counts its own period alone"


def _told_reward(one: Brought, currency: str) -> str:
    said = money.format_exact(one.minor, currency) if one.minor is not None else one.words or "nothing"
    return said + ", final once paid" * one.final


# --- what becomes of it -------------------------------------------------------------------------------------


def wished(values: Mapping[str, Any], prepared: Prepared) -> Wish:
    """The goal that the fields describe; runs at the desk, as a seasonal ladder is made from past sales.

    Refused: milestones that can not be made, or rewards for another number of them.
    """
    scope, _ = values["whose"]
    metric: Metric = values["metric"]
    reading: Reading = values.get("reading") or "cumulative"
    wish = Wish(
        metric=metric,
        target=values["target"],
        start_on=values["start"],
        end_on=values["end"],
        scope=scope,
        product=values["product"][0] if values.get("product") else None,
        reading=reading,
        relevance=values.get("relevance"),
        reason=values.get("reason"),
        parent=values["parent"][0] if values.get("parent") else None,
    )
    rungs = _rungs(wish, values.get("ladder") or Plan(), values.get("every") or "month", prepared)
    return replace(wish, ladder=_with_rewards(rungs, values.get("rewards") or ()))


def _rungs(wish: Wish, plan: Plan, every: Kind, prepared: Reader) -> Sequence[Rung]:
    if plan.how:
        return _proposed(wish, plan.how, every, prepared, plan.round_to)
    if not plan.rungs:
        return [Rung("", wish.end_on, wish.target)]
    rungs = [Rung("", due, threshold) for due, threshold in plan.rungs]
    if wish.end_on is not None and rungs[0].due_on is None:
        ends = [one.due_on for one in _proposed(replace(wish, target=10**9), "even", every, prepared)]
        if len(ends) != len(rungs):
            words = f"{len(rungs)} milestones for {len(ends)} {every}s: give their days, such as 31 jan 150k"
            raise Refused(words)
        rungs = [replace(one, due_on=due) for one, due in zip(rungs, ends, strict=True)]
    fitting = ladders.fitting_reading(rungs, wish.target)
    if fitting and fitting != wish.reading:
        raise Refused(f"these milestones make up the target {fitting}, not {wish.reading}: which is meant?")
    return rungs


def _proposed(wish: Wish, how: How, every: Kind, prepared: Reader, round_to: int = 1) -> Sequence[Rung]:
    if wish.end_on is None:
        raise Refused("an open-ended goal has no periods: type its milestones, such as 100k, 250k")
    return goals.worked_out(wish, how, today=prepared.today, every=every, round_to=round_to)


def _with_rewards(rungs: Sequence[Rung], rewards: Sequence[Brought]) -> tuple[Step, ...]:
    nothing = Brought(None, None, final=False)
    if len(rewards) == 1:
        rewards = [*[nothing] * (len(rungs) - 1), *rewards]
    if rewards and len(rewards) != len(rungs):
        raise Refused(
            f"{len(rewards)} rewards for {len(rungs)} milestones: one for each, or one for the target"
        )
    return tuple(
        Step(rung.threshold, rung.due_on, rung.label, one.words, one.minor, one.final)
        for rung, one in zip(rungs, rewards or [nothing] * len(rungs), strict=True)
    )


# --- beneath the fields -------------------------------------------------------------------------------------


def told_beneath(values: dict[str, Any], width: int, rows: int, *, prepared: Prepared) -> list[Line]:
    """The ladder in both readings, the verdict, and the five answers, of what has been typed so far."""
    needed = ("metric", "whose", "start", "target")
    if missing := [name for name in (*needed, "end") if name not in values]:
        return [[("dim", f"What it means is told here; still to be read: {', '.join(missing)}")]]
    wish = wished(values, prepared)
    found = goals.check(wish, today=prepared.today)
    lines = [*_both(wish, prepared, width)]
    if values.get("rewards"):
        lines.append(_row("rewards", _said_rewards(wish, prepared), width))
    lines += _verdict(found, width)
    if rows < ROOMY:
        marks: Line = [
            part for tick in found.ticks for part in (_mark(tick.met), ("text", f" {tick.word}  "))
        ]
        return [*lines, marks, *_ticks(found, width, lacking_alone=True)]
    return [*lines, *_ticks(found, width)]


def _both(wish: Wish, prepared: Reader, width: int) -> list[Line]:
    rungs = [Rung(step.label, step.due_on, step.threshold) for step in wish.ladder]
    readings = ladders.both_readings(rungs, wish.reading or "cumulative")
    lines: list[Line] = []
    for reading in READINGS:
        values = [
            _day_and_month(one.due_on) + gains.shown(one.threshold, wish.metric, prepared.company.currency)
            for one in readings[reading]
        ]
        lines.append(_row(reading, " · ".join(values), width, chosen=reading == wish.reading))
    return lines


def _row(name: str, words: str, width: int, *, chosen: bool = False) -> Line:
    mark = "▌ " if chosen else "  "
    return [
        ("key", mark),
        ("text" if chosen else "dim", f"{name:<12}"),
        ("money" if chosen else "dim", one_line(words, max(0, width - 14)).rstrip()),
    ]


def _day_and_month(day: date | None) -> str:
    return f"{day.day} {day:%b} " if day else ""


def _said_rewards(wish: Wish, prepared: Reader) -> str:
    currency = prepared.company.currency
    told = " · ".join(
        _day_and_month(step.due_on)
        + _told_reward(Brought(step.reward, step.reward_minor, step.final), currency)
        for step in wish.ladder
        if step.reward or step.reward_minor
    )
    shared = wish.scope.person is None and any(step.reward_minor for step in wish.ladder)
    return f"{told} · shared equally" if shared else told


def _verdict(found: Check, width: int) -> list[Line]:
    ink = "attention" if found.realism and found.realism.needs_reason else "text"
    return [[(ink, line)] for line in wrapped(found.judged, width)]


def _mark(met: bool) -> tuple[str, str]:
    return ("good", "✓") if met else ("attention", "✗")


def _ticks(found: Check, width: int, *, lacking_alone: bool = False) -> list[Line]:
    lines: list[Line] = []
    for tick in found.ticks:
        if tick.met and lacking_alone:
            continue
        ink = "dim" if tick.met else "attention"
        first, *more = wrapped(tick.why, max(8, width - 14))
        lines.append([_mark(tick.met), ("text" if tick.met else ink, f" {tick.word:<12}"), (ink, first)])
        lines += [[(ink, f"{'':14}{line}")] for line in more if not tick.met]
    return lines


# --- the forms ----------------------------------------------------------------------------------------------


def _window(prepared: Prepared) -> tuple[str, str]:
    """This quarter, or the next one when this is nearly over."""
    fiscal_start = prepared.company.fiscal_start
    quarter = periods.period_of("quarter", prepared.today, fiscal_start)
    if quarter.end - prepared.today <= NEARLY_OVER:
        quarter = periods.next_period("quarter", quarter, fiscal_start)
    return f"{quarter.start}", f"{quarter.last_day}"


def _fields(prepared: Prepared, *, personal: bool) -> list[Field]:
    start, end = _window(prepared)
    goal_names = tuple(name for _, name in prepared.goals.values())
    people_names = tuple(dict.fromkeys(name for _, name in prepared.people.values()))
    team_names = tuple(name for _, name in prepared.teams.values())
    scopes = people_names if personal else (COMPANY, *team_names, *people_names)
    what = Field(
        "metric",
        "Counts",
        "revenue",
        read_choice(METRICS, "counted are"),
        told=COUNTED.__getitem__,
        hint=", ".join(METRICS),
        choices=METRICS,
    )
    product = Field(
        "product",
        "Of product",
        "",
        lambda typed: found_in(prepared.products, typed, "product") if typed.strip() else None,
        told=lambda found: found[1] if found else "of any product",
        hint="GTX Pro",
        choices=tuple(name for _, name in prepared.products.values()),
        asked=lambda above: above.get("metric") == "units",
    )
    whose = Field(
        "whose",
        "Whose",
        prepared.whose,
        partial(_person if personal else _scope, prepared),
        told=lambda found: found[1],
        hint="a person" if personal else "company, a team or a person",
        choices=scopes,
        needed=personal,
    )
    window = [
        Field(
            "start",
            "From",
            start,
            partial(read_day, prepared, above={}),
            told=_told_day,
            hint="today, +7, 2026-10-01",
            needed=True,
        ),
        Field(
            "end",
            "To",
            end,
            told=_told_day,
            hint="eom, eoq, 2026-12-31, or nothing: open-ended",
            read_after=partial(_end, prepared),
        ),
    ]
    target = Field(
        "target", "Target", "", hint="500k, 1.2m, 40", read_after=partial(read_value, prepared), needed=True
    )
    ladder = Field(
        "ladder",
        "Ladder",
        "even",
        told=_told_plan,
        hint="even, working days, seasonal to 5k, 31 jan 150k, 28 feb 300k",
        choices=HOWS,
        read_after=partial(_plan, prepared),
    )
    every = Field(
        "every",
        "By",
        "month",
        read_choice(EVERY, "by"),
        hint=", ".join(EVERY),
        choices=EVERY,
        asked=lambda above: _is_divided(above.get("ladder")),
    )
    reading = Field(
        "reading",
        "Read as",
        "cumulative",
        read_choice(READINGS, "a ladder is read as"),
        told=_told_reading,
        hint=" or ".join(READINGS),
        choices=READINGS,
        asked=lambda above: above.get("ladder") != Plan(),
    )
    rewards = Field(
        "rewards",
        "Rewards",
        "",
        partial(_rewards, prepared),
        told=lambda found: " · ".join(_told_reward(one, prepared.company.currency) for one in found),
        hint="900, 900, 1.5k final, or words",
    )
    relevance = Field("relevance", "Why it matters", "", read_words("Why it matters"), hint="new office")
    reason = Field("reason", "Why reachable", "", read_words("The reason"), hint="two more people")
    parent = Field(
        "parent",
        "Part of",
        "",
        lambda typed: found_in(prepared.goals, typed, "goal") if typed.strip() else None,
        told=lambda found: found[1] if found else "no other goal",
        hint=goal_names[0] if goal_names else "",
        choices=goal_names,
    )
    fields = [what, product, whose, *window, target, ladder, every, reading]
    if personal:
        words = Field("words", "Reasons", "", read_words("The reasons"), hint="why this much", needed=True)
        return [*fields, words, relevance, parent]
    return [*fields, rewards, relevance, reason, parent]


def new(app: SalesboardApp, prepared: Prepared) -> Form:
    """A goal is set: active with all five answers, else a draft after asking."""
    actor, now = app.acting, app.now()

    def save(values: dict[str, Any]) -> str:
        wish = wished(values, prepared)
        name = goals.named(wish, prepared.company.fiscal_start)
        lacking = goals.check(wish, today=prepared.today).lacking
        if lacking:

            def as_draft() -> str:
                goals.add_goal(actor, wish, now=now, draft=True)
                return f"{name} is kept as a draft"

            raise Doubt(f"{'; '.join(lacking)}. Ctrl+s again keeps it as a draft.", as_draft)
        goals.add_goal(actor, wish, now=now)
        return f"{name} is set"

    return Form(
        "New goal",
        _fields(prepared, personal=False),
        desk=app.desk,
        save=save,
        verb="set",
        beneath=partial(told_beneath, prepared=prepared),
    )


def proposal(app: SalesboardApp, prepared: Prepared) -> Form:
    """A person's own target is proposed, with reasons; it counts once the other side agrees."""
    actor, now = app.acting, app.now()

    def save(values: dict[str, Any]) -> str:
        wish = wished(values, prepared)
        goals.propose_goal(actor, wish, now=now, words=values["words"])
        name = goals.named(wish, prepared.company.fiscal_start)
        return f"{name} is proposed for {values['whose'][1]}; it counts once the other side agrees"

    return Form(
        "Propose a target",
        _fields(replace(prepared, whose=app.acting.name), personal=True),
        desk=app.desk,
        save=save,
        verb="propose",
        beneath=partial(told_beneath, prepared=prepared),
    )


@dataclass(frozen=True)
class Talk:
    """A proposed target with what has been said about it."""

    prepared: Prepared
    goal: goals.GoalFacts
    said: tuple[goals.Proposed, ...]
    """Oldest first."""


def talk(actor: Actor, now: datetime, goal: int) -> Talk:
    """Read a proposal and its answers; runs at the desk."""
    return Talk(prepare(actor, now), goals.find_goal(goal), tuple(goals.proposals(goal)))


def _answer(found: Talk, values: dict[str, Any], width: int, rows: int) -> list[Line]:
    """Both sides' numbers and reasons, and how realistic the new number is."""
    metric, currency = found.goal.metric, found.prepared.company.currency
    lines: list[Line] = []
    for one in found.said[-max(1, rows - 4) :]:
        on = found.prepared.company.today(one.at)
        lines.append(
            [
                ("dim", f"{on.day} {on:%b}  "),
                ("money", f"{gains.shown(one.target, metric, currency)}  "),
                ("text", f"{one.author}  "),
                ("dim", one.words),
            ]
        )
    if "target" in values:
        wish = Wish(
            metric=metric,
            target=values["target"],
            start_on=found.goal.start_on,
            end_on=found.goal.end_on,
            scope=found.goal.scope,
            product=found.goal.product,
        )
        lines += [[], *_verdict(goals.check(wish, today=found.prepared.today), width)]
    return lines


def counter_proposal(app: SalesboardApp, found: Talk) -> Form:
    """A proposed target is answered with another one and the reasons."""
    actor, now, goal = app.acting, app.now(), found.goal

    def save(values: dict[str, Any]) -> str:
        goals.counter_propose(actor, goal.id, values["target"], values["words"], now=now)
        return f"the answer to {goal.name} is given"

    metric = {"metric": goal.metric}
    fields = [
        Field("target", "Target", "", lambda typed: read_value(found.prepared, typed, metric), needed=True),
        Field("words", "Reasons", "", read_words("The reasons"), needed=True),
    ]
    title = f"Answer: {goal.name} of {goal.whose}"
    return Form(title, fields, desk=app.desk, save=save, verb="answer", beneath=partial(_answer, found))


@dataclass(frozen=True)
class Revised(Reader):
    """A goal that is to get another target or ladder."""

    goal: goals.GoalFacts
    wish: Wish
    """As it is now."""

    @property
    def rewards(self) -> str | None:
        """What its milestones bring, as one types it; None where that can not be typed in one line."""
        steps = self.wish.ladder
        if any(step.reward and (step.reward_minor or {",", ";"} & set(step.reward)) for step in steps):
            return None
        typed = [
            (
                money.format_plain(step.reward_minor, self.company.currency)
                if step.reward_minor
                else step.reward or ""
            )
            + FINAL * (step.final and bool(step.reward or step.reward_minor))
            for step in steps
        ]
        return ("; " if len(typed) > 1 else "").join(typed) if any(typed) else ""


def to_revise(now: datetime, goal: int) -> Revised:
    """Read a goal that is to be revised; runs at the desk."""
    facts = company.facts()
    return Revised(facts, facts.today(now), goals.find_goal(goal), goals.wish_of(goal))


def _wish_as_revised(values: Mapping[str, Any], found: Revised) -> Wish:
    """The goal as the fields describe it, its ladder in proportion where none was typed; runs at the desk."""
    wish = goals.wish_of(found.goal.id, values["target"])
    plan = values.get("ladder") or Plan()
    if plan != Plan():
        typed = [Rung("", due, threshold) for due, threshold in plan.rungs]
        fitting = ladders.fitting_reading(typed, wish.target) if typed else None
        wish = replace(wish, reading=fitting or wish.reading)
        rungs = _rungs(wish, plan, values.get("every") or "month", found)
        rewards = values.get("rewards") or ()
        return replace(wish, ladder=_with_rewards(rungs, rewards))
    if values.get("rewards") is None or found.rewards is None:
        return wish
    rungs = [Rung(step.label, step.due_on, step.threshold) for step in wish.ladder]
    return replace(wish, ladder=_with_rewards(rungs, values["rewards"]))


def revision(app: SalesboardApp, found: Revised) -> Form:
    """A goal gets another target, ladder or rewards from a day on; what was due before stays as it is."""
    actor, now, goal = app.acting, app.now(), found.goal
    metric, currency = goal.metric, found.company.currency
    present = goal.versions[-1]
    above = {"metric": metric, "start": goal.start_on}

    def save(values: dict[str, Any]) -> str:
        wish = _wish_as_revised(values, found)
        kept = wish.ladder == goals.wish_of(goal.id, wish.target).ladder
        goals.revise_goal(
            actor,
            goal.id,
            now=now,
            decision="revised",
            reason=values["reason"],
            target=wish.target,
            ladder=() if kept else wish.ladder,
            from_on=values["from_on"],
        )
        return f"{goal.name} is revised"

    def beneath(values: dict[str, Any], width: int, rows: int) -> list[Line]:
        if "target" not in values:
            return [[("dim", "What it means is told here, once there is a target.")]]
        wish = _wish_as_revised(values, found)
        lines = _both(wish, found, width)
        if any(step.reward or step.reward_minor for step in wish.ladder):
            lines.append(_row("rewards", _said_rewards(wish, found), width))
        return [*lines, *_verdict(goals.check(wish, today=found.today), width)]

    def told_target(target: int) -> str:
        was = gains.shown(present.target, metric, currency)
        return f"{gains.shown(target, metric, currency, exact=True)}, {was} until now"

    fields = [
        Field(
            "target",
            "Target",
            gains.in_full(present.target, metric, currency),
            lambda typed: read_value(found, typed, above),
            told=told_target,
            needed=True,
        ),
        Field(
            "ladder",
            "Ladder",
            "",
            lambda typed: _plan(found, typed, above),
            told=lambda plan: (
                "the milestones as they are, in proportion" if plan == Plan() else _told_plan(plan)
            ),
            hint="even, seasonal to 5k, 31 jan 150k, 28 feb 300k; nothing keeps it",
            choices=HOWS,
        ),
        Field(
            "every",
            "By",
            "month",
            read_choice(EVERY, "by"),
            hint=", ".join(EVERY),
            choices=EVERY,
            asked=lambda typed: typed.get("ladder") not in (None, Plan()) and _is_divided(typed["ladder"]),
        ),
        Field(
            "rewards",
            "Rewards",
            found.rewards or "",
            partial(_rewards, found),
            told=lambda one: " · ".join(_told_reward(each, currency) for each in one),
            hint="900; 900; 1.5k final, or words",
        ),
        Field(
            "from_on",
            "From",
            str(max(found.today, present.from_on)),
            lambda typed: read_day(found, typed, {}),
            told=lambda day: f"{day:%A %d %B %Y}; what is due before stays as it is",
            hint="today, +7, 2026-10-01",
            needed=True,
        ),
        Field("reason", "Reason", "", read_words("The reason"), hint="why", needed=True),
    ]
    if found.rewards is None:
        fields = [field for field in fields if field.name != "rewards"]
    title = f"Revise {goal.name} of {goal.whose}"
    return Form(title, fields, desk=app.desk, save=save, verb="revise", beneath=beneath)


def publication(app: SalesboardApp, goal: goals.GoalFacts) -> Form:
    """Everybody concerned is told why a goal is as it is, and asked to acknowledge it."""
    actor, now = app.acting, app.now()
    version = goal.versions[-1]
    known = version.rationale or goal.relevance or version.reason or ""

    def read(typed: str) -> str:
        return clean(typed, field="The rationale", limit=2000, multiline=True)

    def save(values: dict[str, Any]) -> str:
        goals.publish_goal(actor, goal.id, values["rationale"], now=now)
        return f"{goal.name} is published; everybody concerned is asked to acknowledge it"

    field = Field("rationale", "Why", known, read, needed=True, long=True)
    return Form(f"Publish {goal.name}", [field], desk=app.desk, save=save, verb="publish")


def asking(app: SalesboardApp, goal: goals.GoalFacts) -> Form:
    """Somebody asks about what was published of a goal, in place of acknowledging it."""
    actor, now = app.acting, app.now()

    def read(typed: str) -> str:
        return clean(typed, field="The question", limit=2000, multiline=True)

    def save(values: dict[str, Any]) -> str:
        goals.acknowledge(actor, goal.id, now=now, question=values["question"])
        return "the question is asked"

    field = Field("question", "Question", "", read, needed=True, long=True)
    return Form(f"Ask about {goal.name}", [field], desk=app.desk, save=save, verb="ask")


# --- what the screens call ----------------------------------------------------------------------------------


def _say(screen: DeskScreen, words: str) -> None:
    screen.reload(said=(words, "good"))


def new_goal(screen: DeskScreen) -> None:
    """Set a goal; who may set none proposes a target of their own."""
    app = screen.app

    def form(prepared: Prepared) -> Form:
        return new(app, prepared) if prepared.may_set else proposal(app, prepared)

    screen.ask(partial(prepare, app.acting, app.now()), form, partial(_say, screen))


def propose(screen: DeskScreen) -> None:
    """Propose a person's own target."""
    app = screen.app
    screen.ask(partial(prepare, app.acting, app.now()), partial(proposal, app), partial(_say, screen))


def counter(screen: DeskScreen, goal: int) -> None:
    """Answer a proposed target with another one."""
    app = screen.app
    screen.ask(
        partial(talk, app.acting, app.now(), goal), partial(counter_proposal, app), partial(_say, screen)
    )


def agree(screen: DeskScreen, goal: int) -> None:
    """Agree to the last proposal at once, and say to what."""
    app = screen.app
    actor, now = app.acting, app.now()

    def task() -> str:
        goals.agree(actor, goal, now=now)
        found = goals.find_goal(goal)
        target = gains.shown(found.versions[-1].target, found.metric, company.facts().currency)
        return f"agreed: {target} for {found.whose}, {found.name} counts from now on"

    screen.work(task, partial(_say, screen))


def revise(screen: DeskScreen, goal: int) -> None:
    """Give a goal another target, ladder or rewards from a day on."""
    app = screen.app
    screen.ask(partial(to_revise, app.now(), goal), partial(revision, app), partial(_say, screen))


def publish(screen: DeskScreen, goal: int) -> None:
    """Tell everybody concerned why a goal is as it is."""
    screen.ask(partial(goals.find_goal, goal), partial(publication, screen.app), partial(_say, screen))


def question(screen: DeskScreen, goal: int) -> None:
    """Ask about what was published of a goal."""
    screen.ask(partial(goals.find_goal, goal), partial(asking, screen.app), partial(_say, screen))
