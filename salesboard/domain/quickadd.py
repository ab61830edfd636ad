"""A new deal in one line: `Hofer 12k opportunity fri @mia #referral`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from salesboard.domain import accounts, company, dates, money, pipeline, text
from salesboard.domain.company import StageFacts
from salesboard.domain.permissions import writes
from salesboard.errors import Refused, SalesboardError
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Account, Person, Product


@dataclass(frozen=True)
class Known:
    """The names that a line is read against, as they were when one began to type."""

    today: date
    currency: str
    stages: tuple[StageFacts, ...]
    accounts: dict[str, tuple[int, str]]
    """By match key: id and name."""
    people: dict[str, tuple[int, str]]
    """By handle: id and name."""
    products: dict[str, tuple[int, str]]
    """By match key: id and name."""


@dataclass(frozen=True)
class Wish:
    """A line as it is understood; what is not said is None."""

    title: str = ""
    account: int | None = None
    account_name: str | None = None
    value_minor: int | None = None
    stage: StageFacts | None = None
    owner: int | None = None
    owner_name: str | None = None
    step_on: date | None = None
    product: int | None = None
    product_name: str | None = None
    source: str | None = None

    def told(self, currency: str) -> str:
        """How the line is understood, in words."""
        parts = []
        if self.account_name:
            parts.append(self.account_name if self.account else f"{self.account_name} (new account)")
        if self.title:
            parts.append(f"“{self.title}”")
        if self.value_minor is not None:
            parts.append(money.format_exact(self.value_minor, currency))
        if self.product_name:
            parts.append(self.product_name)
        if self.stage:
            parts.append(f"in {self.stage.name}")
        if self.step_on:
            parts.append(f"next step {self.step_on:%a %d %b}")
        if self.owner_name:
            parts.append(f"for {self.owner_name}")
        if self.source:
            parts.append(f"from {self.source}")
        return " · ".join(parts)


def known(now: datetime) -> Known:
    """Read the names that a line may use."""
    facts = company.facts()
    return Known(
        facts.today(now),
        facts.currency,
        tuple(company.stages()),
        {
            key: (identity, name)
            for identity, key, name in Account.select(Account.id, Account.key, Account.name).tuples()
        },
        {
            handle: (identity, name)
            for identity, handle, name in Person.select(Person.id, Person.handle, Person.name)
            .where(Person.active)
            .tuples()
        },
        {
            key: (identity, name)
            for identity, key, name in Product.select(Product.id, Product.key, Product.name)
            .where(Product.active)
            .tuples()
        },
    )


def understand(line: str, names: Known) -> Wish:
    """Read a line: `@` an owner, `#` a source, an amount, a day for the next step, a stage, a product.

    What is left is the account if there is one of that name, else the title; `Hofer / renewal` names both,
    and a new account is made. Refused: an unknown `@handle`, a line that says nothing.
    """
    said: dict[str, object] = {}
    account, slash, rest = line.partition("/")
    left = " ".join(word for word in (rest if slash else line).split() if not _takes(word, names, said))
    if slash:
        name = account.strip()
        said["account"], said["account_name"] = names.accounts.get(text.match_key(name)) or (
            None,
            name or None,
        )
        _product_or_title(left, names, said)
    else:
        _account_and_title(left, names, said)
    wish = Wish(**said)  # type: ignore[arg-type]
    if not (wish.title or wish.account_name or wish.product):
        raise Refused("say at least whose deal it is: a name")
    return wish


def _takes(word: str, names: Known, said: dict[str, object]) -> bool:
    """Whether a word says something by itself; what it says goes into `said`, once each."""
    if word.startswith("@") and len(word) > 1:
        handle = word[1:].casefold()
        matches = (
            [handle] if handle in names.people else [one for one in names.people if one.startswith(handle)]
        )
        if len(matches) != 1:
            raise Refused(
                f"there is no person {word}" if not matches else f"{word} could be {', '.join(matches[:4])}"
            )
        said["owner"], said["owner_name"] = names.people[matches[0]]
        return True
    if word.startswith("#") and len(word) > 1:
        said["source"] = word[1:]
        return True
    if "value_minor" not in said and (word[0].isdigit() or word[0] in "$€£¥"):
        try:
            said["value_minor"] = money.parse_amount(word, names.currency)
        except SalesboardError:
            return False
        return True
    if "step_on" not in said and _is_day(word):
        try:
            said["step_on"] = dates.parse_day(word, today=names.today, field="next step")
        except SalesboardError:
            return False
        return True
    if "stage" not in said and (stage := _stage(word, names)) is not None:
        said["stage"] = stage
        return True
    return False


def _is_day(word: str) -> bool:
    return word[0] in "+0123456789" or (word.isalpha() and len(word) <= 9 and word.islower())


def _stage(word: str, names: Known) -> StageFacts | None:
    key = text.match_key(word)
    for stage in names.stages:
        if not stage.holds_won and key in (text.match_key(stage.name), stage.kind):
            return stage
    return None


def _account_and_title(left: str, names: Known, said: dict[str, object]) -> None:
    """The longest beginning that is an account's name is the account; what follows is the title."""
    words = left.split()
    for length in range(len(words), 0, -1):
        if found := names.accounts.get(text.match_key(" ".join(words[:length]))):
            said["account"], said["account_name"] = found
            _product_or_title(" ".join(words[length:]), names, said)
            return
    _product_or_title(left, names, said)


def _product_or_title(words: str, names: Known, said: dict[str, object]) -> None:
    if not words:
        return
    if found := names.products.get(text.match_key(words)):
        said["product"], said["product_name"] = found
    else:
        said["title"] = words


@writes("add deal")
def add(actor: Actor, wish: Wish, *, now: datetime) -> int:
    """Add the deal that a line wished for, and its account where that is new; hand back the deal's id."""
    from salesboard.storage import ledger

    with ledger.batch(actor, "added", now=now):
        account = wish.account
        if account is None and wish.account_name:
            account = accounts.find_account(wish.account_name) or accounts.add_account(
                actor, wish.account_name, now=now
            )
        return pipeline.add_deal(
            actor,
            now=now,
            title=wish.title,
            account=account,
            owner=wish.owner,
            stage=wish.stage.id if wish.stage else None,
            value_minor=wish.value_minor,
            lines=[pipeline.Line(wish.product)] if wish.product else [],
            next_step_on=wish.step_on,
            source=wish.source,
        )
