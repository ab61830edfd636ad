"""The doors to a board, and how to go through each: a command, a command over SSH, keys on a screen.

The domain's own door is in `tests.acts`. Each function there is done here by its command, and by its keys where
it has some on the board; what has none is named with the reason.
"""

import shlex
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import click

from salesboard import config
from salesboard.cli import program, remote
from salesboard.domain import access, contracts, goals, history, lint, people, pipeline, relations, rewards
from salesboard.domain.awards import categories, nominations, screening
from salesboard.domain.gains import Scope
from salesboard.errors import NotAllowed, SalesboardError, WrongUsage
from salesboard.storage import ledger, models
from salesboard.storage.database import Database, bound_to, open_database
from salesboard.storage.ledger import PROGRAM, Actor
from tests import acts, stories
from tests.acts import ON_DEALS, ON_NOBODYS, OWNERS, Office
from tests.domain.test_access import key_line
from tests.stories import NOW, TODAY

Words = Callable[[Office, Actor, Actor], list[str]]
YES, NO, NO_DOOR = "yes", "no", "·"

FROM = ("--from", f"{TODAY:%Y-%m-%d}")
CLAUSE = (
    "The Representative shall receive commissions: (i) $1,000 in sales by the end of the first month and is "
    "entitled to receive the corresponding commission payment as outlined in Section 4.2."
)


# --- commands -----------------------------------------------------------------------------------------------


def _goal(scope: str, *more: str) -> list[str]:
    return ["--metric", "revenue", *FROM, "--target", "1000", *more, "--why-it-matters", "it counts", *_of(scope)]


def _of(scope: str) -> list[str]:
    return ["--scope", scope] if scope else []


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
    """One's own draft; where one may not even draft, somebody else's."""
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


COMMANDS: dict[str, Words] = {
    "pipeline.add_deal": lambda o, a, w: ["deals", "add", "--title", "New", "--owner", w.handle],
    "pipeline.edit_deal": lambda o, a, w: ["deals", "edit", str(o.open[w.id]), "--title", "New"],
    "pipeline.edit_deal owner": lambda o, a, w: ["deals", "edit", str(o.open[w.id]), "--owner", "ada"],
    "pipeline.set_lines": lambda o, a, w: ["deals", "edit", str(o.open[w.id]), "--product", "Widget"],
    "pipeline.add_note": lambda o, a, w: ["deals", "note", str(o.open[w.id]), "Hello"],
    "pipeline.move_deal": lambda o, a, w: ["deals", "move", str(o.open[w.id]), "prospect"],
    "pipeline.reorder_deal": lambda o, a, w: [
        *("deals", "reorder", str(o.open[w.id]), "--before"),
        str(next(deal for deal in o.open.values() if deal != o.open[w.id])),
    ],
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
        *("awards", "category", "add", "--template", "Rookie", "--season", _category()[2]),
        *("--description", "Another one") * 0,
        *("Another one",),
    ],
    "awards.categories.edit_category": lambda o, a, w: [
        *("awards", "category", "edit", *_category(), "--winners", "2"),
    ],
    "awards.categories.remove_category": lambda o, a, w: ["awards", "category", "remove", *_category()],
    "awards.nominations.draft_nomination": lambda o, a, w: _nominate(o, "--draft"),
    "awards.nominations.nominate": lambda o, a, w: _nominate(o),
    "awards.nominations.edit_draft": lambda o, a, w: ["awards", "edit", _draft(o, a), "--reason", "Better" * 9],
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
}
