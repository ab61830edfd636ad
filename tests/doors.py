"""The doors to a board, and how to go through each: a command, a command over SSH, keys on a screen.

The domain's own door is in `tests.acts`. Each function there is done here by its command, and by its keys
where it has some on the board; what has none is named with the reason.
"""

import shlex
import shutil
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from datetime import datetime
from io import StringIO
from pathlib import Path

import click

from salesboard import config
from salesboard.cli import program, remote
from salesboard.domain import access, history, lint, notices, people, pipeline, relations, rewards
from salesboard.domain.awards import categories, nominations, screening
from salesboard.domain.gains import Scope
from salesboard.errors import NotAllowed, SalesboardError, WrongUsage
from salesboard.storage import ledger, models
from salesboard.storage.database import Database, bound_to, open_database
from salesboard.storage.ledger import PROGRAM, Actor
from tests import acts, evening, stories
from tests.acts import ON_DEALS, ON_NOBODYS, OWNERS, Office
from tests.domain.test_access import key_line
from tests.stories import NOW, TODAY
from tests.ui.driver import BoardDriver, Seen

Words = Callable[[Office, Actor, Actor], list[str]]
State = tuple[int, int]
"""The end of the ledger, and how many notices wait for whoever acts: what an act changes one of."""
YES, NO, NO_DOOR = "yes", "no", "·"

FROM = ("--from", f"{TODAY:%Y-%m-%d}")
CLAUSE = (
    "The Representative shall receive commissions: (i) $1,000 in sales by the end of the first month and is "
    "entitled to receive the corresponding commission payment as outlined in Section 4.2."
)


# --- commands -----------------------------------------------------------------------------------------------


def _goal(scope: str, *more: str) -> list[str]:
    return [
        "--metric",
        "revenue",
        *FROM,
        "--target",
        "1000",
        *more,
        "--why-it-matters",
        "it counts",
        *_of(scope),
    ]


def _of(scope: str) -> list[str]:
    return ["--scope", scope] if scope else []


def _reordered(office: Office, deal: int) -> list[str]:
    """A place at the other end of the column."""
    newest, oldest = max(office.open.values()), min(office.open.values())
    where = ["--after", str(oldest)] if deal == newest else ["--before", str(newest)]
    return ["deals", "reorder", str(deal), *where]


def _reward(act: str, office: Office, whose: Actor) -> list[str]:
    return ["goals", act, str(office.milestone(whose)), whose.handle]


def _approved(office: Office, actor: Actor, whose: Actor) -> list[str]:
    rewards.approve_reward(stories.owner(), office.milestone(whose), whose.id or 0, now=NOW)
    return _reward("pay", office, whose)


def _to_claw_back(office: Office, actor: Actor, whose: Actor) -> list[str]:
    _approved(office, actor, whose)
    rewards.pay_reward(stories.owner(), office.milestone(whose), whose.id or 0, now=NOW)
    pipeline.reopen_deal(stories.owner(), office.won[whose.id], now=NOW)
    return _reward("clawback", office, whose)


def _file(office: Office, name: str, content: str) -> str:
    assert office.database.path is not None
    file = office.database.path.with_name(name)
    file.write_text(content)
    return str(file)


def _clause(office: Office, actor: Actor, whose: Actor) -> list[str]:
    read = _file(office, "clause.txt", CLAUSE)
    where = ["--start", f"{TODAY:%Y-%m-%d}", "--scope", f"person:{whose.handle}"]
    return ["goals", "clause", "--read", read, *where, "--party", "the Rep", "--yes"]


def _clause_set(office: Office, actor: Actor, whose: Actor) -> list[str]:
    goal = acts.clause(office, stories.owner(), Scope(person=whose.id))
    return ["goals", "clause", str(goal), "--section", "7"]


def _waived(office: Office, actor: Actor, whose: Actor) -> list[str]:
    lint.waive(stories.owner(), office.goals[whose.id], "G3", "x", now=NOW)
    return ["goals", "waive", str(office.goals[whose.id]), "G3", "--end"]


def _thanks(office: Office, actor: Actor, whose: Actor) -> list[str]:
    return ["thanks", "withdraw", str(relations.say_thanks(whose, office.account, "call", now=NOW))]


def _redo(office: Office, actor: Actor, whose: Actor) -> list[str]:
    history.undo(actor, now=NOW)
    return ["redo"]


def _key(office: Office, actor: Actor, whose: Actor) -> list[str]:
    return ["access", "add", whose.handle, _file(office, "x.pub", key_line()), "--file", _authorized(office)]


def _revoke(office: Office, actor: Actor, whose: Actor) -> list[str]:
    visitor = people.add_person(PROGRAM, "Visitor", now=NOW)
    key = access.add_key(PROGRAM, visitor, key_line(), now=NOW)
    return ["access", "revoke", str(key.id), "--file", _authorized(office)]


def _authorized(office: Office) -> str:
    assert office.database.path is not None
    return str(office.database.path.with_name("authorized_keys"))


def _told(office: Office, actor: Actor, whose: Actor) -> list[str]:
    acts.told(actor)
    return ["inbox", "--read"]


def _category() -> list[str]:
    """A new judged category, and the season it is in."""
    made = acts.category()
    return [str(made), "--season", str(categories.category(made).season)]


def _nominate(office: Office, *more: str) -> list[str]:
    category, _, season = _category()
    whom = office.people["rep", "no team"]
    return ["awards", "nominate", whom.handle, category, "x" * 40, "--season", season, *more]


def _draft(office: Office, actor: Actor) -> str:
    return str(acts.draft(office, actor))


def _asked(office: Office, actor: Actor, whose: Actor) -> list[str]:
    nomination = acts.nominated(office, actor)
    screening.screen(stories.owner(), nomination, "asked", words="Why?", now=NOW)
    return ["awards", "answer", str(nomination), "So"]


def _changed_evidence(office: Office, actor: Actor, whose: Actor) -> list[str]:
    deal = office.won[office.people["rep", "no team"].id]
    nomination = acts.nominated(office, evidence=[f"deal:{deal}"])
    pipeline.edit_deal(stories.owner(), deal, now=NOW, value_minor=1)
    assert nominations.nomination(nomination, today=TODAY).flagged
    return ["awards", "review", str(nomination), "clear", "--words", "It is fine"]


def _suggested(office: Office, actor: Actor, whose: Actor) -> list[str]:
    _, _, season = _category()
    milestone = office.milestone(office.people["rep", "no team"])
    return ["awards", "suggest", "--draft", f"milestone:{milestone}", "--season", season]


def _awards(verb: str, category: int, *more: str) -> list[str]:
    return ["awards", verb, str(category), *more, "--season", str(acts.season_of(category))]


def _finish(office: Office, actor: Actor, whose: Actor) -> list[str]:
    return _awards("finish", acts.scored(office, actor))


COMMANDS: dict[str, Words] = {
    "pipeline.add_deal": lambda o, a, w: ["deals", "add", "--title", "New", "--owner", w.handle],
    "pipeline.edit_deal": lambda o, a, w: ["deals", "edit", str(o.open[w.id]), "--title", "New"],
    "pipeline.edit_deal owner": lambda o, a, w: ["deals", "edit", str(o.open[w.id]), "--owner", "ada"],
    "pipeline.set_lines": lambda o, a, w: ["deals", "edit", str(o.open[w.id]), "--product", "Widget"],
    "pipeline.add_note": lambda o, a, w: ["deals", "note", str(o.open[w.id]), "Hello"],
    "pipeline.move_deal": lambda o, a, w: ["deals", "move", str(o.open[w.id]), "prospect"],
    "pipeline.reorder_deal": lambda o, a, w: _reordered(o, o.open[w.id]),
    "pipeline.win_deal": lambda o, a, w: ["deals", "win", str(o.open[w.id])],
    "pipeline.lose_deal": lambda o, a, w: ["deals", "lose", str(o.open[w.id]), "--reason", "x"],
    "pipeline.disqualify_deal": lambda o, a, w: ["deals", "disqualify", str(o.open[w.id]), "--reason", "x"],
    "pipeline.reopen_deal": lambda o, a, w: ["deals", "reopen", str(o.lost[w.id])],
    "pipeline.archive_deal": lambda o, a, w: ["deals", "archive", str(o.open[w.id])],
    "history.undo": lambda o, a, w: ["undo", str(o.noted[w.id])],
    "goals.add_goal": lambda o, a, w: ["goals", "add", *_goal(f"person:{w.handle}")],
    "goals.propose_goal": lambda o, a, w: [
        *("goals", "propose", "--person", w.handle),
        *_goal("", "--reason", "More"),
    ],
    "goals.counter_propose": lambda o, a, w: [
        *("goals", "counter", str(acts.proposed(o, a, w)), "900", "--reason", "Less"),
    ],
    "goals.agree": lambda o, a, w: ["goals", "agree", str(acts.proposed(o, a, w))],
    "goals.activate_goal": lambda o, a, w: ["goals", "activate", str(o.drafts[w.id])],
    "goals.revise_goal": lambda o, a, w: [
        *("goals", "revise", str(o.goals[w.id]), "--target", "2000", "--reason", "x"),
    ],
    "goals.retire_goal": lambda o, a, w: ["goals", "retire", str(o.goals[w.id]), "--reason", "x"],
    "goals.publish_goal": lambda o, a, w: ["goals", "publish", str(o.goals[w.id]), "--rationale", "x"],
    "relations.withdraw_thanks": _thanks,
    "reviews.review_goal": lambda o, a, w: [
        *("goals", "review", str(o.goals[w.id]), "keep", "--reason", "It goes well"),
    ],
    "lint.waive": lambda o, a, w: ["goals", "waive", str(o.goals[w.id]), "G3", "--reason", "x"],
    "lint.end_waiver": _waived,
    "assessments.assess": lambda o, a, w: ["goals", "assess", str(o.milestone(w)), "--worked", "Calls"],
    "profiles.set_profile": lambda o, a, w: ["goals", "profile", w.handle, "--capacity", "50"],
    "rewards.approve_reward": lambda o, a, w: _reward("approve", o, w),
    "rewards.pay_reward": _approved,
    "rewards.claw_back_reward": _to_claw_back,
    "contracts.add_clause": _clause,
    "contracts.set_clause": _clause_set,
    "history.redo": _redo,
    "goals.acknowledge": lambda o, a, w: ["goals", "ack", str(o.company_goal)],
    "goals.add_goal of the company": lambda o, a, w: ["goals", "add", *_goal("company")],
    "accounts.add_account": lambda o, a, w: ["accounts", "add", "New"],
    "accounts.edit_account": lambda o, a, w: ["accounts", "edit", "Northwind", "--name", "New"],
    "accounts.add_contact": lambda o, a, w: ["contacts", "add", "Northwind", "New"],
    "accounts.edit_contact": lambda o, a, w: ["contacts", "edit", "Northwind", "Jon", "--name", "New"],
    "relations.set_first_date": lambda o, a, w: ["first-date", "Northwind", "--on", f"{TODAY:%Y-%m-%d}"],
    "relations.say_thanks": lambda o, a, w: ["thanks", "say", "Northwind", "--by", "call"],
    "recognition.give_kudos": lambda o, a, w: ["kudos", "give", "ada", f"deal:{o.won[a.id]}", "Well done"],
    "access.add_key": _key,
    "access.revoke_key": _revoke,
    "notices.read": _told,
    "seals.seal": lambda o, a, w: ["goals", "seal", "2026-Q3"],
    "awards.seasons.add_season": lambda o, a, w: ["awards", "season", "add", "2027-02-20"],
    "awards.seasons.edit_season": lambda o, a, w: [
        *("awards", "season", "edit", str(acts.season_of(o.judged)), "--place", "Linz"),
    ],
    "awards.categories.add_category": lambda o, a, w: [
        *("awards", "category", "add", "Another one", "--template", "Rookie"),
        *("--season", str(acts.season())),
    ],
    "awards.categories.edit_category": lambda o, a, w: [
        *("awards", "category", "edit", *_category(), "--winners", "2"),
    ],
    "awards.categories.remove_category": lambda o, a, w: ["awards", "category", "remove", *_category()],
    "awards.nominations.draft_nomination": lambda o, a, w: _nominate(o, "--draft"),
    "awards.nominations.nominate": lambda o, a, w: _nominate(o),
    "awards.nominations.edit_draft": lambda o, a, w: [
        "awards",
        "edit",
        _draft(o, a),
        "--reason",
        "Better" * 9,
    ],
    "awards.nominations.drop_draft": lambda o, a, w: ["awards", "drop", _draft(o, a)],
    "awards.nominations.submit": lambda o, a, w: ["awards", "submit", _draft(o, a)],
    "awards.nominations.answer": _asked,
    "awards.suggestions.draft": _suggested,
    "awards.screening.screen": lambda o, a, w: ["awards", "review", str(acts.nominated(o)), "yes"],
    "awards.screening.clear": _changed_evidence,
    "profiles.share_out of the company's goal": lambda o, a, w: [
        *("goals", "split", str(o.company_goal), "--set", "--give"),
        f"{o.people['rep', 'own'].handle}=1000",
    ],
    "products.add_product": lambda o, a, w: ["products", "add", "New"],
    "products.edit_product": lambda o, a, w: ["products", "edit", "Widget", "--price", "2"],
    "people.add_person": lambda o, a, w: ["people", "add", "New"],
    "people.edit_person": lambda o, a, w: ["people", "edit", a.handle, "--login", "new"],
    "people.add_team": lambda o, a, w: ["teams", "add", "New"],
    "people.join_team": lambda o, a, w: ["teams", "join", o.people["rep", "no team"].handle, "West"],
    "people.leave_team": lambda o, a, w: ["teams", "leave", o.people["rep", "own"].handle, "West"],
    "company.edit_company": lambda o, a, w: ["company", "edit", "--name", "New"],
    "company.edit_stage": lambda o, a, w: ["stages", "edit", "prospect", "--likelihood", "1"],
    "awards.judging.appoint": lambda o, a, w: _awards(
        "judges", o.judged, "--add", o.people["rep", "same team"].handle
    ),
    "awards.judging.score": lambda o, a, w: _awards(
        "score", o.bench, o.people["rep", "no team"].name, "8", "8", "8"
    ),
    "awards.judging.rank": lambda o, a, w: _awards("rank", o.ranked, o.people["rep", "no team"].name),
    "awards.judging.vote": lambda o, a, w: _awards("vote", acts.to_vote(o), o.people["rep", "no team"].name),
    "awards.judging.abstain": lambda o, a, w: _awards("abstain", o.bench, "We share an office"),
    "awards.judging.finish": _finish,
    "awards.deciding.decide": lambda o, a, w: _awards("decide", acts.hosted(o.judged, w)),
    "awards.deciding.seal": lambda o, a, w: _awards("seal", acts.hosted(o.decided, w)),
    "awards.deciding.unseal": lambda o, a, w: _awards("unseal", acts.hosted(o.sealed, w), "A slip"),
    "awards.programme.edit_slot": lambda o, a, w: _awards("slot", acts.hosted(o.sealed, w), "--minutes", "4"),
    "awards.programme.move_slot": lambda o, a, w: _awards("slot", acts.hosted(o.sealed, w), "--later", "1"),
    "awards.night.turn": lambda o, a, w: [
        *("awards", "reveal", "--next"),
        *("--season", str(acts.season_of(acts.hosted(o.sealed, w)))),
    ],
    "awards.hall.add_note": lambda o, a, w: ["awards", "note", str(acts.over(o, w)), "It was Mia"],
}
"""The command for each function; what has to be there first is made on the way."""
NO_COMMAND = {
    "history.bring_back": "saving a form whose deal was put away meanwhile; 'deals archive --back' and undo",
    "quickadd.add": "the line of the form for a new deal: the command has an option for each part",
    "notices.mark_shown": "done by a toast as it is shown",
    "notices.unread_again": "the inbox on the screen",
    "notices.dismiss": "the inbox on the screen",
    "notices.snooze": "the inbox on the screen",
    "awards.screening.unblind": "a key of the review's screen",
    "awards.programme.build": "done with the first change of a place in the programme",
}
ON_ITS_DAY: dict[str, datetime] = {
    **dict.fromkeys((f"awards.deciding.{act}" for act in ("decide", "seal", "unseal")), evening.DECIDED),
    **dict.fromkeys((f"awards.programme.{act}_slot" for act in ("edit", "move")), evening.DECIDED),
    "awards.night.turn": evening.NIGHT,
    "awards.hall.add_note": evening.NIGHT + acts.DAY,
}
"""What can be done on some days alone."""


# --- cells --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """One question of the matrix: may somebody of this role do it to what is this person's?"""

    function: str
    role: str
    owner: str | None
    """What the owner is to whoever acts; none: it is nobody's."""
    active: bool = True

    @property
    def expected(self) -> bool:
        """What the table of permissions says."""
        return self.active and acts.is_allowed(self.function, self.role, self.owner)

    def people(self, office: Office) -> tuple[Actor, Actor]:
        """Who acts, and whose it is."""
        actor = office.actors[self.role]
        return actor, office.people[self.role, self.owner] if self.owner else actor


def cells() -> Iterator[Cell]:
    """All of them."""
    for function in ON_DEALS:
        for role in acts.ROLES:
            yield from (Cell(function, role, owner) for owner in OWNERS)
            yield Cell(function, role, "own", active=False)
    for function in ON_NOBODYS:
        for role in acts.ROLES:
            yield Cell(function, role, None)
            yield Cell(function, role, None, active=False)


class Copies:
    """A board with an office on it, as a fresh file for each act; what was refused leaves it as it was."""

    def __init__(self, folder: Path, template: Path) -> None:
        """`template` is a file with empty tables."""
        folder.mkdir(exist_ok=True)
        self._kept, self.file = folder / "office.db", folder / "cell.db"
        shutil.copy(template, self._kept)
        opened = open_database(self._kept)
        with bound_to(opened):
            self.office = acts.an_office(opened)
            self.keys = {
                role: access.add_key(PROGRAM, actor.id or 0, key_line(number), now=NOW).id
                for number, (role, actor) in enumerate(self.office.actors.items(), 100)
            }
        opened.close()
        self._is_fresh = False

    @contextmanager
    def board(self) -> Iterator[Database]:
        """The board as it was made, open; whoever changes it calls `changed`."""
        if not self._is_fresh:
            for beside in ("-wal", "-shm"):
                self.file.with_name(self.file.name + beside).unlink(missing_ok=True)
            shutil.copy(self._kept, self.file)
            self._is_fresh = True
        before = models.database.obj
        opened = open_database(self.file)
        self.office.database = opened
        try:
            with bound_to(opened):
                yield opened
        finally:
            opened.close()
            models.database.initialize(before)

    def changed(self) -> None:
        """The next one gets it anew."""
        self._is_fresh = False

    def prepared(self, cell: Cell) -> tuple[list[str], State]:
        """The words of a cell's command, all it needs being there, and how the board stands before it."""
        with self.board():
            actor, whose = cell.people(self.office)
            before = ledger.end()[0]
            words = COMMANDS[cell.function](self.office, actor, whose)
            if not cell.active:
                people.edit_person(PROGRAM, actor.id or 0, now=NOW, active=False)
            state = _state(actor)
        if state[0] != before:
            self.changed()
        return words, state

    def outcome(self, cell: Cell, call: Callable[[list[str], Cell], None]) -> str:
        """What becomes of a cell's command: done, or refused by the permissions; anything else is raised."""
        words, before = self.prepared(cell)
        bound = models.database.obj
        talk = StringIO()
        try:
            with redirect_stdout(talk), redirect_stderr(talk):
                call(words, cell)
        except NotAllowed:
            return NO
        except (SalesboardError, click.ClickException) as error:
            if not cell.active and "is not active on this board" in str(error):
                return NO
            raise AssertionError(f"{cell}: {shlex.join(words)}: {error}") from error
        finally:
            opened = models.database.obj
            if opened is not None and opened is not bound and not opened.is_closed():
                opened.close()
            models.database.initialize(bound)
        self.changed()
        opened_again = open_database(self.file)
        with bound_to(opened_again):
            written = _state(self.office.actors[cell.role]) != before
        opened_again.close()
        models.database.initialize(bound)
        assert written, f"{cell}: {shlex.join(words)} wrote nothing: {talk.getvalue()}"
        return YES

    def _settings(self, cell: Cell) -> config.Settings:
        day = ON_ITS_DAY.get(cell.function, NOW).date()
        return config.Settings(str(self.file), today=day)

    # --- the doors ------------------------------------------------------------------------------------------

    def by_command(self, cell: Cell) -> str:
        """On the host itself, as the owner of the file speaks for somebody."""

        def call(words: list[str], cell: Cell) -> None:
            handle = self.office.actors[cell.role].handle
            _run(words, replace(self._settings(cell), as_handle=handle))

        return NO_DOOR if cell.function in NO_COMMAND else self.outcome(cell, call)

    def over_ssh(self, cell: Cell) -> str:
        """As what a key opens: the words are those that a client sends."""

        def call(words: list[str], cell: Cell) -> None:
            settings = replace(self._settings(cell), key=self.keys[cell.role])
            remote._call(remote.understood(shlex.join(words)), settings)

        if cell.function in NO_COMMAND:
            return NO_DOOR
        words, _ = self.prepared(cell)
        try:
            remote.understood(shlex.join(words))
        except WrongUsage:
            return NO_DOOR
        return NO_DOOR if _has_file(words) else self.outcome(cell, call)


def _state(actor: Actor) -> State:
    return ledger.end()[0], notices.unread(actor.id or 0, today=TODAY)


def _has_file(words: list[str]) -> bool:
    """Whether a command reads or writes a file, which is never one of the server's for who comes in."""
    return not {"--file", "--read", "--out"}.isdisjoint(words)


def _run(words: list[str], settings: config.Settings) -> None:
    with program.make_context("salesboard", words, obj=lambda: settings) as context:
        program.invoke(context)


# --- keys ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Keys:
    """The keys that do something to the deal one looks at."""

    press: Callable[[Seen, Actor], Awaitable[None]]
    deals: str = "open"
    """Which of the office's deals: open or lost."""
    filter_text: str = ""


def _pressing(*keys: str) -> Callable[[Seen, Actor], Awaitable[None]]:
    async def press(see: Seen, whose: Actor) -> None:
        await see.press(*keys)

    return press


def _typing(key: str, *typed: str) -> Callable[[Seen, Actor], Awaitable[None]]:
    """A form: what is typed into its first fields in place of what stands there, and saved."""

    async def press(see: Seen, whose: Actor) -> None:
        await see.press(key)
        for place, text in enumerate(typed):
            if place:
                await see.press("tab")
            if see.cursor_is_in_a_line:
                await see.fill(text.format(whose=whose.handle))
            else:
                await see.type(text)
        await see.press("ctrl+s")

    return press


async def _to_a_neighbours_place(see: Seen, whose: Actor) -> None:
    await see.press("K" if see.here.row_of_cursor else "J")


BY_KEYS: dict[str, Keys] = {
    "pipeline.move_deal": Keys(_pressing("L")),
    "pipeline.reorder_deal": Keys(_to_a_neighbours_place),
    "pipeline.win_deal": Keys(_typing("w", "5")),
    "pipeline.lose_deal": Keys(_typing("x", "Price")),
    "pipeline.disqualify_deal": Keys(_typing("D", "No need")),
    "pipeline.edit_deal": Keys(_typing("e", "Another title")),
    "pipeline.edit_deal owner": Keys(_typing("e", "Title", "", "1", "ada")),
    "pipeline.add_note": Keys(_typing("c", "Hello")),
    "pipeline.archive_deal": Keys(_pressing("X", "X")),
    "pipeline.reopen_deal": Keys(_pressing("O"), deals="lost", filter_text="is:lost"),
    "quickadd.add": Keys(_typing("n", "New @{whose}")),
}
"""What is done to a deal on the board; goals, awards and accounts have keys on their own screens."""


async def on_the_board(copies: Copies, function: str, role: str, owners: Collection[str]) -> dict[str, str]:
    """What becomes of the keys of a function on everybody's deals, in one session of somebody's."""
    keys, found = BY_KEYS[function], {}
    with copies.board():
        office = copies.office
        actor = office.actors[role]
        driver = BoardDriver(str(copies.file))
        async with driver.opened((120, 40), who=actor, filter_text=keys.filter_text) as see:
            for owner in owners:
                whose = office.people[role, owner]
                see.look_at(getattr(office, keys.deals)[whose.id])
                before = ledger.end()[0]
                await keys.press(see, whose)
                wrote = any(head.actor == actor.id for head in ledger.heads(after=before))
                refused = " may " in see.text or "is not active" in see.text
                assert wrote != refused, f"{function}, {role}, {owner}:\n{see.text}"
                found[owner] = YES if wrote else NO
                if see.screen == "form":
                    await see.press("escape", "escape")
        see.has_ended()
    copies.changed()
    return found
