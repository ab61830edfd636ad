"""What screens share: work for the desk, the way to other screens, and what is done to the deal one looks
at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.screen import Screen

from salesboard.domain import history, pipeline
from salesboard.domain.board import Card
from salesboard.errors import SalesboardError
from salesboard.storage.ledger import Head
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.widgets.lines import OneLine, Part
from salesboard.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from salesboard.ui.app import SalesboardApp
    from salesboard.ui.relation_forms import Whose

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
TAKEN_BACK = {"undo": "undone", "redo": "done again"}


class DeskScreen(Screen[None]):
    """A screen that has the desk read and write, and knows the way to the others: `g` and a letter."""

    app: SalesboardApp
    DEFAULT_CSS = """
    DeskScreen {
        layers: base above;
        #second-keys { layer: above; dock: bottom; margin: 0 0 1 0; background: $surface; }
    }
    """
    ACTS: ClassVar[str] = "acts"
    """The group of workers that change something."""
    PLACE: ClassVar[str] = ""
    """Where one is, by the name it has in `going`; none on a page that is about one thing."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g", "prefix('g')", "Go …", id="app.go", tooltip="Go to the top (gg), or to another screen"),
        Binding("g b", "go('board')", "Board", id="go.board", tooltip="Go to the board"),
        Binding(
            "g m",
            "go('milestones')",
            "Milestones",
            id="go.milestones",
            tooltip="Go to the goals: how far each is, its pace and its odds",
        ),
        Binding(
            "g r",
            "go('records')",
            "Record book",
            id="go.records",
            tooltip="Go to the record book: the best there ever was, growth, and goals that were reached",
        ),
        Binding(
            "g a",
            "go('anniversaries')",
            "Anniversaries",
            id="go.anniversaries",
            tooltip="Go to the anniversaries of clients, and to the thanks that are owed",
        ),
        Binding(
            "g c",
            "go('clients')",
            "Clients",
            id="go.clients",
            tooltip="Go to the clients: since when, what they brought, when they were last thanked",
        ),
        Binding(
            "g q",
            "go('review')",
            "Quarterly review",
            id="go.review",
            tooltip="Go to the goals that wait for review since a quarter ended",
        ),
        Binding(
            "g e",
            "go('statement')",
            "Earnings",
            id="go.statement",
            tooltip="Go to the rewards that milestones bring: promised, earned, approved, paid",
        ),
        Binding(
            "g o",
            "go('recognition')",
            "Well done",
            id="go.recognition",
            tooltip="Go to what was done well, and what nobody has said a word about",
        ),
        Binding(
            "g f",
            "go('forecast')",
            "Forecast",
            id="go.forecast",
            tooltip="Go to what the period will have brought at its end, and what carries it",
        ),
        Binding(
            "g w",
            "go('awards')",
            "Awards",
            id="go.awards",
            tooltip="Go to the awards: the season, its phases, what is honoured, your nominations",
        ),
        Binding(
            "g n",
            "go('nominations')",
            "Nominations",
            id="go.nominations",
            tooltip="Go to the nominations that leads screen before anybody judges them",
        ),
        Binding(
            "g i",
            "go('inbox')",
            "Inbox",
            id="go.inbox",
            tooltip="Go to what you have been told: records, milestones, anniversaries, thanks owed",
        ),
        Binding("u", "take_back('undo')", "Undo", id="app.undo", tooltip="Take back my last change"),
        Binding("ctrl+r", "take_back('redo')", "Redo", id="app.redo", tooltip="Do again what I undid"),
        Binding("R", "refresh", "Refresh", id="app.refresh", tooltip="Read everything again"),
    ]

    _pending = ""
    """The first of two keys."""
    _where: tuple[Part, ...] = ()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """One does not go where one is."""
        return action != "go" or parameters != (self.PLACE,)

    def action_go(self, place: str) -> None:
        """Go to another screen."""
        from salesboard.ui import going

        # Not a worker of this screen: one that is left ends its own.
        self.app.run_worker(going.to(self.app, place), group=KEYS_WAIT)

    def action_prefix(self, key: str) -> None:
        """Wait for the second key."""
        self._pending = key
        self.show_footer()

    def hear_key(self, event: events.Key) -> bool | str:
        """Hear of a key before what it is bound to is done; what two keys are bound to, as the second of
        them, or whether it ends here."""
        if self._pending:
            pending, self._pending = self._pending, ""
            self.show_footer()
            return f"{pending} {event.key}"
        self.show_footer()
        return False

    def show_footer(self) -> None:
        """Name the keys that matter now, or those that may follow the first of two."""
        self._show_second_keys()
        if self._pending:
            footer = self.query_one("#footer", OneLine)
            footer.show([("key", self._pending), ("dim", " …")], [("dim", "Esc cancel")])
        else:
            self._show_footer()

    def _show_second_keys(self) -> None:
        """Above the footer, in columns: the keys that may follow the first of two."""
        shown = self.query("#second-keys")
        if not self._pending:
            shown.remove()
            return
        keys = sorted(self._second_keys())
        wide = max((len(key) + len(words) for key, words in keys), default=0) + 6
        columns = max(1, (self.app.size.width - 4) // wide)
        rows = -(-len(keys) // columns)
        lines = [
            [
                part
                for key, words in keys[row::rows]
                for part in (("key", f"  {key}"), ("text", f" {words}".ljust(wide - 2 - len(key))))
            ]
            for row in range(rows)
        ]
        sheet = Sheet([[], *lines, []], id="second-keys")
        sheet.can_focus = False
        sheet.styles.height = rows + 2
        if not shown:
            self.mount(sheet)

    def _show_footer(self) -> None:
        """Name the keys that matter now."""
        raise NotImplementedError

    def _second_keys(self) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for key, (_, binding, enabled, _) in self.active_bindings.items():
            first, _, second = key.partition(" ")
            if enabled and second and first == self._pending:
                found.append((second, binding.description.lower()))
        return found

    def show_header(self, *where: Part) -> None:
        """Say where one is, who one is, and what day it is."""
        self._where = where
        who = f"{self.app.acting.name} · {self.app.today.day} {self.app.today:%b}"
        told = [(style, f"   {words}") for style, words in where if words]
        self.query_one("#header", OneLine).show(
            [("strong", "salesboard"), *told], [*self.inbox_count(), ("dim", who)]
        )

    def inbox_count(self) -> list[Part]:
        """How many notices wait to be read; nothing where there are none."""
        return [("key", f"Inbox {self.app.unread}"), ("dim", " · ")] if self.app.unread else []

    def inbox_changed(self) -> None:
        """Another number of notices waits to be read: say so, unless nothing has been shown yet."""
        if self._where:
            self.show_header(*self._where)

    def say(self, words: str, style: str = "text") -> None:
        """Say something at the foot of the screen, until the next key."""
        undo = [("key", "u"), ("dim", " undo")] if style == "good" else []
        self.query_one("#footer", OneLine).show([(style, words)], undo)

    def reload(self, *, to_deal: int | None = None, said: tuple[str, str] | None = None) -> None:
        """Read again what is shown, look at a deal if it is there, and say something."""
        raise NotImplementedError

    def ledger_grew(self, heads: Sequence[Head]) -> None:
        """Somebody else has changed something: show it."""
        self.reload()

    def work(
        self,
        task: Callable[[], Any],
        then: Callable[[Any], object] | None = None,
        *,
        otherwise: Callable[[SalesboardError], None] | None = None,
        group: str = "",
        exclusive: bool = False,
        slowly: bool = False,
    ) -> None:
        """Have the desk do something; what comes of it is handled here.

        What takes long is read `slowly`, at the back desk, so that nothing else waits for it.
        """
        desk = self.app.back_desk if slowly else self.app.desk

        async def done() -> None:
            try:
                answer = await desk.ask(task)
            except SalesboardError as error:
                (otherwise or self.refused)(error)
            else:
                if then is not None and self.is_attached:
                    then(answer)

        self.run_worker(done, group=group or self.ACTS, exclusive=exclusive)  # type: ignore[arg-type]

    def refused(self, error: SalesboardError) -> None:
        """Say why something was not done."""
        self.say(str(error), "attention")

    def ask(
        self, prepare: Callable[[], Any], form: Callable[[Any], Any], saved: Callable[[Any], None]
    ) -> None:
        """Read what a form needs, show it, and go on when it has saved something."""

        def answered(answer: Any) -> None:
            if answer is not None:
                saved(answer)

        self.work(prepare, lambda prepared: self.app.push_screen(form(prepared), answered), group=KEYS_WAIT)

    def action_take_back(self, how: str) -> None:
        """Undo or redo my last change."""
        actor, now = self.app.acting, self.app.now()
        act: Callable[..., history.Undone] = getattr(history, how)

        def told(undone: history.Undone) -> None:
            # What a redo takes back is an undo; which deal it was about says more.
            what = undone.called if how == "redo" else f"{undone.verb} {undone.called}".strip()
            self.reload(to_deal=undone.deal, said=(f"{TAKEN_BACK[how]}: {what}", "good"))

        self.work(lambda: act(actor, now=now), told, group=KEYS_WAIT)

    def action_refresh(self) -> None:
        """Read everything again."""
        self.reload(said=("read again", "dim"))

    def action_leave(self) -> None:
        """Back to where one came from."""
        self.dismiss(None)


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
