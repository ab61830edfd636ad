"""Goals: what is wanted, how it stands, and what is decided about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import click

from salesboard.cli import InOrder, agreements, goal_care, goal_words, outlooks
from salesboard.cli.goal_words import keyed, value_of
from salesboard.cli.opening import Board, given, on_board, together
from salesboard.cli.output import answer, as_json, document, number, table, talk, words
from salesboard.cli.scopes import Names, scope_of
from salesboard.domain import goals as domain
from salesboard.domain import people, products, reviews, standings
from salesboard.domain.gains import METRICS, Metric, Scope
from salesboard.domain.goals import GoalFacts, Step, Wish
from salesboard.domain.ladders import HOWS, How, Reading, Rung
from salesboard.domain.periods import Kind
from salesboard.domain.standings import GoalStanding
from salesboard.errors import WrongUsage

PER_PERIOD: Reading = "per period"
EVERY: tuple[Kind, ...] = ("week", "month", "quarter", "year")

goal_argument = click.argument("goal", type=agreements.NUMBER)


@click.group(cls=InOrder)
def goals() -> None:
    """Goals with their milestones: set them, see how they stand, decide about them.

    A goal counts revenue, sales, new customers, units or advocates of the company, a team or a person.
    """


# --- setting ------------------------------------------------------------------------------------------------


class _MetricChoice(click.Choice[str]):
    """A metric, also with a hyphen: new-customers."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return super().convert(str(value).replace("-", " "), param, ctx)


scope_option = click.option(
    "--scope",
    required=True,
    metavar="SCOPE",
    help="Whose sales: company, team:West, person:mia; a name alone if it can only be one.",
)
wish_options = together(
    click.option("--metric", type=_MetricChoice(METRICS), required=True, help="What is counted."),
    click.option("--product", metavar="NAME", help="Units of this product only."),
    click.option("--from", "from_on", metavar="DAY", required=True, help="The first day that counts."),
    click.option("--to", "to_on", metavar="DAY", help="The last day that counts; open-ended if left out."),
    click.option(
        "--target", metavar="AMOUNT", required=True, help="What is wanted: 3m, 12k, 4,500, or a count."
    ),
    click.option(
        "--ladder",
        metavar="DAY:AMOUNT,…",
        help="Milestones: 2026-01-31:150k,2026-02-28:300k; without a day where it is open-ended: :50,:100.",
    ),
    click.option("--propose", "how", type=click.Choice(HOWS), help="Let the milestones be worked out."),
    click.option(
        "--every",
        type=click.Choice(EVERY),
        help="A worked-out milestone for each of these; for each month if left out.",
    ),
    click.option(
        "--steps", type=click.IntRange(1), metavar="N", help="So many worked-out milestones instead."
    ),
    click.option("--round-to", metavar="AMOUNT", help="Round worked-out milestones to multiples of this."),
    click.option(
        "--per-period", is_flag=True, help="Each milestone counts its own period, instead of all so far."
    ),
    click.option("--name", help="What it is called; made from metric and period if left out."),
    click.option("--under", type=agreements.NUMBER, metavar="GOAL", help="The goal it is a part of."),
    click.option("--why-it-matters", metavar="TEXT", help="Where it is a part of no other goal."),
    click.option(
        "--reward",
        "rewards",
        multiple=True,
        metavar="[WHICH:]REWARD",
        help="What a milestone (by number or due day, else the last) brings: 2:500, '3:a day off'. "
        "Money of a team's goal is one sum, shared equally.",
    ),
    click.option("--final", is_flag=True, help="Rewards are not clawed back once they are paid."),
)


@goals.command("add")
@scope_option
@wish_options
@click.option("--reason", metavar="TEXT", help="Why a target beyond the best ever can be reached.")
@click.option("--rationale", metavar="TEXT", help="Publish it with these words to everybody concerned.")
@click.option("--draft", is_flag=True, help="Save it without letting it count yet.")
@click.option("--dry-run", is_flag=True, help="Only say what it would be; nothing is saved.")
@as_json
@on_board
def add_goal(
    board: Board,
    scope: str,
    reason: str | None,
    rationale: str | None,
    draft: bool,
    dry_run: bool,
    as_json: bool,
    **said: Any,
) -> None:
    """Set a goal with its milestones; its number is the answer.

    What it asks for is told in both readings, all so far and by period, with a verdict from your own history.
    """
    wish = replace(_wish(board, scope_of(board, scope), said), reason=reason, rationale=rationale)
    if dry_run:
        return _rehearsed(board, wish, as_json)
    found = None if as_json else domain.check(wish, today=board.today)
    made = domain.add_goal(board.actor, wish, now=board.now, draft=draft)
    if found is None:
        return document(_document(board, made))
    kept = domain.find_goal(made)
    amount = goal_words.value(wish.target, wish.metric, board.currency)
    unit = goal_words.unit(wish.metric, board.currency)
    talk(f"{'drafted' if draft else 'set'} {kept.name}: {amount} {unit}")
    for line in goal_words.meant(wish, found, board.currency):
        talk(line)
    answer(str(made))


def _rehearsed(board: Board, wish: Wish, as_json: bool) -> None:
    found = domain.check(wish, today=board.today)
    if as_json:
        return document(goal_words.checked(found, *domain.ladder_of(wish), wish.metric))
    for line in goal_words.meant(wish, found, board.currency):
        answer(line)
    talk("nothing was saved")


def _wish(board: Board, scope: Scope, said: dict[str, Any]) -> Wish:
    """What was typed, as the domain takes it."""
    metric = cast(Metric, said["metric"])
    start = board.day(said["from_on"], "--from", past=True)
    end = board.day(said["to_on"], "--to") if said["to_on"] else None
    target = value_of(board, metric, said["target"], "--target")
    product = products.find_product(said["product"]) if said["product"] else None
    wish = Wish(
        metric=metric,
        target=target,
        start_on=start,
        end_on=end,
        scope=scope,
        product=product,
        reading=PER_PERIOD if said["per_period"] else None,
        name=said["name"] or "",
        parent=said["under"],
        relevance=said["why_it_matters"],
    )
    steps = _steps(board, wish, said)
    if said["rewards"]:
        steps = _rewarded(board, steps or [Step(target, end)], said["rewards"], said["final"])
    return replace(wish, ladder=tuple(steps))


def _steps(board: Board, wish: Wish, said: dict[str, Any]) -> list[Step]:
    """The milestones that were typed or are to be worked out; none if neither."""
    if said["how"] is None:
        for option in ("every", "steps", "round_to"):
            if said[option] is not None:
                raise WrongUsage(f"--{option.replace('_', '-')} belongs to --propose")
        return _typed_ladder(board, wish.metric, said["ladder"]) if said["ladder"] else []
    if said["ladder"]:
        raise WrongUsage(
            "give the milestones with --ladder or let them be worked out with --propose, not both"
        )
    if said["every"] and said["steps"]:
        raise WrongUsage("say --every or --steps, not both")
    return [Step(one.threshold, one.due_on, one.label) for one in _proposed(board, wish, said)]


def _proposed(board: Board, wish: Wish, said: dict[str, Any]) -> tuple[Rung, ...]:
    if wish.end_on is None:
        raise WrongUsage("milestones are worked out between two days: say --to as well")
    return domain.worked_out(
        wish,
        cast(How, said["how"]),
        today=board.today,
        every=said["every"] or "month",
        steps=said["steps"],
        round_to=value_of(board, wish.metric, said["round_to"], "--round-to") if said["round_to"] else 1,
    )


def _typed_ladder(board: Board, metric: Metric, said: str) -> list[Step]:
    """`2026-01-31:150,000,2026-02-28:300,000`: a comma parts milestones where a day and a colon follow."""
    steps = []
    for piece in re.split(r"[,;](?=[^,;]*:)", said):
        day, colon, threshold = piece.rpartition(":")
        if not colon or not threshold.strip():
            raise WrongUsage(
                f"--ladder: {piece!r} is no milestone; write DAY:AMOUNT, such as 2026-01-31:150k"
            )
        due = board.day(day.strip(), "--ladder") if day.strip() else None
        steps.append(Step(value_of(board, metric, threshold.strip(), "--ladder"), due))
    return steps


def _rewarded(board: Board, steps: Sequence[Step], said: Sequence[str], final: bool) -> list[Step]:
    """Milestones with what was promised for them: in money where it reads as an amount, else in words."""
    rewarded = list(steps)
    for one in said:
        which, colon, what = one.partition(":")
        place = _which(board, steps, which) if colon else len(steps) - 1
        if not (what if colon else which).strip():
            raise WrongUsage(f"--reward: {one!r} promises nothing; write 2:500 or '2:a day off'")
        step = rewarded[place]
        promised = (what if colon else which).strip()
        try:
            rewarded[place] = replace(step, reward_minor=board.amount(promised), final=final)
        except WrongUsage:
            rewarded[place] = replace(step, reward=promised, final=final)
    return rewarded


def _which(board: Board, steps: Sequence[Step], said: str) -> int:
    """The place of a milestone named by its number, its label or its due day."""
    said = said.strip()
    if said.isascii() and said.isdigit() and 1 <= int(said[:6]) <= len(steps):
        return int(said) - 1
    for place, step in enumerate(steps):
        if said.casefold() == step.label.casefold() or said == str(step.due_on):
            return place
    raise WrongUsage(
        f"--reward: there is no milestone {said!r}; name it by number, 1 to {len(steps)}, or by its due day"
    )


@goals.command("activate")
@goal_argument
@on_board
def activate_goal(board: Board, goal: int) -> None:
    """Let a draft count from now on."""
    domain.activate_goal(board.actor, goal, now=board.now)
    talk(f"{domain.find_goal(goal).name} is active")


@goals.command("revise")
@goal_argument
@click.option("--target", metavar="AMOUNT", help="What is wanted now; the milestones follow in proportion.")
@click.option("--ladder", metavar="DAY:AMOUNT,…", help="Other milestones, in place of all it had.")
@click.option(
    "--reward",
    "rewards",
    multiple=True,
    metavar="[WHICH:]REWARD",
    help="What a milestone brings, as with 'add'; others keep theirs, unless --ladder replaces them.",
)
@click.option("--final", is_flag=True, help="These rewards are not clawed back once they are paid.")
@click.option("--from", "from_on", metavar="DAY", help="The day from which it holds, if not today.")
@click.option("--reason", metavar="TEXT", required=True, help="Why.")
@on_board
def revise_goal(
    board: Board,
    goal: int,
    target: str | None,
    ladder: str | None,
    rewards: tuple[str, ...],
    final: bool,
    from_on: str | None,
    reason: str,
) -> None:
    """Give a goal another target, milestones or rewards from a day on; what was due before stays judged."""
    given(target=target, ladder=ladder, reward=rewards or None)
    kept = domain.find_goal(goal)
    wanted = value_of(board, kept.metric, target, "--target") if target else None
    steps: Sequence[Step] = _typed_ladder(board, kept.metric, ladder) if ladder else ()
    if rewards:
        steps = _rewarded(board, steps or domain.wish_of(goal, wanted).ladder, rewards, final)
    domain.revise_goal(
        board.actor,
        goal,
        now=board.now,
        decision="revised",
        reason=reason,
        target=wanted,
        ladder=steps,
        from_on=board.day(from_on, "--from") if from_on else None,
    )
    talk(f"{kept.name} is revised")


@goals.command("retire")
@goal_argument
@click.option("--reason", metavar="TEXT", required=True, help="Why it counts no more.")
@on_board
def retire_goal(board: Board, goal: int, reason: str) -> None:
    """Let a goal count no more; its history stays."""
    domain.retire_goal(board.actor, goal, now=board.now, reason=reason)
    talk(f"{domain.find_goal(goal).name} is retired")


# --- reading ------------------------------------------------------------------------------------------------


@goals.command("show")
@goal_argument
@as_json
@on_board
def show_goal(board: Board, goal: int, as_json: bool) -> None:
    """Show how a goal stands: its bar, milestones with odds, who has read it, what was decided."""
    if as_json:
        return document(_document(board, goal))
    (found,) = standings.stand([domain.find_goal(goal)], today=board.today)
    goal_words.show(found, *_odds(board, found), board, Names(board))


def _document(board: Board, goal: int) -> dict[str, Any]:
    (found,) = standings.stand([domain.find_goal(goal)], today=board.today)
    return goal_words.whole(found, *_odds(board, found), board, Names(board))


def _odds(board: Board, found: GoalStanding) -> tuple[float | None, tuple[float | None, ...]]:
    odds = standings.Odds(board.today)
    return odds.of_target(found), odds.of(found)


@goals.command("list")
@click.option("--all", "everything", is_flag=True, help="Drafts, proposals and retired ones too.")
@click.option(
    "--status",
    "statuses",
    type=click.Choice([domain.DRAFT, domain.PROPOSED, domain.ACTIVE, domain.RETIRED]),
    multiple=True,
    help="Only those; can be given several times. Active ones if left out.",
)
@click.option("--odds", "with_odds", is_flag=True, help="How likely each target is reached; takes a moment.")
@as_json
@on_board
def list_goals(
    board: Board, everything: bool, statuses: tuple[str, ...], with_odds: bool, as_json: bool
) -> None:
    """List goals, each above those that are a part of it, and what of it is not assigned."""
    known = domain.DRAFT, domain.PROPOSED, domain.ACTIVE, domain.RETIRED
    wanted = known if everything else statuses or (domain.ACTIVE,)
    branches = standings.tree(standings.stand(domain.goals(statuses=wanted), today=board.today))
    foreseen = standings.Odds(board.today)
    odds = [foreseen.of_target(one.standing) if with_odds else None for one in branches]
    names = Names(board)
    if as_json:
        return document(
            [
                {
                    **goal_words.summary(one.standing, chance, names, board.currency),
                    "depth": one.depth,
                    **keyed(
                        one.standing.goal.metric,
                        assigned=one.assigned.assigned if one.assigned else None,
                        unassigned=one.assigned.unassigned if one.assigned else None,
                        over_assigned=one.assigned.over_assigned if one.assigned else None,
                    ),
                }
                for one, chance in zip(branches, odds, strict=True)
            ]
        )
    goal_words.listed(branches, odds if with_odds else None, names, board.currency)
    if not branches:
        talk("no goals; 'salesboard goals add' sets one")


# --- telling everybody --------------------------------------------------------------------------------------


@goals.command("publish")
@goal_argument
@click.option("--rationale", metavar="TEXT", required=True, help="Why the goal is as it is.")
@on_board
def publish_goal(board: Board, goal: int, rationale: str) -> None:
    """Tell everybody concerned why a goal is as it is; each is asked to acknowledge it."""
    domain.publish_goal(board.actor, goal, rationale, now=board.now)
    kept = domain.find_goal(goal)
    talk(f"published {kept.name}; {goal_words.read_by(kept, board.today)[0]}")


@goals.command("ack")
@goal_argument
@click.option("--question", metavar="TEXT", help="What is still unclear.")
@on_board
def acknowledge(board: Board, goal: int, question: str | None) -> None:
    """Say that you have read and understood a goal, or ask something about it."""
    domain.acknowledge(board.actor, goal, now=board.now, question=question)
    kept = domain.find_goal(goal)
    talk(f"{'asked about' if question else 'acknowledged'} {kept.name}")


# --- agreeing on a person's own target ----------------------------------------------------------------------


@goals.command("propose")
@click.option("--person", metavar="PERSON", required=True, help="Whose target, by handle or name.")
@wish_options
@click.option("--reason", metavar="TEXT", required=True, help="Why so much.")
@on_board
def propose_goal(board: Board, person: str, reason: str, **said: Any) -> None:
    """Propose a person's own target; it counts once the other side agrees. Its number is the answer."""
    wish = replace(_wish(board, Scope(person=people.find_person(person)), said), reason=reason)
    made = domain.propose_goal(board.actor, wish, now=board.now, words=reason)
    kept = domain.find_goal(made)
    talk(f"proposed {kept.name} to {kept.whose}; {domain.check(wish, today=board.today).judged}")
    answer(str(made))


@goals.command("counter")
@goal_argument
@click.argument("target")
@click.option("--reason", metavar="TEXT", required=True, help="Why so much.")
@on_board
def counter_propose(board: Board, goal: int, target: str, reason: str) -> None:
    """Answer a proposed target with another one."""
    kept = domain.find_goal(goal)
    domain.counter_propose(
        board.actor, goal, value_of(board, kept.metric, target, "TARGET"), reason, now=board.now
    )
    talk(f"proposed {target} for {kept.name}")


@goals.command("agree")
@goal_argument
@on_board
def agree(board: Board, goal: int) -> None:
    """Agree to the last proposal of the other side; the target counts from now on."""
    domain.agree(board.actor, goal, now=board.now)
    kept = domain.find_goal(goal)
    target = goal_words.value(kept.version_on(board.today).target, kept.metric, board.currency)
    talk(f"agreed on {target} for {kept.name}")


# --- reviews ------------------------------------------------------------------------------------------------


@goals.command("review")
@click.argument("goal", type=agreements.NUMBER, required=False)
@click.argument("decision", type=click.Choice(reviews.DECISIONS), required=False)
@click.option("--reason", metavar="TEXT", help="Why; nothing is decided without a reason.")
@click.option("--target", metavar="AMOUNT", help="The new target of a goal that is raised or lowered.")
@click.option(
    "--from", "from_on", metavar="DAY", help="The day from which the new target holds, if not today."
)
@click.option(
    "--rehearse", metavar="AMOUNT", help="Only say how past periods would have been judged by this."
)
@as_json
@on_board
def review(
    board: Board,
    goal: int | None,
    decision: reviews.Decision | None,
    reason: str | None,
    target: str | None,
    from_on: str | None,
    rehearse: str | None,
    as_json: bool,
) -> None:
    """Decide about a goal now that a quarter is over; without a goal, list those that wait for it."""
    if goal is None:
        if any((reason, target, from_on, rehearse)):
            raise WrongUsage("say which goal; 'salesboard goals review' lists those that wait")
        return _waiting(board, None, as_json)
    kept = domain.find_goal(goal)
    if rehearse is not None:
        return _rehearse(board, kept, value_of(board, kept.metric, rehearse, "--rehearse"), as_json)
    if decision is None:
        return _waiting(board, goal, as_json)
    if not reason:
        raise WrongUsage("say why: --reason TEXT")
    reviews.review_goal(
        board.actor,
        goal,
        decision,
        reason,
        now=board.now,
        target=value_of(board, kept.metric, target, "--target") if target else None,
        from_on=board.day(from_on, "--from") if from_on else None,
    )
    if as_json:
        return document(_document(board, goal))
    talk(f"{kept.name} is {reviews.DONE[decision]}")


def _waiting(board: Board, goal: int | None, as_json: bool) -> None:
    waiting = [one for one in reviews.open_reviews(today=board.today) if goal in (None, one.standing.goal.id)]
    if as_json:
        names = Names(board)
        return document(
            [
                {
                    **goal_words.summary(one.standing, None, names, board.currency),
                    "quarter": one.quarter.name,
                    "overdue": one.overdue,
                }
                for one in waiting
            ]
        )
    table(
        [number("id"), words("goal"), "of", "for", "how it stands", ""],
        [
            (
                one.standing.goal.id,
                one.standing.goal.name,
                one.standing.goal.whose,
                one.quarter.name,
                goal_words.progress(one.standing, board.currency),
                "overdue" if one.overdue else "",
            )
            for one in waiting
        ],
    )
    if goal is not None:
        (stood,) = standings.stand([domain.find_goal(goal)], today=board.today)
        for line in goal_words.looked_back(stood):
            answer(line)
    for decided in reviews.reviews(goal) if goal is not None else []:
        answer(f"{decided.quarter}  {decided.decision} ({decided.author}): {decided.reason}")
    if not waiting:
        talk("no review is waiting")


def _rehearse(board: Board, kept: GoalFacts, target: int, as_json: bool) -> None:
    found = reviews.rehearse(kept, target, today=board.today)
    if as_json:
        return document(
            {
                "goal": kept.id,
                "currency": board.currency,
                **keyed(kept.metric, target=target, past=list(found.past)),
                "hit": found.hits.hit,
                "periods": found.hits.periods,
            }
        )
    shown = [goal_words.value(one, kept.metric, board.currency) for one in found.past]
    amount = goal_words.value(target, kept.metric, board.currency)
    answer(f"{amount} would have been {found.hits}" + (f": {'; '.join(shown)}" if shown else ""))


for command in (
    agreements.statement,
    agreements.approve,
    agreements.pay,
    agreements.claw_back,
    agreements.clause,
    agreements.forecast,
    goal_care.profile,
    goal_care.split,
    goal_care.lint,
    goal_care.waive,
    goal_care.assess,
    goal_care.seal,
    outlooks.causes,
    outlooks.roadmap,
):
    goals.add_command(command)
