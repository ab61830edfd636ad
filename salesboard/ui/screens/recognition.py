"""Well done: what the team achieved and what was said about it, and what waits for a word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from salesboard.domain import money, people, recognition
from salesboard.domain.recognition import DEAL, Achievement, Coverage, Debt, Told
from salesboard.domain.text import counted
from salesboard.storage.ledger import Actor
from salesboard.ui import bars
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.plain import wrapped
from salesboard.ui.screens.acting import Nominee, PersonScreen
from salesboard.ui.screens.asking import BACK
from salesboard.ui.screens.reading import LATEST_SLOWLY, ReadScreen
from salesboard.ui.widgets.lines import Part
from salesboard.ui.widgets.rows import Rows
from salesboard.ui.widgets.sheet import Line
from salesboard.ui.widgets.two_lists import ListRow, TwoLists
from salesboard.ui.widgets.two_sheets import OTHER_SIDE

SIGNS: dict[recognition.Kind, Part] = {
    "kudos": ("key", "*"),
    "milestone": ("good", "◆"),
    "sale": ("dim", "·"),
}
MOST_OF_ONE = 8
"""So many of one person's achievements are listed, the oldest first."""


@dataclass(frozen=True)
class Look:
    """What the screen shows."""

    feed: list[Told]
    waiting: dict[int, list[Achievement]]
    """Without a word, by person, oldest first."""
    debt: Debt
    covered: dict[int, Coverage]
    names: dict[int, str]


def read(actor: Actor, today: date) -> Look:
    """Read the feed and what whoever looks owes; runs at the back desk."""
    found = recognition.achievements(today=today)
    debt = recognition.debt_to(found, actor, today=today)
    owed = {one.person for one in debt.people}
    waiting: dict[int, list[Achievement]] = {one.person: [] for one in debt.people}
    for one in found:
        if one.person in owed and not one.said:
            waiting[one.person].append(one)
    return Look(
        recognition.feed(today=today),
        waiting,
        debt,
        {one.person: one for one in debt.people},
        {one.id: one.name for one in people.roster(today)},
    )


class RecognitionScreen(ReadScreen[Look], PersonScreen):
    """The feed on the left, newest first; what waits for a word on the right, whom one forgets first."""

    ACTS = KEYS_WAIT
    AUTO_FOCUS = ""
    PLACE = "recognition"
    READ = staticmethod(read)
    READING = LATEST_SLOWLY
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "asterisk",
            "kudos",
            "Kudos",
            id="kudos.give",
            tooltip="Say well done for what the cursor stands on",
        ),
        Binding("enter", "open", "Open", id="kudos.open", tooltip="Everything about the deal"),
        OTHER_SIDE,
        BACK,
    ]

    def content(self) -> ComposeResult:
        yield TwoLists(id="lists")

    def on_mount(self) -> None:
        self.show_header(("text", "Well done"), ("dim", "reading …"))
        self.show_footer()
        self.reload()

    @property
    def lists(self) -> TwoLists:
        """What one reads, and what one works through."""
        return self.query_one(TwoLists)

    @property
    def fact(self) -> str | None:
        """What the cursor stands on, as what kudos are for."""
        chosen = self.lists.chosen
        return str(chosen[-1]) if isinstance(chosen, tuple) else None

    @property
    def nominee(self) -> Nominee:
        """Who did what the cursor stands on."""
        return {"about": self.fact} if self.fact is not None else {}

    # --- showing --------------------------------------------------------------------------------------------

    def _show(self) -> None:
        look = self._look
        if look is None:
            return
        room = self.lists.room
        self.lists.show(_feed(look, self.app.today, self.app.currency, room), self._waiting(look))
        debt = look.debt
        overdue = f", {debt.overdue:,} for a week" if debt.overdue else ""
        words = f"{debt.owed:,} without a word{overdue}" if debt.owed else "nothing waits for a word"
        self.show_header(("text", "Well done"), ("attention" if debt.overdue else "dim", words))
        self.show_footer()

    def _waiting(self, look: Look) -> list[ListRow]:
        oldest = look.debt.oldest_days
        since = f"for {counted(oldest, 'day')}" if oldest else ""
        rows: list[ListRow] = [(None, [("strong", " Nobody has said a word"), (">", ""), ("dim", since)])]
        for person, own in look.waiting.items():
            one = look.covered[person]
            share = f"{one.acknowledged:,} of {one.achieved:,} acknowledged"
            rows += [(None, []), (None, [("text", f" {one.name}"), (">", ""), ("dim", share)])]
            rows += [(("owed", each.fact), self._row(each)) for each in own[:MOST_OF_ONE]]
            if len(own) > MOST_OF_ONE:
                rows.append((None, [("dim", f"        and {len(own) - MOST_OF_ONE:,} more")]))
        if not look.waiting:
            rows += [(None, []), (None, [("good", " Everything of the last ninety days was acknowledged.")])]
        return rows

    def _row(self, one: Achievement) -> Line:
        ink = "attention" if one.overdue else "dim"
        return [
            (ink, f" {f'{one.days} d':>5}{' ! ' if one.overdue else '   '}"),
            ("text", one.what),
            (">", ""),
            *_amount(one.amount_minor, self.app.currency),
        ]

    def keys_now(self) -> Sequence[tuple[str, str]]:
        """The keys that matter now."""
        other_side = (("Tab", "other side"),) * self.lists.are_two
        return (("*", "kudos"), ("N", "nominate"), ("Enter", "open the deal"), ("j k", "row"), *other_side)

    # --- doing ----------------------------------------------------------------------------------------------

    def on_rows_moved(self, _: Rows.Moved) -> None:
        """What was said before is of another row."""
        self.show_footer()

    def action_kudos(self) -> None:
        """Say well done for what the cursor stands on."""
        from salesboard.ui import praise

        if self.fact is not None:
            praise.ask(self, self.fact, lambda said: self.reload(said=(said, "good")))

    def action_open(self) -> None:
        """Everything about the deal under the cursor."""
        from salesboard.ui import going

        if self.fact is not None and self.fact.startswith(f"{DEAL}:"):
            going.to_subject(self.app, self, self.fact)


def _feed(look: Look, today: date, currency: str, room: int) -> list[ListRow]:
    rows: list[ListRow] = [(None, [("strong", " What was done, and said")])]
    for on, of_day in groupby(look.feed, key=lambda one: one.on):
        rows += [(None, []), (None, [("dim", f" {_day(on, today)}")])]
        rows += list(_lines(of_day, look, currency, room))
    if not look.feed:
        rows += [(None, []), (None, [("dim", " Nothing in the last thirty days.")])]
    return rows


def _day(on: date, today: date) -> str:
    return {0: "Today", 1: "Yesterday"}.get((today - on).days, f"{on:%A} {bars.day(on, today)}")


def _lines(of_day: Iterable[Told], look: Look, currency: str, room: int) -> Iterable[ListRow]:
    for one in of_day:
        key = ("fed", one.kind, one.at, one.fact)
        who, sign = look.names[one.person], SIGNS[one.kind]
        if one.kind == "kudos":
            author = look.names.get(one.author or 0, "")
            yield key, [(sign[0], f" {sign[1]} "), ("text", f"{author} to {who}"), ("dim", f"  {one.what}")]
            for part in wrapped(one.words or "", max(20, room - 6)):
                yield None, [("good", f"   {part}")]
        else:
            yield (
                key,
                [
                    (sign[0], f" {sign[1]} "),
                    ("text", one.what),
                    ("dim", f"  {who}"),
                    (">", ""),
                    *_amount(one.amount_minor, currency),
                ],
            )


def _amount(minor: int | None, currency: str) -> Sequence[Part]:
    return [] if minor is None else [("money", money.format_short(minor, currency))]
