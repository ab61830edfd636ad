"""One goal on a page of its own: bar, ladder, way so far, versions, and who has read it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from salesboard.domain import assessments, board, goals, leverage, lint, profiles, reviews, standings
from salesboard.domain.causes import Causes
from salesboard.ui import goal_sheet
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.goal_sheet import Page
from salesboard.ui.outlook import Ahead
from salesboard.ui.screens.reading import PageScreen
from salesboard.ui.widgets.sheet import Line
from salesboard.ui.widgets.two_sheets import OTHER_SIDE, TwoSheets


def read(goal: int, today: date) -> Page:
    """Read a goal and how it stands; runs at the desk."""
    facts = goals.find_goal(goal)
    (found,) = standings.stand([facts], today=today)
    crossing = [one.standing.crossed_by.subject for one in found.milestones if one.standing.crossed_by]
    return Page(
        found,
        goals.find_goal(facts.parent).name if facts.parent is not None else None,
        {deal: card.name for deal, card in board.cards(list(dict.fromkeys(crossing))).items()},
        reviews.reviews(goal),
        goals.readers(facts, today),
        leverage.repairs(found),
        assessments.of_goal(found),
        lint.findings(today=today, goal=goal),
    )


class GoalScreen(PageScreen[Page]):
    """Two sheets side by side where there is room, one after the other where there is not."""

    ACTS = KEYS_WAIT  # nothing is shown here before it is so
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "y",
            "acknowledge",
            "Acknowledge",
            id="goal.acknowledge",
            tooltip="Say that you have read what was published of this goal",
        ),
        Binding(
            "Q",
            "form('question')",
            "Ask",
            id="goal.ask",
            tooltip="Ask about what was published, in place of acknowledging it",
        ),
        Binding(
            "P",
            "form('publish')",
            "Publish",
            id="goal.publish",
            tooltip="Tell everybody concerned why the goal is as it is",
        ),
        Binding(
            "a", "form('agree')", "Agree", id="goal.agree", tooltip="Agree to the target that was proposed"
        ),
        Binding(
            "c",
            "form('counter')",
            "Answer",
            id="goal.counter",
            tooltip="Answer the target that was proposed with another one",
        ),
        Binding("A", "activate", "Activate", id="goal.activate", tooltip="Make a draft count from now on"),
        Binding(
            "e",
            "form('revise')",
            "Revise",
            id="goal.revise",
            tooltip="Another target, ladder or rewards from a day on, with the reason",
        ),
        Binding(
            "s",
            "share_out",
            "Share out",
            id="goal.split",
            tooltip="Share a team's target out among its people: equally, or by history and profile",
        ),
        Binding(
            "l",
            "care('look_back')",
            "Look back",
            id="goal.look-back",
            tooltip="What worked, what did not and what is next, once a milestone is reached or missed",
        ),
        Binding(
            "w",
            "care('waive')",
            "Waive",
            id="goal.waive",
            tooltip="Let a warning about the goal stand, for a reason",
        ),
        Binding(
            "asterisk",
            "kudos",
            "Kudos",
            id="goal.kudos",
            tooltip="Say well done for the milestone that was reached last",
        ),
        Binding(
            "N",
            "nominate",
            "Nominate",
            id="goal.nominate",
            tooltip="Nominate somebody for an award, with the milestone reached last as evidence",
        ),
        OTHER_SIDE,
        Binding("escape,q", "leave", "Back", id="app.back", tooltip="Back to the goals"),
    ]

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._ahead: Ahead | None = None
        """What may come of it; worked out once the page is there."""
        self._missing: list[Line] = []
        """Where its revenue is missing; the same."""

    def content(self) -> ComposeResult:
        yield TwoSheets(id="sheets")

    def reading(self) -> Callable[[], Page]:
        """The goal."""
        return partial(read, self.goal, self.app.today)

    def keep(self, found: Page) -> None:
        """Keep the goal."""
        if len(found.found.milestones) != len(self._page.found.milestones):
            self._ahead = None  # the odds are of milestones that are no more
        super().keep(found)

    @property
    def sheets(self) -> TwoSheets:
        """What one reads."""
        return self.query_one(TwoSheets)

    @property
    def goal(self) -> int:
        """The number of the goal."""
        return self._page.found.goal.id

    def _show(self) -> None:
        goal = self._page.found.goal
        self._show_sheets()
        self.show_header(("text", goal.whose), ("dim", f"goal {goal.id}"))
        self.show_footer()

    def _show_sheets(self) -> None:
        """Show what is read, and leave at the foot what has just been said."""
        assert self.app.company is not None
        page, ahead, company, room = self._page, self._ahead, self.app.company, self.sheets.room
        left = [
            *goal_sheet.facts(page, ahead, company, room),
            *goal_sheet.ladder(page, ahead, company, room),
            *self._missing,
        ]
        right = [
            *goal_sheet.chart(page.found, company, room),
            *goal_sheet.warnings(page, room),
            *goal_sheet.lessons(page, room),
            *goal_sheet.versions(page, company, room),
            *goal_sheet.readers(page, room),
        ]
        self.sheets.show(left, right)

    def read_on(self) -> None:
        """Have the odds worked out, and show them when they come."""

        def came(ahead: Ahead) -> None:
            if ahead != self._ahead:
                self._ahead = ahead
                self._show_sheets()

        self.work(
            partial(self.app.outlook.ahead, self._page.found),
            came,
            group="ahead",
            exclusive=True,
            slowly=True,
        )
        self._look_for_causes()

    def _look_for_causes(self) -> None:
        """Have it worked out where revenue is missing, and show it when it is known."""
        from salesboard.ui import cause_sheet

        def came(found: Causes | None) -> None:
            assert self.app.company is not None
            missing = cause_sheet.lines(found, self.app.company) if found else []
            if missing != self._missing:
                self._missing = missing
                self._show_sheets()

        self.work(
            partial(cause_sheet.read, self._page.found), came, group="causes", exclusive=True, slowly=True
        )

    def keys_now(self) -> Sequence[tuple[str, str]]:
        """The keys that matter now."""
        readers, me = self._page.readers, self.app.acting.name
        unread = (("y", "acknowledge"),) * bool(readers and me in readers.waiting)
        other_side = (("Tab", "other side"),) * self.sheets.are_two
        goal = self._page.found.goal
        active = goal.status == goals.ACTIVE
        change = (("e", "revise"),) * active + (("s", "share out"),) * (active and goal.scope.person is None)
        talk = {
            goals.PROPOSED: (("a", "agree"), ("c", "answer")),
            goals.DRAFT: (("A", "activate"),),
        }.get(self._page.found.goal.status, (("P", "publish"),) * (readers is None))
        return (*unread, *talk, *change, ("j k", "scroll"), *other_side, ("g m", "milestones"))

    # --- doing ----------------------------------------------------------------------------------------------

    def action_acknowledge(self) -> None:
        """Say that one has read what was published."""
        actor, now, goal = self.app.acting, self.app.now(), self.goal

        def done(_: Any) -> None:
            self.reload(said=("acknowledged", "good"))

        self.work(lambda: goals.acknowledge(actor, goal, now=now), done)

    def action_form(self, name: str) -> None:
        """Do what goes on between those who set a goal and those it is about."""
        from salesboard.ui import goal_forms

        getattr(goal_forms, name)(self, self.goal)

    def action_care(self, name: str) -> None:
        """Look back at a milestone, or let a warning stand."""
        from salesboard.ui import goal_care_forms

        getattr(goal_care_forms, name)(self, self.goal)

    def action_share_out(self) -> None:
        """Share the target out among the people whose sales count."""
        from salesboard.ui.screens.split import SplitScreen

        self.open_page(partial(profiles.split, self.app.acting, self.goal, today=self.app.today), SplitScreen)

    def action_kudos(self) -> None:
        """Say well done for the milestone that was reached last."""
        from salesboard.ui import praise

        last = self._page.found.reached_last
        if last is None:
            self.say("no milestone of this goal is reached yet", "dim")
            return
        praise.ask(self, f"milestone:{last.facts.id}", lambda said: self.reload(said=(said, "good")))

    def action_nominate(self) -> None:
        """Nominate somebody for the milestone that was reached last, or for anything else."""
        from salesboard.ui import nominating

        last = self._page.found.reached_last
        about = f"milestone:{last.facts.id}" if last is not None else ""
        nominating.ask(self, lambda said: self.reload(said=(said, "good")), about=about)

    def action_activate(self) -> None:
        """Make a draft count."""
        actor, now, goal = self.app.acting, self.app.now(), self._page.found.goal

        def done(_: Any) -> None:
            self.reload(said=(f"{goal.name} counts from now on", "good"))

        self.work(lambda: goals.activate_goal(actor, goal.id, now=now), done)
