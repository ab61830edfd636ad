"""Judging by points or an order, at first without names, others' only after one's own; the team's vote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from salesboard.domain.awards import blind, categories, judging, night, screening
from salesboard.domain.awards.blind import Mask
from salesboard.domain.awards.judging import Ballot, JudgeFacts, Nominee, Panel
from salesboard.domain.awards.screening import Review
from salesboard.domain.text import clean
from salesboard.storage.ledger import Actor
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.plain import one_line, wrapped
from salesboard.ui.screens.asking import BACK
from salesboard.ui.screens.reading import LATEST, ListScreen
from salesboard.ui.widgets.form import Field, Form
from salesboard.ui.widgets.lines import OneLine, Part
from salesboard.ui.widgets.rows import Rows
from salesboard.ui.widgets.sheet import Line, Sheet

POINTS = Binding.Group("Points")
NAME, RESULT = 24, 9
WIDEST = 96
"""Cells of a line of what nominators wrote."""


@dataclass(frozen=True)
class Look:
    """What somebody judges, and how far everybody is."""

    ballots: tuple[Ballot, ...]
    panels: dict[int, Panel]
    mask: Mask


def read(actor: Actor, today: date) -> Look:
    """Read what somebody judges in the season that is on; runs at the desk."""
    season = night.tonight(today)
    seats = judging.seats_of(actor, season) if season is not None else []
    return Look(
        tuple(judging.ballot(actor, one, today=today) for one in seats),
        {one: judging.panel(one, today=today) for one in seats},
        blind.mask(),
    )


def read_reviews(actor: Actor, found: Ballot, today: date) -> dict[int, Review]:
    """Read what was written of those whom one judges in a category; runs at the back desk."""
    return {
        one.listed.nomination: screening.review(actor, one.listed.nomination, today=today)
        for one in found.nominees
        if one.recused is None
    }


def in_order(found: Ballot) -> tuple[Nominee, ...]:
    """The nominees as they are shown: of a ranked choice in one's own order, those without a place last."""
    if found.category.way != categories.RANKED:
        return found.nominees
    return tuple(sorted(found.nominees, key=lambda one: (one.place is None, one.place or 0)))


def unblind(actor: Actor, found: Ballot, now: datetime) -> None:
    """Keep that a judge has looked at the names of a category; runs at the desk."""
    for one in found.nominees:
        if one.recused is None:
            screening.unblind(actor, one.listed.nomination, now=now)


class JudgingScreen(ListScreen[Look]):
    """The nominees of one category with one's points above, what was written of the one looked at beneath."""

    ACTS = KEYS_WAIT
    PLACE = "judging"
    HEADING = "Judging"
    READ = staticmethod(read)
    READING = LATEST
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(
                str(points % 10),
                f"points({points})",
                f"{points} points",
                id=f"judge.points-{points}",
                group=POINTS,
                tooltip="Give so many points by the marked criterion, 0 for ten, and go on to the next; "
                "in a ranked choice, the place",
            )
            for points in range(1, 11)
        ),
        Binding(
            "J", "shift(1)", "One place down", id="judge.down", tooltip="Put the nominee one place lower"
        ),
        Binding("K", "shift(-1)", "One place up", id="judge.up", tooltip="Put the nominee one place higher"),
        Binding("enter", "vote", "Vote", id="judge.vote", tooltip="Give one's one vote to the nominee"),
        Binding(
            "l,right", "criterion(1)", "Next criterion", id="judge.next", tooltip="Mark the next criterion"
        ),
        Binding(
            "h,left",
            "criterion(-1)",
            "Criterion before",
            id="judge.before",
            tooltip="Mark the criterion before",
        ),
        Binding(
            "A",
            "abstain",
            "Abstain",
            id="judge.abstain",
            tooltip="Do not judge this category, and say why",
        ),
        Binding(
            "f",
            "finish",
            "Finish",
            id="judge.finish",
            tooltip="Finish this category: then one sees the others' points, and changes none",
        ),
        Binding(
            "b",
            "blind",
            "Blind",
            id="judge.blind",
            tooltip="Hide who the nominees are, or show it; that one looked is kept",
        ),
        Binding(
            "right_square_bracket,tab",
            "category(1)",
            "Next category",
            id="judge.next-category",
            tooltip="Judge the next category",
        ),
        Binding(
            "left_square_bracket,shift+tab",
            "category(-1)",
            "Category before",
            id="judge.category-before",
            tooltip="Judge the category before",
        ),
        BACK,
    ]
    DEFAULT_CSS = """
    JudgingScreen {
        #rows { padding: 0 1; }
        #more { padding: 1 1 0 1; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._at = 0
        self._criterion = 0
        self._named: set[int] = set()
        """The categories whose names one has looked at."""
        self._reviews: dict[int, dict[int, Review]] = {}

    def content(self) -> ComposeResult:
        yield OneLine(id="summary")
        yield from super().content()
        yield Sheet(id="more")

    @property
    def ballot(self) -> Ballot | None:
        """The category one judges now."""
        found = self._look.ballots if self._look else ()
        return found[min(self._at, len(found) - 1)] if found else None

    @property
    def nominee(self) -> Nominee | None:
        """The nominee under the cursor."""
        chosen = self.rows.chosen
        found = self.ballot.nominees if self.ballot else ()
        return next((one for one in found if one.listed.nomination == chosen), None)

    @property
    def is_blind(self) -> bool:
        """Whether names are hidden; not in a team vote, where one looks for whom one knows."""
        found = self.ballot.category if self.ballot is not None else None
        return found is not None and found.way != categories.VOTED and found.id not in self._named

    # --- reading --------------------------------------------------------------------------------------------

    def read_on(self) -> None:
        """Have what was written of the nominees read, once for a category."""
        found = self.ballot
        if found is None or found.category.id in self._reviews:
            return

        def came(reviews: dict[int, Review]) -> None:
            self._reviews[found.category.id] = reviews
            self._show_more()

        task = partial(read_reviews, self.app.acting, found, self.app.today)
        self.work(task, came, group="reviews", exclusive=True, slowly=True)

    # --- showing --------------------------------------------------------------------------------------------

    def _show(self) -> None:
        found = self.ballot
        if self._look is None:
            return
        rows = self.rows
        if found is None:
            nothing: Line = [("dim", " You judge no category of this season, and none is voted on.")]
            self.show_header(("text", self.HEADING))
            rows.show_rows([(None, nothing)])
            self.show_footer()
            return
        self._criterion = max(0, min(self._criterion, len(found.category.criteria) - 1))
        lines = [(None, self._heading(found)), *self._lines(found)]
        rows.styles.height = min(len(lines) + 1, max(5, self.size.height // 2 - 2))
        rows.show_rows(lines)
        self._show_summary(found)
        self._show_more()
        count = len(self._look.ballots)
        where = f"{found.category.name}" + (f" · {self._at + 1} of {count}" if count > 1 else "")
        self.show_header(("text", self.HEADING), ("strong", where), ("dim", "blind" if self.is_blind else ""))
        self.show_footer()

    def _widths(self, found: Ballot) -> int:
        """Cells of the column of one criterion."""
        room = self.size.width - 4 - NAME - RESULT
        longest = max((len(one.name) for one in found.category.criteria), default=8)
        return max(4, min(longest, room // max(1, len(found.category.criteria)) - 2))

    def _heading(self, found: Ballot) -> Line:
        if found.category.way != categories.POINTS:
            return [("dim", f" {'':<{NAME}}  {PLACE_HEADING[found.category.way]}")]
        width = self._widths(found)
        parts: list[Part] = [("dim", f" {'':<{NAME}}")]
        for at, one in enumerate(found.category.criteria):
            style = "key" if at == self._criterion else "dim"
            parts.append((style, f"  {one_line(_shortened(one.name, width), width)}"))
        return [*parts, ("dim", f"{'points':>{RESULT}}")]

    def _lines(self, found: Ballot) -> list[tuple[int, Line]]:
        width = self._widths(found)
        lines: list[tuple[int, Line]] = []
        for one in in_order(found):
            parts: list[Part] = [("text", f" {one_line(self._called(found, one), NAME)}")]
            if one.recused is not None:
                why = "" if self.is_blind else f": you {_told_you(one.recused)}"
                parts.append(("attention", f"  recused{why}"))
            elif found.category.way != categories.POINTS:
                parts.append(_placed(one, found.category.way))
            else:
                given = one.own.points if one.own else {}
                for place, criterion in enumerate(found.category.criteria):
                    points = given.get(criterion.id)
                    style = "key" if place == self._criterion else "text"
                    parts.append((style, f"  {points if points is not None else '·':<{width}}"))
                whole = one.own.weighted if one.own else None
                figures = judging.in_figures(whole) if whole is not None else ""
                parts.append(("strong", f"{figures:>{RESULT}}"))
            lines.append((one.listed.nomination, parts))
        return lines

    def _called(self, found: Ballot, one: Nominee) -> str:
        return f"Nominee {_letters(found.nominees.index(one))}" if self.is_blind else one.listed.name

    def _show_summary(self, found: Ballot) -> None:
        panel = self._look.panels[found.category.id] if self._look else None
        far = [f"{one.handle} {_progress(one)}" for one in (panel.judges if panel else ())]
        said: list[Part] = [("dim", SAID.get(found.category.way, ""))]
        if found.category.way == categories.POINTS:
            criterion = found.category.criteria[self._criterion]
            said = [("key", f"{criterion.name}"), ("dim", f" is {criterion.weight} % of the result")]
        elif found.category.way == categories.VOTED and panel is not None:
            far = [f"{len(panel.judges)} of {panel.electorate} have voted"]
        self.query_one("#summary", OneLine).show(said, [("dim", " · ".join(far))])

    def _show_more(self) -> None:
        found, one = self.ballot, self.nominee
        if found is None or one is None or self._look is None:
            self.query_one("#more", Sheet).show([])
            return
        review = self._reviews.get(found.category.id, {}).get(one.listed.nomination)
        width = min(WIDEST, self.size.width - 4)
        lines = list(_points_of_others(found, one))
        if one.recused is not None:
            lines.append([("dim", "This nominee is for the others to judge.")])
        elif review is not None:
            lines += _written(review, self._look.mask if self.is_blind else None, width)
        self.query_one("#more", Sheet).show(lines)

    def keys_now(self) -> Sequence[tuple[str, str]]:
        """The keys that matter now."""
        found = self.ballot
        if found is None:
            return ()
        more = (("[ ]", "category"),) if self._look and len(self._look.ballots) > 1 else ()
        if found.category.way == categories.VOTED:
            return (("Enter", "vote"), *more)
        keys: tuple[tuple[str, str], ...] = ()
        if not found.judge.is_done:
            ranked = found.category.way == categories.RANKED
            how = (
                (("1–9", "place"), ("J K", "down, up"))
                if ranked
                else (("1–9 0", "points"), ("h l", "criterion"))
            )
            keys = (*how, ("f", "finish"), ("A", "abstain"))
        return (*keys, ("b", "names" if self.is_blind else "blind"), *more)

    # --- doing ----------------------------------------------------------------------------------------------

    def on_rows_moved(self, _: Rows.Moved) -> None:
        """Another nominee is looked at."""
        self._show_more()

    def action_category(self, by: int) -> None:
        """Judge another category."""
        count = len(self._look.ballots) if self._look else 0
        if count > 1:
            self._at = (min(self._at, count - 1) + by) % count
            self._criterion = 0
            self._show()
            self.read_on()

    def action_criterion(self, by: int) -> None:
        """Mark another criterion."""
        if self.ballot is not None and self.ballot.category.criteria:
            self._criterion = (self._criterion + by) % len(self.ballot.category.criteria)
            self._show()

    def action_points(self, points: int) -> None:
        """Give points by the criterion that is marked, and go on to the next one; or a place."""
        found, one = self.ballot, self.nominee
        if found is None or one is None or self._is_refused(one):
            return
        if found.category.way == categories.RANKED:
            self._put(one, points)
            return
        if found.category.way == categories.VOTED:
            self.say("everybody has one vote: Enter gives it", "attention")
            return
        actor, now = self.app.acting, self.app.now()
        given = {found.category.criteria[self._criterion].id: points}

        def go_on(_: object) -> None:
            if self._criterion + 1 < len(found.category.criteria):
                self._criterion += 1
            else:
                self._criterion = 0
                self.rows.action_go_by(1)
            self.reload()

        self.work(partial(judging.score, actor, one.listed.nomination, given, now=now), go_on)

    def action_shift(self, by: int) -> None:
        """Put the nominee of a ranked choice higher or lower."""
        found, one = self.ballot, self.nominee
        if found is None or one is None or self._is_refused(one) or found.category.way != categories.RANKED:
            return
        placed = sum(each.place is not None for each in found.nominees)
        self._put(one, max(1, (one.place or placed + 1) + by))

    def _put(self, one: Nominee, place: int) -> None:
        """Put a nominee at a place of one's order; the others close up."""
        found = self.ballot
        assert found is not None
        order = [each.listed.nomination for each in in_order(found) if each.place is not None]
        order = [nomination for nomination in order if nomination != one.listed.nomination]
        order.insert(place - 1, one.listed.nomination)
        actor, now = self.app.acting, self.app.now()
        self.work(partial(judging.rank, actor, found.category.id, order, now=now), lambda _: self.reload())

    def action_vote(self) -> None:
        """Give one's one vote to the nominee; asks first where it takes it from another."""
        found, one = self.ballot, self.nominee
        if found is None or one is None or found.category.way != categories.VOTED or self._is_refused(one):
            return
        name = one.listed.name
        before = next((each for each in found.nominees if each.place is not None), None)
        moved = f"Enter again: your vote goes to {name} instead of {before.listed.name}" if before else ""
        if before is one or (before is not None and not self.is_sure(f"vote {name}", moved)):
            return
        actor, now = self.app.acting, self.app.now()
        self.work(
            partial(judging.vote, actor, one.listed.nomination, now=now),
            lambda _: self.reload(said=(f"your vote is for {name}; nobody sees that", "good")),
        )

    def _is_refused(self, one: Nominee) -> bool:
        """Say that a nominee is for the others to judge; why would tell a blind reader who it is."""
        refused = one.recused is not None and self.is_blind
        if refused:
            self.say("you may not judge this nominee", "attention")
        return refused

    def action_finish(self) -> None:
        """Finish the category; asks first."""
        found = self.ballot
        if found is None:
            return
        name = found.category.name
        words = f"f again: you have finished {name}, and change nothing any more"
        if not self.is_sure(f"finish {name}", words):
            return
        actor, now = self.app.acting, self.app.now()
        self.work(
            partial(judging.finish, actor, found.category.id, now=now),
            lambda _: self.reload(said=(f"you have finished {name}", "dim")),
        )

    def action_abstain(self) -> None:
        """Do not judge the category, and say why."""
        found = self.ballot
        if found is None:
            return
        actor, now = self.app.acting, self.app.now()
        category = found.category

        why = Field(
            "reason",
            "Reason",
            read=lambda typed: clean(typed, field="The reason", limit=judging.LONGEST),
            hint="we share an office",
            needed=True,
        )

        def save(values: dict[str, str]) -> bool:
            judging.abstain(actor, category.id, values["reason"], now=now)
            return True

        self.show_form(
            Form(f"Abstain from {category.name}", [why], desk=self.app.desk, save=save, verb="abstain"),
            lambda _: self.reload(said=(f"you abstain from {category.name}", "good")),
        )

    def action_blind(self) -> None:
        """Hide who the nominees are, or show it; that one looked is kept."""
        found = self.ballot
        if found is None:
            return
        if not self.is_blind:
            self._named.discard(found.category.id)
            self._show()
            return
        actor, now = self.app.acting, self.app.now()

        def named(_: object) -> None:
            self._named.add(found.category.id)
            self._show()
            self.say("names are shown; that you looked is kept", "dim")

        self.work(partial(unblind, actor, found, now), named)


PLACE_HEADING = {categories.RANKED: "place", categories.VOTED: "your vote"}
SAID = {
    categories.RANKED: "the best first: from 10 points down to 1",
    categories.VOTED: "everybody has one vote, and nobody sees for whom",
}


def _placed(one: Nominee, way: categories.Way) -> Part:
    if one.place is None:
        return ("dim", "  ·")
    return ("strong", f"  {one.place}" if way == categories.RANKED else "  ◆ yours")


def _progress(one: JudgeFacts) -> str:
    if one.abstained is not None:
        return "abstains"
    if one.finished_at is not None:
        return "finished"
    return f"{one.scored} of {one.of}" if one.of else "recused"


def _shortened(name: str, width: int) -> str:
    """A name of which no word is cut, where that can be."""
    if cell_len(name) <= width:
        return name
    whole = wrapped(name, width - 1)[0]
    return f"{whole}…" if " " in name else name


def _letters(at: int) -> str:
    return chr(ord("A") + at) if at < 26 else f"{chr(ord('A') + at // 26 - 1)}{chr(ord('A') + at % 26)}"


def _told_you(why: str) -> str:
    """A reason, told to whom it is about: `leads their team` becomes `lead their team`."""
    return why.replace("is nominated", "are nominated").replace("leads", "lead").replace("owns", "own")


def _points_of_others(found: Ballot, one: Nominee) -> Sequence[Line]:
    if not one.others:
        return []
    lines: list[Line] = []
    for marks in one.others:
        given = "  ".join(str(marks.points.get(each.id, "·")) for each in found.category.criteria)
        if marks.place is not None:
            given = f"place {marks.place}"
        whole = judging.in_figures(marks.weighted) if marks.weighted is not None else ""
        stray = f"  does not count: {marks.stray}" if marks.stray else ""
        lines.append([("text", f"{marks.name:<20}  {given:<14}"), ("strong", f"{whole:>5}"), ("dim", stray)])
    return [[("dim", "What the others gave")], *lines, []]


def _written(review: Review, mask: Mask | None, width: int) -> list[Line]:
    """What nominators wrote, and their evidence as it was and is; hidden where names are."""
    lines: list[Line] = []
    for voice in review.facts.voices:
        said = mask.note(voice.reason) if mask else voice.reason
        if mask is None:
            lines.append([("dim", f"{voice.author_name} wrote")])
        style = "dim" if mask and said != voice.reason else "text"
        lines += [[(style, line)] for line in wrapped(said, width)]
        for piece in voice.evidence:
            words = mask.hide(piece.words) if mask else piece.words
            flag: list[Part] = []
            if piece.changed:
                state = "cleared" if piece.cleared else "! changed"
                flag = [("dim" if piece.cleared else "attention", f"  {state}: {piece.then} → {piece.today}")]
            lines.append([("key", "  ◆ "), ("text", words), ("dim", f"  {piece.then}"), *flag])
        lines.append([])
    return lines
