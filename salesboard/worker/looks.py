"""What the worker looks for, in order: each look finds what is to be told since the last round."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from salesboard.domain import accounts, news, record_book, record_news
from salesboard.domain.news import Withdrawal
from salesboard.domain.notices import Notice
from salesboard.storage.ledger import Head

IMPORTED = "imported"
BY_ITSELF = "reached"
"""What the program writes because of the entry before."""
ONLY_ADDS = frozenset({"won", "added"})
"""Acts after which everything that was told still holds."""

Tiding = Notice | Withdrawal | str | Callable[[], None]
"""Something to tell, something that holds no more, the key of what holds after all; or what is to be kept
along with what was told."""
Parts = Iterable[tuple[str, Callable[[], Iterable[Tiding]]]]


@dataclass(frozen=True)
class Since:
    """What a round looks back on."""

    heads: tuple[Head, ...]
    """New entries of the ledger."""
    last_day: date
    """The last business date that was looked at."""
    today: date
    now: datetime

    @property
    def is_new_day(self) -> bool:
        """Whether the date has changed since the last round."""
        return self.last_day < self.today

    @property
    def present(self) -> tuple[Head, ...]:
        """The entries without those that brought history in, and without what came of them, or of setting a
        goal late: nobody is told of the past."""
        kept, of_the_past = [], False
        for head in self.heads:
            if head.verb != BY_ITSELF:
                of_the_past = head.verb == IMPORTED or head.subject_table == "goal"
            if head.verb != IMPORTED and not (head.verb == BY_ITSELF and of_the_past):
                kept.append(head)
        return tuple(kept)


@dataclass(frozen=True)
class Look:
    """One kind of thing to look for."""

    name: str
    whole: Callable[[Since], Iterable[Tiding]]
    parts: Callable[[Since], Parts] = lambda _: ()
    """The same one by one, for when the whole fails: what can not be done is then known by its name."""


# --- by entry -----------------------------------------------------------------------------------------------


def _milestones(since: Since) -> Iterator[Tiding]:
    yield from news.milestones_reached(since.present, today=since.today)
    if any(head.verb not in ONLY_ADDS for head in since.heads):
        yield from news.no_longer_so(today=since.today)


def _records(since: Since) -> Iterator[Tiding]:
    changes = record_book.bring_up(since.now)
    yield from record_news.news(changes, today=since.today)
    if changes:
        yield partial(record_book.told, changes)


def _targets(since: Since) -> Iterator[Tiding]:
    return news.targets(since.present, today=since.today)


def _awards(since: Since) -> Iterable[Tiding]:
    return news.awards(since.heads, today=since.today)


def _each_entry(look: Callable[[Since], Iterable[Tiding]]) -> Callable[[Since], Parts]:
    def parts(since: Since) -> Parts:
        for head in since.heads:
            one = Since((head,), since.today, since.today, since.now)
            yield f"entry {head.seq}", partial(look, one)

    return parts


# --- by day -------------------------------------------------------------------------------------------------


def _missed(since: Since) -> Iterator[Tiding]:
    if since.is_new_day:
        yield from news.milestones_missed(since.last_day, today=since.today)


def _reviews(since: Since) -> Iterator[Tiding]:
    if since.is_new_day:
        yield from news.reviews_waiting(since.last_day, today=since.today)


def _quiet(since: Since) -> Iterator[Tiding]:
    if since.is_new_day:
        yield from news.gone_quiet(since.last_day, today=since.today)


def _anniversaries(since: Since, account: int | None = None) -> Iterator[Tiding]:
    if since.is_new_day:
        yield from news.anniversaries(since.last_day, today=since.today, account=account)


def _thanks(since: Since, account: int | None = None) -> Iterator[Tiding]:
    if since.is_new_day:
        yield from news.thanks_overdue(since.last_day, today=since.today, account=account)


def _each_account(look: Callable[[Since, int], Iterable[Tiding]]) -> Callable[[Since], Parts]:
    def parts(since: Since) -> Parts:
        for account in accounts.all_accounts():
            yield f"account {account.id}", partial(look, since, account.id)

    return parts


LOOKS: Sequence[Look] = (
    Look("records", _records),
    Look("milestones", _milestones, _each_entry(_milestones)),
    Look("targets", _targets, _each_entry(_targets)),
    Look("awards", _awards, _each_entry(_awards)),
    Look("missed milestones", _missed),
    Look("reviews", _reviews),
    Look("anniversaries", _anniversaries, _each_account(_anniversaries)),
    Look("thanks", _thanks, _each_account(_thanks)),
    Look("quiet deals", _quiet),
)
