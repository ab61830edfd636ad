"""Milestones: the goals of the company, its teams and people, how far each is, its pace and its odds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from salesboard.domain import board, company, goals, standings
from salesboard.domain.company import CompanyFacts
from salesboard.domain.gains import shown
from salesboard.domain.goals import ACTIVE, DRAFT, PROPOSED, GoalFacts, Wish
from salesboard.domain.ladders import RollUp
from salesboard.domain.standings import Branch, GoalStanding
from salesboard.ui import bars
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.outlook import Ahead
from salesboard.ui.screens.acting import Nominee, PersonScreen
from salesboard.ui.widgets.goal_tree import GoalRow, GoalTree, Heading, Note, Row
from salesboard.ui.widgets.lines import OneLine, Part, named_keys

NOT_YET = "not counting yet"


@dataclass(frozen=True)
class Look:
    """What is shown of all goals."""

    rows: tuple[Row, ...]


def look(today: date) -> Look:
    """Read all goals that count, and those that are to; runs at the desk."""
    facts = company.facts()
    found = standings.stand(goals.goals(statuses=(ACTIVE, PROPOSED, DRAFT)), today=today)
    crossing = [
        one.standing.crossed_by.subject
        for each in found
        for one in each.milestones[-1:]
        if one.standing.crossed_by
    ]
    named = {deal: card.name for deal, card in board.cards(list(dict.fromkeys(crossing))).items()}
    counting = standings.tree([one for one in found if one.goal.status == ACTIVE])
    waiting = [one for one in found if one.goal.status != ACTIVE]
    rows: list[Row] = []
    for heading, branches in _groups(counting, facts, today):
        rows += [None, Heading(heading), *_rows(branches, heading, named, facts)]
    if waiting:
        rows += [None, Heading(NOT_YET)]
        rows += [GoalRow(one, 0, _label(one.goal, "", facts), one.goal.status) for one in waiting]
    return Look(tuple(rows[1:]))


def _groups(
    branches: Sequence[Branch], facts: CompanyFacts, today: date
) -> Iterable[tuple[str, list[Branch]]]:
    """Trees whose tops are of one time and metric together; those that run before those to come, then the
    past."""
    groups: dict[str, list[Branch]] = {}
    heading = ""
    for one in branches:
        if one.depth == 0:
            heading = _heading(one.standing.goal, facts, today)
        groups.setdefault(heading, []).append(one)

    def order(group: tuple[str, list[Branch]]) -> tuple[int, date]:
        first = group[1][0].standing
        goal = first.goal
        if first.is_over:
            return 3, goal.start_on
        return (2 if goal.start_on > today else int(goal.end_on is None)), goal.start_on

    return sorted(groups.items(), key=order)


def _heading(goal: GoalFacts, facts: CompanyFacts, today: date) -> str:
    what = goal.metric + (f" of {goal.product_name}" if goal.product_name else "")
    return f"{bars.window(goal.start_on, goal.end_on, facts.fiscal_start, today)} · {what}"


def _rows(
    branches: Sequence[Branch], heading: str, named: dict[int, str], facts: CompanyFacts
) -> Iterable[Row]:
    """A line for each goal, and beneath the parts of one what they leave over."""
    above: list[Branch] = []
    for branch in branches:
        while above and above[-1].depth >= branch.depth:
            yield from _left_over(above.pop(), facts.currency)
        above.append(branch)
        found = branch.standing
        yield GoalRow(found, branch.depth, _label(found.goal, heading, facts), _words(found, named, facts))
    while above:
        yield from _left_over(above.pop(), facts.currency)


def _label(goal: GoalFacts, heading: str, facts: CompanyFacts) -> str:
    """Whose it is, and what else one has to know to tell it from the others."""
    wish = Wish(goal.metric, 1, goal.start_on, goal.end_on, product=goal.product)
    if goal.name != goals.named(wish, facts.fiscal_start):
        return f"{goal.whose} · {goal.name}"
    today = goal.start_on
    mine = _heading(goal, facts, today)
    return goal.whose if mine.split(" · ")[-1] == heading.split(" · ")[-1] else f"{goal.whose} · {goal.name}"


def _left_over(branch: Branch, currency: str) -> Iterable[Note]:
    sums, metric = branch.assigned, branch.standing.goal.metric
    if sums is None or not (sums.unassigned or sums.over_assigned):
        return
    amount = shown(sums.unassigned or sums.over_assigned, metric, currency)
    yield Note(branch.depth + 1, _left_name(sums), f"{amount} ({sums.percent:g} %)", bool(sums.over_assigned))


def _left_name(sums: RollUp) -> str:
    return "not assigned" if sums.unassigned else "over-assigned"


def _words(found: GoalStanding, named: dict[int, str], facts: CompanyFacts) -> str:
    """What takes the place of pace and odds where they mean nothing."""
    goal, today = found.goal, found.today
    last = found.milestones[-1] if found.milestones else None
    if goal.start_on > today:
        return f"starts {bars.day(goal.start_on, today)}"
    if last is not None and (found.reached or found.is_over):
        words = bars.status(last.standing, goal.metric, facts.currency, today)
        crossed = last.standing.crossed_by
        if crossed is not None and crossed.subject in named:
            words += f" by {named[crossed.subject]}"
        return words
    if found.pace is None and found.following is not None:
        stood = found.following.standing
        return f"{shown(stood.missing, goal.metric, facts.currency)} to {found.following.facts.rung.label}"
    return ""


class MilestonesScreen(PersonScreen):
    """A tree of goals; the line beneath the header says in words how the one under the cursor stands."""

    AUTO_FOCUS = ""
    PLACE = "milestones"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "down(1)", "Goal below", id="tree.down", tooltip="Look at the goal below"),
        Binding("k,up", "down(-1)", "Goal above", id="tree.up", tooltip="Look at the goal above"),
        Binding(
            "ctrl+d,pagedown", "page(1)", "Half a page down", id="tree.page-down", tooltip="Half a page down"
        ),
        Binding("ctrl+u,pageup", "page(-1)", "Half a page up", id="tree.page-up", tooltip="Half a page up"),
        Binding("G,end", "bottom", "Last goal", id="tree.bottom", tooltip="Go to the last goal"),
        Binding("home,g g", "top", "First goal", id="tree.top", tooltip="Go to the first goal"),
        Binding("enter", "open", "Open", id="goal.open", tooltip="Everything about this goal"),
        Binding("n", "new", "New goal", id="goal.new", tooltip="Set a goal, or propose your own target"),
        Binding(
            "S",
            "go('statement')",
            "Earnings",
            id="goal.earnings",
            tooltip="Go to the rewards that milestones bring: promised, earned, approved, paid",
        ),
        Binding(
            "Y",
            "go('roadmap')",
            "Year",
            id="goal.year",
            tooltip="Go to the year as one line: milestones, reviews; done, next, missed",
        ),
        Binding("escape,q", "leave", "Back", id="app.back", tooltip="Back to the board"),
    ]
    DEFAULT_CSS = """
    MilestonesScreen #empty { height: 1fr; padding: 2 3; display: none; }
    MilestonesScreen.-empty #empty { display: block; }
    MilestonesScreen.-empty #tree { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: tuple[Part, ...] = ()
        self._ahead: dict[int, Ahead] = {}
        self._asks = False
        """Whether odds are being worked out."""

    def compose(self) -> ComposeResult:
        yield OneLine(id="header")
        yield OneLine(id="summary")
        yield GoalTree(self.app.currency, id="tree")
        yield OneLine(id="empty")
        yield OneLine(id="footer")

    def on_mount(self) -> None:
        self.show_header(("text", "Milestones"))
        self.query_one("#summary", OneLine).show([("dim", "reading …")])
        self._show_footer()
        self._read(KEYS_WAIT)

    # --- reading --------------------------------------------------------------------------------------------

    @property
    def lines(self) -> GoalTree:
        """The goals."""
        return self.query_one("#tree", GoalTree)

    def reload(
        self,
        *,
        to_deal: int | None = None,
        said: tuple[str, str] | None = None,
        to_goal: int | None = None,
    ) -> None:
        """Read all goals again; the cursor stays on its goal, or goes to the one named."""
        self._read("look", to_goal, said)

    def _read(self, group: str, to_goal: int | None = None, said: tuple[str, str] | None = None) -> None:
        def came(found: Look) -> None:
            self._ahead = {}
            self.set_class(not found.rows, "-empty")
            self.lines.show(found.rows, self._ahead, goal=to_goal)
            self._show_chosen()
            self._ask_odds()
            if said:
                self.say(*said)

        self.work(partial(look, self.app.today), came, group=group, exclusive=True, slowly=True)

    @property
    def nominee(self) -> Nominee:
        """Whose goal the cursor stands on, and the milestone of it that was reached last."""
        row = self.lines.chosen
        if row is None:
            return {}
        last = row.found.reached_last
        about = f"milestone:{last.facts.id}" if last is not None else ""
        return {"about": about, "whom": row.found.goal.whose if row.found.goal.scope.person else ""}

    def _ask_odds(self) -> None:
        """Have the odds of one goal after the other worked out, and show each as it comes."""
        missing = self.lines.unknown()
        if self._asks or not missing or not self.is_attached:
            return
        found, ahead_of = missing[0], self._ahead
        self._asks = True

        def came(ahead: Ahead) -> None:
            ahead_of[found.goal.id] = ahead
            self._asks = False
            if ahead_of is self._ahead:
                self.lines.repaint_goal(found.goal.id)
            self.call_later(self._ask_odds)

        def failed(error: Any) -> None:
            self._asks = False
            self.refused(error)

        self.work(partial(self.app.outlook.ahead, found), came, otherwise=failed, group="odds", slowly=True)

    # --- what is shown --------------------------------------------------------------------------------------

    def _show_chosen(self) -> None:
        """Say in words how the goal under the cursor stands."""
        row = self.lines.chosen
        if row is None:
            self.query_one("#summary", OneLine).show([("dim", "no goals yet")])
            self.query_one("#empty", OneLine).show(
                [("key", "n"), ("text", " sets a goal: what is to be reached, by whom, and by when")]
            )
        else:
            self.query_one("#summary", OneLine).show(
                [
                    ("strong", f"{row.found.goal.whose}   "),
                    ("text", bars.told(row.found, self.app.currency)),
                ],
                [("dim", f"{self.lines.place} of {self.lines.count}")],
            )
        self.show_footer()

    def _show_footer(self) -> None:
        footer = self.query_one("#footer", OneLine)
        if self._said:
            footer.show(self._said, named_keys(("u", "undo"), ("?", "keys")))
            return
        open_it = (("Enter", "open"),) * (self.lines.chosen is not None)
        footer.show_keys(
            (*open_it, ("n", "new goal"), ("Y", "year"), ("S", "earnings"), ("g q", "review")),
            named_keys(("?", "keys"), ("Esc", "back")),
        )

    def hear_key(self, event: events.Key) -> bool | str:
        """Hear of a key before what it is bound to is done."""
        self._said = ()
        return super().hear_key(event)

    def say(self, words: str, style: str = "text") -> None:
        """Say something at the foot of the screen, until the next key."""
        self._said = ((style, words),) if words else ()
        self.show_footer()

    # --- keys -----------------------------------------------------------------------------------------------

    def action_down(self, by: int) -> None:
        """Look at the goal below or above."""
        self.lines.move(by)
        self._show_chosen()

    def action_page(self, by: int) -> None:
        """Half a page down or up."""
        self.lines.move_page(by)
        self._show_chosen()

    def action_top(self) -> None:
        """Go to the first goal."""
        self.lines.select(0)
        self._show_chosen()

    def action_bottom(self) -> None:
        """Go to the last goal."""
        self.lines.bottom()
        self._show_chosen()

    @on(GoalTree.Chosen)
    def _goal_clicked(self, message: GoalTree.Chosen) -> None:
        self._show_chosen()
        if message.opened:
            self.action_open()

    def action_open(self) -> None:
        """Everything about this goal."""
        from salesboard.ui.screens.goal import GoalScreen, read

        row = self.lines.chosen
        if row is None:
            return
        self.open_page(partial(read, row.goal, self.app.today), GoalScreen, slowly=True)

    def action_new(self) -> None:
        """Set a goal, or propose one's own target."""
        from salesboard.ui import goal_forms

        goal_forms.new_goal(self)

    def action_leave(self) -> None:
        """Back to the board."""
        self.action_go("board")
