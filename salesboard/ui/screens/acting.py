"""Screens on which one acts on what one looks at: a client, or a deal with one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypedDict

from textual.binding import Binding, BindingType

from salesboard.domain import pipeline
from salesboard.domain.board import Card
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.screens.asking import DeskScreen

if TYPE_CHECKING:
    from salesboard.ui.relation_forms import Whose


class Nominee(TypedDict, total=False):
    """What the form for nominating is told: a name, a fact such as `deal:60074`, a category."""

    whom: str
    about: str
    category: int | None


CLOSING = ("win", "lose", "disqualify")
SAVED = {
    "win": "is won",
    "lose": "is lost",
    "disqualify": "is disqualified",
    "edit": "is saved",
    "next_step": "has a next step",
    "note": "has a new note",
}
"""The forms about a deal, and what is said of it when they have been saved."""


class PersonScreen(DeskScreen):
    """A screen on which one looks at people, or at what somebody did: each can be nominated from there.

    It stands after the screen that it is added to: the looks of a screen are those of its first base.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "N",
            "nominate",
            "Nominate",
            id="award.nominate",
            tooltip="Nominate whoever the cursor stands on for an award, with what they did as evidence",
        ),
    ]

    @property
    def nominee(self) -> Nominee:
        """Whom, or for what, one would nominate as the cursor stands; nothing where it is nobody's."""
        raise NotImplementedError

    def action_nominate(self) -> None:
        """Nominate whoever the cursor stands on."""
        from salesboard.ui import nominating

        nominating.ask(self, lambda said: self.reload(said=(said, "good")), **self.nominee)


class ClientScreen(DeskScreen):
    """A screen on which one looks at one client at a time, or at a deal with one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "t",
            "client_form('thanks')",
            "Thank",
            id="client.thank",
            tooltip="Keep that the client was thanked",
        ),
        Binding(
            "A",
            "client_form('first_date')",
            "First date",
            id="client.first-date",
            tooltip="Keep how the relationship with the client began: day, place, who was there",
        ),
        Binding(
            "N",
            "nominate",
            "Nominate",
            id="client.nominate",
            tooltip="Nominate somebody for an award, with this deal or client as evidence",
        ),
    ]

    @property
    def whose(self) -> Whose | None:
        """The account, or the deal whose account is meant; none where one looks at nothing."""
        raise NotImplementedError

    def action_client_form(self, name: str) -> None:
        """Show one of the forms about the client."""
        from salesboard.ui import relation_forms

        whose = self.whose
        if whose is None:
            return
        deal = whose[1] if whose[0] == "deal" else None
        self.ask(
            partial(relation_forms.prepare, whose, self.app.now()),
            partial(getattr(relation_forms, name), self.app),
            lambda client: self.reload(to_deal=deal, said=(f"{client} {relation_forms.SAID[name]}", "good")),
        )

    def action_nominate(self) -> None:
        """Nominate somebody for what one looks at."""
        from salesboard.ui import nominating

        whose = self.whose
        if whose is not None:
            kind, number = whose
            deal = number if kind == "deal" else None
            nominating.ask(
                self, lambda said: self.reload(to_deal=deal, said=(said, "good")), about=f"{kind}:{number}"
            )

    def action_client(self) -> None:
        """Everything about the client."""
        from salesboard.ui.screens.account import AccountScreen, read_of

        whose, now = self.whose, self.app.now()
        if whose is None:
            return
        deal = whose[1] if whose[0] == "deal" else None

        def came(page: Any) -> None:
            self.app.push_screen(AccountScreen(page), lambda _: self.reload(to_deal=deal))

        self.work(partial(read_of, whose, now), came, group=KEYS_WAIT, exclusive=True)


class AskingScreen(ClientScreen):
    """A screen on which one works with one deal at a time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "L,greater_than_sign,shift+right",
            "move(1)",
            "Next stage",
            id="deal.next-stage",
            tooltip="Move the deal to the next stage",
        ),
        Binding(
            "H,less_than_sign,shift+left",
            "move(-1)",
            "Stage before",
            id="deal.stage-before",
            tooltip="Move the deal one stage back",
        ),
        Binding("w", "form('win')", "Won", id="deal.win", tooltip="The deal is won: day, amount, lines"),
        Binding("x", "form('lose')", "Lost", id="deal.lose", tooltip="The deal is lost: say why"),
        Binding(
            "D",
            "form('disqualify')",
            "Disqualify",
            id="deal.disqualify",
            tooltip="There is no business here: say why, and when to look again",
        ),
        Binding(
            "O",
            "reopen",
            "Reopen",
            id="deal.reopen",
            tooltip="Take a sale or a loss back: the deal is open again",
        ),
        Binding("e", "form('edit')", "Edit", id="deal.edit", tooltip="Change the deal's facts"),
        Binding(
            "a", "form('next_step')", "Next step", id="deal.next-step", tooltip="What to do next, and when"
        ),
        Binding("c", "form('note')", "Note", id="deal.note", tooltip="Write a note on the deal"),
        Binding(
            "asterisk", "kudos", "Kudos", id="deal.kudos", tooltip="Say well done to somebody for this deal"
        ),
        Binding("y", "copy", "Copy number", id="deal.copy", tooltip="Copy the deal's number"),
        Binding(
            "b", "client", "Account", id="client.open", tooltip="The account's page: facts, story, its deals"
        ),
    ]

    @property
    def whose(self) -> Whose | None:
        """The deal one looks at."""
        return ("deal", self.card.id) if self.card is not None else None

    @property
    def card(self) -> Card | None:
        """The deal one looks at, if there is one and it has been read."""
        raise NotImplementedError

    def action_form(self, name: str) -> None:
        """Show one of the forms about the deal."""
        from salesboard.ui import dialogs

        card = self.card
        if card is None:
            return
        if name in CLOSING and card.status != pipeline.OPEN:
            self.say(f"{card.name} is {card.status} already: O opens it again", "attention")
            return
        self.ask(
            partial(dialogs.prepare, self.app.now(), card.id),
            partial(getattr(dialogs, name), self.app),
            lambda _: self.reload(to_deal=card.id, said=(f"{card.name} {SAVED[name]}", "good")),
        )

    def action_reopen(self) -> None:
        """Open a closed deal again."""
        card = self.card
        if card is None:
            return
        if card.status == pipeline.OPEN:
            self.say(f"{card.name} is open", "dim")
            return
        actor, now = self.app.acting, self.app.now()
        self.work(
            lambda: pipeline.reopen_deal(actor, card.id, now=now, seen={"status": card.status}),
            lambda _: self.reload(to_deal=card.id, said=(f"{card.name} is open again", "good")),
            group=KEYS_WAIT,
        )

    def action_kudos(self) -> None:
        """Say well done to somebody for the deal."""
        from salesboard.ui import praise

        card = self.card
        if card is not None:
            praise.ask(
                self, f"deal:{card.id}", lambda said: self.reload(to_deal=card.id, said=(said, "good"))
            )

    def action_copy(self) -> None:
        """Copy the deal's number."""
        if self.card is not None:
            self.app.copy_to_clipboard(str(self.card.id))
            self.say(f"{self.card.id} copied", "dim")
