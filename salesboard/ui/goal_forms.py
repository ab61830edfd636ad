"""The forms of goals: setting one while seeing whether it is realistic, proposing, answering, publishing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from salesboard.domain import company, gains, goals, ladders, money, periods
from salesboard.domain.gains import METRICS
from salesboard.domain.goals import Wish
from salesboard.domain.ladders import HOWS, READINGS, Rung
from salesboard.domain.text import clean
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.ui.goal_beneath import (
    rungs_of,
    told_beneath,
    told_both,
    told_rewards,
    told_row,
    told_verdict,
    wished,
    with_rewards,
)
from salesboard.ui.goal_typing import (
    COMPANY,
    COUNTED,
    EVERY,
    FINAL,
    NEARLY_OVER,
    Plan,
    Prepared,
    Reader,
    found_in,
    is_divided,
    prepare,
    read_choice,
    read_day,
    read_end,
    read_person,
    read_plan,
    read_rewards,
    read_scope,
    read_value,
    read_words,
    told_day,
    told_plan,
    told_reading,
    told_reward,
)
from salesboard.ui.widgets.form import Doubt, Field, Form
from salesboard.ui.widgets.sheet import Line

if TYPE_CHECKING:
    from salesboard.ui.app import SalesboardApp
    from salesboard.ui.screens.asking import DeskScreen


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
        partial(read_person if personal else read_scope, prepared),
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
            told=told_day,
            hint="today, +7, 2026-10-01",
            needed=True,
        ),
        Field(
            "end",
            "To",
            end,
            told=told_day,
            hint="eom, eoq, 2026-12-31, or nothing: open-ended",
            read_after=partial(read_end, prepared),
        ),
    ]
    target = Field(
        "target", "Target", "", hint="500k, 1.2m, 40", read_after=partial(read_value, prepared), needed=True
    )
    ladder = Field(
        "ladder",
        "Ladder",
        "even",
        told=told_plan,
        hint="even, working days, seasonal to 5k, 31 jan 150k, 28 feb 300k",
        choices=HOWS,
        read_after=partial(read_plan, prepared),
    )
    every = Field(
        "every",
        "By",
        "month",
        read_choice(EVERY, "by"),
        hint=", ".join(EVERY),
        choices=EVERY,
        asked=lambda above: is_divided(above.get("ladder")),
    )
    reading = Field(
        "reading",
        "Read as",
        "cumulative",
        read_choice(READINGS, "a ladder is read as"),
        told=told_reading,
        hint=" or ".join(READINGS),
        choices=READINGS,
        asked=lambda above: above.get("ladder") != Plan(),
    )
    rewards = Field(
        "rewards",
        "Rewards",
        "",
        partial(read_rewards, prepared),
        told=lambda found: " · ".join(told_reward(one, prepared.company.currency) for one in found),
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
        lines += [[], *told_verdict(goals.check(wish, today=found.prepared.today), width)]
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
        return self.as_typed(goals.rewards_of(self.wish.ladder))

    def as_typed(self, rewards: Iterable[goals.Brought]) -> str | None:
        """Rewards as one types them; None where that can not be done in one line."""
        typed = []
        for words, minor, final in rewards:
            if words and (minor or {",", ";"} & set(words)):
                return None
            amount = money.format_plain(minor, self.company.currency) if minor else words or ""
            typed.append(amount + FINAL * (final and bool(amount)))
        return ("; " if len(typed) > 1 else "").join(typed) if any(typed) else ""


def to_revise(now: datetime, goal: int) -> Revised:
    """Read a goal that is to be revised; runs at the desk."""
    facts = company.facts()
    return Revised(facts, facts.today(now), goals.find_goal(goal), goals.wish_of(goal))


def _wish_as_revised(values: Mapping[str, Any], found: Revised, seen: Mapping[str, Any]) -> Wish:
    """The goal as the fields describe it, what was left as it was seen as it stands; runs at the desk."""
    target = values["target"]
    wish = goals.wish_of(found.goal.id, None if target == seen["target"] else target)
    plan = values.get("ladder") or Plan()
    rewards = values.get("rewards") or ()
    if rewards == read_rewards(found, found.as_typed(seen["rewards"]) or ""):
        rewards = read_rewards(found, found.as_typed(goals.rewards_of(wish.ladder)) or "")
    if plan != Plan():
        typed = [Rung("", due, threshold) for due, threshold in plan.rungs]
        fitting = ladders.fitting_reading(typed, wish.target) if typed else None
        wish = replace(wish, reading=fitting or wish.reading)
        rungs = rungs_of(wish, plan, values.get("every") or "month", found)
        return replace(wish, ladder=with_rewards(rungs, rewards))
    if values.get("rewards") is None or found.rewards is None:
        return wish
    rungs = [Rung(step.label, step.due_on, step.threshold) for step in wish.ladder]
    return replace(wish, ladder=with_rewards(rungs, rewards))


def revision(app: SalesboardApp, found: Revised) -> Form:
    """A goal gets another target, ladder or rewards from a day on; what was due before stays as it is."""
    actor, now, goal = app.acting, app.now(), found.goal
    metric, currency = goal.metric, found.company.currency
    present = goal.versions[-1]
    above = {"metric": metric, "start": goal.start_on}
    seen = {"target": present.target, "ladder": present.id, "rewards": goals.rewards_of(found.wish.ladder)}

    def save(values: dict[str, Any]) -> str:
        with ledger.batch(actor, "revised", now=now, several=False):
            wish = _wish_as_revised(values, found, seen)
            kept = wish.ladder == goals.wish_of(goal.id, wish.target).ladder
            goals.revise_goal(
                actor,
                goal.id,
                now=now,
                decision="revised",
                reason=values["reason"],
                target=values["target"],
                ladder=() if kept else wish.ladder,
                from_on=values["from_on"],
                seen=seen,
            )
        return f"{goal.name} is revised"

    def beneath(values: dict[str, Any], width: int, rows: int) -> list[Line]:
        if "target" not in values:
            return [[("dim", "What it means is told here, once there is a target.")]]
        wish = _wish_as_revised(values, found, seen)
        lines = told_both(wish, found, width)
        if any(step.reward or step.reward_minor for step in wish.ladder):
            lines.append(told_row("rewards", told_rewards(wish, found), width))
        return [*lines, *told_verdict(goals.check(wish, today=found.today), width)]

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
            typed=lambda target: gains.in_full(target, metric, currency),
        ),
        Field(
            "ladder",
            "Ladder",
            "",
            lambda typed: read_plan(found, typed, above),
            told=lambda plan: (
                "the milestones as they are, in proportion" if plan == Plan() else told_plan(plan)
            ),
            hint="even, seasonal to 5k, 31 jan 150k, 28 feb 300k; nothing keeps it",
            choices=HOWS,
            typed=lambda _: "",
        ),
        Field(
            "every",
            "By",
            "month",
            read_choice(EVERY, "by"),
            hint=", ".join(EVERY),
            choices=EVERY,
            asked=lambda typed: typed.get("ladder") not in (None, Plan()) and is_divided(typed["ladder"]),
        ),
        Field(
            "rewards",
            "Rewards",
            found.rewards or "",
            partial(read_rewards, found),
            told=lambda one: " · ".join(told_reward(each, currency) for each in one),
            hint="900; 900; 1.5k final, or words",
            typed=lambda rewards: found.as_typed(rewards) or "",
        ),
        Field(
            "from_on",
            "From",
            str(max(found.today, present.from_on)),
            lambda typed: read_day(found, typed, {}),
            told=lambda day: f"{day:%A} {day.day} {day:%B %Y}; what is due before stays as it is",
            hint="today, +7, 2026-10-01",
            needed=True,
        ),
        Field("reason", "Reason", "", read_words("The reason"), hint="why", needed=True),
    ]
    if found.rewards is None:
        fields = [field for field in fields if field.name != "rewards"]
    title = f"Revise {goal.name} of {goal.whose}"
    return Form(title, fields, desk=app.desk, save=save, verb="revise", beneath=beneath, seen=seen)


def publication(app: SalesboardApp, goal: goals.GoalFacts) -> Form:
    """Everybody concerned is told why a goal is as it is, and asked to acknowledge it."""
    actor, now = app.acting, app.now()
    version = goal.versions[-1]
    known = version.rationale or goal.relevance or version.reason or ""
    seen = {"version": version.id, "rationale": version.rationale}

    def read(typed: str) -> str:
        return clean(typed, field="The rationale", limit=2000, multiline=True)

    def save(values: dict[str, Any]) -> str:
        goals.publish_goal(actor, goal.id, values["rationale"], now=now, seen=seen)
        return f"{goal.name} is published; everybody concerned is asked to acknowledge it"

    field = Field("rationale", "Why", known, read, needed=True, long=True)
    return Form(f"Publish {goal.name}", [field], desk=app.desk, save=save, verb="publish", seen=seen)


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
