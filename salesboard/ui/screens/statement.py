"""The statement of rewards: what milestones bring to people, and how far each reward is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import ClassVar

from textual.binding import Binding, BindingType

from salesboard.domain import money, people, permissions, rewards
from salesboard.domain.rewards import Reward, State
from salesboard.storage.ledger import Actor
from salesboard.ui import bars
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.screens.acting import Nominee, PersonScreen
from salesboard.ui.screens.asking import BACK
from salesboard.ui.screens.reading import ListScreen
from salesboard.ui.widgets.sheet import Line

IN_WORDS: dict[State, str] = {
    "promised": "promised",
    "earned": "earned, to approve",
    "approved": "approved, to pay",
    "paid": "paid",
    "lost": "not reached in time",
    "cancelled": "taken back before it was paid",
    "to claw back": "paid, but un-won since: to pay back",
    "clawed back": "paid back",
    "final": "paid, and stays paid",
}
SHORTER: dict[State, str] = IN_WORDS | {
    "earned": "to approve",
    "approved": "to pay",
    "lost": "not in time",
    "cancelled": "taken back",
    "to claw back": "to pay back",
    "final": "paid",
}
"""The same where there is little room."""
INKS: dict[State, str] = {"earned": "key", "approved": "key", "paid": "good", "to claw back": "attention"}
GAP = "   "
SUMMED: tuple[State, ...] = ("promised", "earned", "approved", "paid", "to claw back")
"""The states whose sums are told beside a person's name; `final` is paid too."""


@dataclass(frozen=True)
class Statement:
    """The rewards one sees, and whether one decides on any."""

    rewards: list[Reward]
    decides: bool


def read(actor: Actor, today: date) -> Statement:
    """Read one's own rewards, and those of everybody one leads; runs at the desk."""
    role = next((one.role for one in people.roster(today) if one.id == actor.id), "rep")
    reach = permissions.reach(role, "decide on reward")
    if reach is permissions.ALL:
        return Statement(rewards.statement(today=today), True)
    found = rewards.statement(today=today, person=actor.id)
    if reach is permissions.TEAM and actor.id is not None:
        led = permissions.people_led(actor.id, today) | {actor.id}
        found = [one for one in rewards.statement(today=today) if one.person in led]
    return Statement(found, reach is not permissions.NOTHING)


class StatementScreen(ListScreen[Statement], PersonScreen):
    """Rewards by person; whoever leads them approves, pays and claws back the one under the cursor."""

    ACTS = KEYS_WAIT
    PLACE = "statement"
    HEADING = "Rewards"
    READ = staticmethod(read)
    _look: Statement = Statement([], False)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "a", "approve", "Approve", id="reward.approve", tooltip="Approve the reward, also one earned late"
        ),
        Binding("p", "pay", "Paid", id="reward.pay", tooltip="The approved reward was paid today"),
        Binding(
            "b",
            "claw_back",
            "Paid back",
            id="reward.claw-back",
            tooltip="A paid reward of a milestone that was un-won is paid back (asks first)",
        ),
        BACK,
    ]

    @property
    def reward(self) -> Reward | None:
        """The reward under the cursor."""
        chosen = self.rows.chosen
        found = self._look.rewards
        return next((one for one in found if (one.milestone, one.person) == chosen), None)

    @property
    def nominee(self) -> Nominee:
        """Whose reward the cursor stands on, and for which milestone."""
        one = self.reward
        return {"whom": one.name, "about": f"milestone:{one.milestone}"} if one is not None else {}

    # --- showing --------------------------------------------------------------------------------------------

    def _show(self) -> None:
        if not self._is_read:
            return
        found, currency = self._look.rewards, self.app.currency
        rows: list[tuple[tuple[int, int] | None, Line]] = []
        for name, ones in groupby(found, key=lambda one: one.name):
            if rows:
                rows.append((None, []))
            own = list(ones)
            rows.append((None, self._heading(name, own)))
            rows += [((one.milestone, one.person), self._row(one)) for one in own]
        nothing: Line = [("dim", " No milestone promises a reward yet.")]
        self.rows.show_rows(rows or [(None, nothing)])
        sums = _summed(found, currency).split(GAP)
        self.show_header(("text", self.HEADING), *(("dim", one) for one in sums))
        self.show_footer()

    def _heading(self, name: str, own: Sequence[Reward]) -> Line:
        return [("strong", f" {name}"), ("dim", _summed(own, self.app.currency))]

    def _row(self, one: Reward) -> Line:
        amount = money.format_exact(one.amount_minor, self.app.currency) if one.whole_minor else ""
        if one.amount_minor != one.whole_minor:
            amount += f" of {money.format_exact(one.whole_minor, self.app.currency)}"
        brings = " ".join(part for part in (amount, one.words or "") if part)
        on = bars.day(one.on, self.app.today) if one.on else ""
        wide = self.app.size.width >= 100
        state = (IN_WORDS if wide else SHORTER)[one.state]
        return [
            ("dim", f"   {on:>11}  "),
            ("text", f"{one.label:<12}"),
            ("dim", f"  {one.goal_name}" if wide else ""),
            (">", ""),
            ("money", brings),
            (INKS.get(one.state, "dim"), f"  {state:<{35 if wide else 12}}"),
        ]

    def keys_now(self) -> Sequence[tuple[str, str]]:
        """The keys that matter now."""
        deciding = (("a", "approve"), ("p", "paid"), ("b", "paid back"), ("u", "undo"))
        keys = deciding if self._look.decides else ()
        return (("j k", "row"), *keys)

    # --- doing ----------------------------------------------------------------------------------------------

    def action_approve(self) -> None:
        """Approve the reward under the cursor."""
        self._decide(rewards.approve_reward, "approved")

    def action_pay(self) -> None:
        """The reward under the cursor was paid today."""
        self._decide(rewards.pay_reward, "paid")

    def action_claw_back(self) -> None:
        """The reward under the cursor was paid back; asks first."""
        one = self.reward
        if one is None:
            return
        amount = money.format_exact(one.amount_minor, self.app.currency)
        words = f"b again: {one.name} has paid {amount} back; any other key leaves it"
        if one.state != "to claw back" or self.is_sure(f"{one.milestone} {one.person}", words):
            self._decide(rewards.claw_back_reward, "paid back")

    def _decide(self, act: Callable[..., None], done: str) -> None:
        one = self.reward
        if one is None:
            return
        actor, now = self.app.acting, self.app.now()
        self.work(
            lambda: act(actor, one.milestone, one.person, now=now),
            lambda _: self.reload(said=(f"{one.name}'s reward for {one.label} is {done}", "good")),
        )


def _summed(found: Sequence[Reward], currency: str) -> str:
    """`   earned $900.00   paid $1,500.00`: the amounts by how far they are, those above zero."""
    totals = rewards.sums(found)
    totals["paid"] += totals["final"]
    return "".join(
        f"{GAP}{state} {money.format_exact(totals[state], currency)}" for state in SUMMED if totals[state]
    )
