"""What people type is never part of a statement: it goes beside it, and stands for itself."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from salesboard.domain import accounts, filters
from salesboard.domain.filters import FIELDS, parse
from salesboard.domain.listing import ORDERS, listed_deals
from salesboard.domain.text import search_key
from salesboard.errors import SalesboardError
from salesboard.storage.ledger import Actor
from tests.hostile import DATA
from tests.stories import TODAY, add_deal, digest

MARK = "zzq7731"
QUOTES = ["'", '"', "`", "')", "\\", "%", "--", "/*", ";", "||", "' OR '1'='1", "'; DROP TABLE deal; --"]
HOSTILE = [f"{one}{MARK}" for one in (*QUOTES, *DATA)]


class Statements(logging.Handler):
    """Which statements hold the mark, and how often it stood beside one."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.hold_it: list[str] = []
        self.beside = 0

    def emit(self, record: logging.LogRecord) -> None:
        statement, values = record.msg if isinstance(record.msg, tuple) else (str(record.msg), ())
        self.beside += MARK in str(values)
        if MARK in statement:
            self.hold_it.append(statement)


@contextmanager
def watched() -> Iterator[Statements]:
    logger, heard = logging.getLogger("peewee"), Statements()
    level = logger.level
    logger.addHandler(heard)
    logger.setLevel(logging.DEBUG)
    try:
        yield heard
    finally:
        logger.setLevel(level)
        logger.removeHandler(heard)


def asked(said: str, ada: Actor, order: str = next(iter(ORDERS))) -> set[int]:
    """The deals a filter finds; none where it can not be understood."""
    with suppress(SalesboardError):
        wanted = parse(said, me=ada.id, today=TODAY)
        return {deal.card.id for deal in listed_deals(wanted.conditions(), order=order)}
    return set()


def test_no_letter_of_what_is_typed_gets_into_a_statement(ada: Actor) -> None:
    add_deal("Northwind", "64k")
    before = digest()
    with watched() as heard:
        for text in HOSTILE:
            for said in (text, f'"{text}"', *(f"{name}{mark}{text}" for name in FIELDS for mark in ":=")):
                asked(said, ada)
                filters.suggestions(said, len(said))
            accounts.find_account(text)
        for order in ORDERS:
            asked(f'"{HOSTILE[0]}"', ada, order)
    assert heard.beside > len(HOSTILE), "control: it is seen where it belongs"
    assert heard.hold_it == []
    assert digest() == before


def test_control_a_statement_made_of_what_was_typed_would_be_seen(ada: Actor) -> None:
    from salesboard.storage.database import current

    with watched() as heard:
        current().peewee.execute_sql(f"SELECT id FROM deal WHERE title = '{MARK}'")
    assert len(heard.hold_it) == 1


def test_signs_of_patterns_stand_for_themselves(ada: Actor) -> None:
    titles = ["50% off", "50 x off", "a_b", "axb", "back\\slash", "it's", "glob*[a-z]?"]
    deals = {title: add_deal(title=title) for title in titles}
    for said in ("50%", "a_b", "k\\s", "t's", "*[a-z]?", "%", "_", "\\", "'"):
        found = asked(f'"{said}"', ada)
        assert found == {deals[one] for one in titles if search_key(said) in search_key(one)}, said
