"""What one has been told, and the worker that tells, on the command line."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import click

from salesboard import clock
from salesboard.cli.opening import Board, on_board
from salesboard.cli.output import answer, as_json, counted, document, table, talk, words
from salesboard.domain import company, notices
from salesboard.domain.notices import Line
from salesboard.errors import NotAllowed, Restored
from salesboard.storage import database as storage
from salesboard.storage import follow, ledger, shift


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also what you dismissed, or sent off until later.")
@click.option("--read", "reads", is_flag=True, help="Everything that is told is read then.")
@as_json
@on_board
def inbox(board: Board, everything: bool, reads: bool, as_json: bool) -> None:
    """What you have been told: unread first, the newest first."""
    if board.actor.id is None:
        raise NotAllowed("only people have an inbox")
    found = notices.inbox(board.actor.id, today=board.today, everything=everything)
    if as_json:
        document([_notice(one) for one in found])
    else:
        table(
            ["on", "", words("notice")],
            [(one.on, "" if one.read else "•", one.text + _withdrawn(one)) for one in found],
        )
        state = shift.state()
        if state.seq < ledger.end()[0] and state.round_at is not None:
            as_of = f"{state.round_at:%Y-%m-%d %H:%M} UTC"
            talk(f"told as of {as_of}; an open board goes on with it, or 'salesboard worker'")
    if reads:
        notices.read(board.actor, [one.id for one in found if not one.read], now=board.now)


def _withdrawn(one: Line) -> str:
    return " (withdrawn)" if one.withdrawn else ""


def _notice(one: Line) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "text": one.text,
        "on": one.on,
        "at": one.at,
        "leads_to": one.leads_to,
        "read": one.read,
        "dismissed": one.dismissed,
        "snoozed_until": one.snoozed_until,
        "withdrawn": one.withdrawn,
    }


@click.command()
@click.option("--once", is_flag=True, help="Do what there is to do now, and end.")
@click.option("--back-up", "backs_up", is_flag=True, help="Only make the backup that is due, and end.")
@as_json
@click.pass_context
def worker(context: click.Context, once: bool, backs_up: bool, as_json: bool) -> None:
    """Tell people what there is to tell: records, milestones, anniversaries, thanks owed, quiet deals.

    An open board does so too; this is for a team that wants it done while nobody looks. It wakes when the
    ledger grows and at the company's midnight, until it is stopped. With --once, exit code 1 where something
    had to be left aside; it is named.
    """
    settings = context.obj()
    storage.open_database(settings.database)
    with storage.session():
        zone, end = company.facts().zone, ledger.end()[0]

    def now() -> datetime:
        return clock.now(settings.today, zone)

    if backs_up:
        from salesboard.worker.backups import make_if_due

        os.nice(10)
        make_if_due(None, now())
        return
    if not once:
        _work_on(now, end, backs_up=settings.backups and settings.today is None)
        return
    with storage.session():
        done = _work_once(now())
    if settings.backups and settings.today is None and done.is_ours:
        from salesboard.worker.backups import make_if_due

        make_if_due(done.name, now())
    if as_json:
        parked = [asdict(one) for one in done.aside]
        document({"told": done.told, "is_ours": done.is_ours, "parked": parked})
    else:
        _say(done.told, [f"{one.key}: {one.what}" for one in done.aside])
        answer("nothing is left to tell" if done.is_ours else "another worker is at it; nothing was done")
    if done.aside:
        context.exit(1)


@dataclass(frozen=True)
class _Done:
    told: int
    aside: list[shift.Parked]
    is_ours: bool
    name: str
    """What the worker called itself."""


def _work_once(now: datetime) -> _Done:
    from salesboard.worker import Worker

    worker = Worker()
    rounds = [worker.one_round(now)]
    while not rounds[-1].is_last:
        rounds.append(worker.one_round(now))
    worker.leave()
    left = {name for done in rounds for name in done.parked}
    aside = [one for one in shift.parked() if one.key in left]
    return _Done(sum(done.told for done in rounds), aside, rounds[-1].is_ours, worker.name)


def _say(told: int, aside: Iterable[str]) -> None:
    if told:
        talk(f"{counted(told, 'notice')} told")
    for name in aside:
        talk(f"left aside: {name}")


def _work_on(now: Callable[[], datetime], after: int, *, backs_up: bool) -> None:
    """Work until somebody stops it, woken by every entry after one."""
    from salesboard.worker.backups import make_if_due
    from salesboard.worker.loop import work

    stop, wake = threading.Event(), threading.Event()

    def leave(*_: object) -> None:
        stop.set()
        wake.set()

    for name in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(name, leave)

    def watch() -> None:
        following = after
        while not stop.is_set():
            try:
                for _ in follow.follow(following, stop):
                    wake.set()
            except Restored:
                # Nothing that was read before is kept here: work goes on with the board as it is now.
                storage.current().known = None
                with storage.session():
                    following = ledger.end()[0]
                wake.set()

    watching = threading.Thread(target=watch, daemon=True, name="follower")
    watching.start()
    talk("working; stop it with Ctrl+C")
    back_up = make_if_due if backs_up else None
    work(now, wake=wake, stop=stop, said=lambda done: _say(done.told, done.parked), back_up=back_up)
    watching.join()
