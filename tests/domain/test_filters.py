"""The filter language: what each word lets through, where it points when it is wrong, what it looks like."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesboard.domain import accounts, company, filters, people, pipeline, products, text
from salesboard.domain.filters import BadFilter, parse, suggestions, word_at
from salesboard.errors import WrongUsage
from salesboard.storage.database import Database, bound_to
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Deal

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)  # a Sunday
TODAY = NOW.date()


@dataclass(frozen=True)
class Office:
    """A small team with one deal of each sort."""

    ada: Actor
    mia: Actor
    stages: dict[str, int]

    def found_by(self, said: str, *, me: int | None = None, today: date = TODAY) -> set[str]:
        """Titles of the deals that a filter lets through."""
        wanted = parse(said, me=me or self.ada.id, today=today)
        assert parse(str(wanted), me=me or self.ada.id, today=today) == wanted
        return {row.title for row in Deal.select().where(Deal.id > 0, *wanted.conditions())}


ALL = {"Ovens", "Baking line", "Lamps 100%", "Pallets", "Rails", "Old stock"}


def opened_office() -> Office:
    """Ovens and Baking line are open, Lamps won, Pallets lost, Rails disqualified, Old stock archived."""
    ada = company.found(owner="Ada Marsh", login="ada", now=NOW)
    mia = people.as_actor(people.add_person(ada, "Mia Berg", now=NOW, handle="mia", role="lead"))
    jon = people.as_actor(people.add_person(ada, "Jon Haas", now=NOW, handle="jon"))
    sales = people.add_team(ada, "Sales", now=NOW)
    west = people.add_team(ada, "West", now=NOW, parent=sales)
    east = people.add_team(ada, "East", now=NOW, parent=sales)
    people.join_team(ada, mia.id or 0, west, now=NOW)
    people.join_team(ada, jon.id or 0, east, now=NOW, from_on=date(2026, 11, 20))
    hofer = accounts.add_account(ada, "Hofer GmbH", now=NOW)
    zurich = accounts.add_account(ada, "Zürich Süd AG", now=NOW)
    pro = products.add_product(ada, "GTX Pro", now=NOW, list_price_minor=482_100)
    plus = products.add_product(ada, "GTX Plus Basic", now=NOW, list_price_minor=109_600)
    stages = {stage.kind: stage.id for stage in company.stages()}

    def add(title: str, day: str, owner: Actor = mia, **facts: object) -> int:
        on = datetime.fromisoformat(f"{day}T12:00:00+00:00")
        return pipeline.add_deal(ada, now=on, title=title, owner=owner.id, **facts)  # type: ignore[arg-type]

    add(
        "Ovens",
        "2026-11-20",
        account=hofer,
        value_minor=1_250_000,
        expected_on=date(2026, 11, 30),
        next_step="Call",
        next_step_on=date(2026, 11, 23),
        source="Referral",
    )
    add("Baking line", "2026-09-01", jon, account=zurich, stage=stages["prospect"], source="Trade fair")
    lamps = add("Lamps 100%", "2026-05-02", ada, account=hofer, lines=[pipeline.Line(pro, 2)])
    pipeline.win_deal(ada, lamps, now=NOW, won_on=date(2026, 6, 27), value_minor=900_000)
    pallets = add("Pallets", "2026-08-01", stage=stages["opportunity"], lines=[pipeline.Line(plus)])
    pipeline.lose_deal(ada, pallets, now=NOW, lost_on=date(2026, 11, 10), reason="price")
    rails = add("Rails", "2026-08-01", jon)
    pipeline.disqualify_deal(ada, rails, now=NOW, reason="no need", look_again_on=date(2027, 1, 15))
    pipeline.archive_deal(ada, add("Old stock", "2026-01-01", ada, value_minor=50_000), now=NOW)
    return Office(ada, mia, stages)


@dataclass(frozen=True)
class Boards:
    """The same office on each kind of database, built once: these tests only read it, unless they say so."""

    database: Database
    office: Office


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def board(
    new_board: Callable[[str], AbstractContextManager[Database]], request: pytest.FixtureRequest
) -> Iterator[Boards]:
    with new_board(request.param) as database:
        yield Boards(database, opened_office())


@pytest.fixture
def office(board: Boards) -> Iterator[Office]:
    with bound_to(board.database):
        yield board.office


@pytest.fixture
def own_office(database: Database) -> Office:
    """An office that the test may change."""
    return opened_office()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", ALL),
        ("owner:mia", {"Ovens", "Pallets"}),
        ("owner:Mia,jon", {"Ovens", "Pallets", "Baking line", "Rails"}),
        ('owner:"Mia Berg"', {"Ovens", "Pallets"}),
        ("owner:me", {"Lamps 100%", "Old stock"}),
        ("-owner:me,mia", {"Baking line", "Rails"}),
        ("team:West", {"Ovens", "Pallets"}),
        ("team:sales", {"Ovens", "Pallets", "Baking line", "Rails"}),
        ("team:none", {"Lamps 100%", "Old stock"}),
        ("account:hofer", {"Ovens", "Lamps 100%"}),
        ('account:"hofer gmbh"', {"Ovens", "Lamps 100%"}),
        ("account:ZÜRICH", {"Baking line"}),
        ("account:none", {"Pallets", "Rails", "Old stock"}),
        ("account:none,hofer", ALL - {"Baking line"}),
        ("-account:hofer", ALL - {"Ovens", "Lamps 100%"}),
        ('product:"GTX Pro"', {"Lamps 100%"}),
        ("product:gtxpro", {"Lamps 100%"}),
        ("product:gtx", {"Lamps 100%", "Pallets"}),
        ("-product:none", {"Lamps 100%", "Pallets"}),
        ("source:fair", {"Baking line"}),
        ("source:none", ALL - {"Ovens", "Baking line"}),
        ("stage:prospect", {"Baking line"}),
        ("stage>=Prospect", {"Baking line", "Lamps 100%", "Pallets"}),
        ("stage<prospect", {"Ovens", "Rails", "Old stock"}),
        ("stage:prospect,client", {"Baking line", "Lamps 100%"}),
        ("is:open", {"Ovens", "Baking line", "Old stock"}),
        ("is:open -is:archived", {"Ovens", "Baking line"}),
        ("status:lost", {"Pallets"}),
        ("is:won,disqualified", {"Lamps 100%", "Rails"}),
        ("is:archived", {"Old stock"}),
        ("value>10k", {"Ovens"}),
        ("value>=12.5k", {"Ovens"}),
        ("value<9k", {"Old stock", "Pallets"}),
        ("value<=9k", {"Lamps 100%", "Old stock", "Pallets"}),
        ("value:500..10k", {"Lamps 100%", "Old stock", "Pallets"}),
        ("value:9,000", {"Lamps 100%"}),
        ("value:10k..", {"Ovens"}),
        ("value:..500", {"Old stock"}),
        ("value:none", {"Baking line", "Rails"}),
        ("-value>10k", ALL - {"Ovens"}),
        ("estimated", {"Pallets"}),
        ("-estimated value>0", {"Ovens", "Lamps 100%", "Old stock"}),
        ("won>2026-06-01", {"Lamps 100%"}),
        ("won>2026-06-27", set()),
        ("won>=2026-06-27", {"Lamps 100%"}),
        ("won:2026-06", {"Lamps 100%"}),
        ("won>2026-06", set()),
        ("won<=2026-06", {"Lamps 100%"}),
        ("won<2026-06", set()),
        ("won:2026-Q2", {"Lamps 100%"}),
        ("won:2026-q3", set()),
        ("won:2026", {"Lamps 100%"}),
        ("won:2026-W26", {"Lamps 100%"}),
        ("won:2026-06-01..2026-06-30", {"Lamps 100%"}),
        ("won:..2026-05", set()),
        ("won:2026-05..", {"Lamps 100%"}),
        ("won:none", ALL - {"Lamps 100%"}),
        ("lost>2026-11-01", {"Pallets"}),
        ("lost:this-month", {"Pallets"}),
        ("lost:last-month", set()),
        ("closed>2026-06-01", {"Lamps 100%", "Pallets", "Rails"}),
        ("closed:none", {"Ovens", "Baking line", "Old stock"}),
        ("opened<2026-09-01", {"Lamps 100%", "Pallets", "Rails", "Old stock"}),
        ("opened:fri", {"Ovens"}),
        ("opened:-2", {"Ovens"}),
        ("expected<=eom", {"Ovens"}),
        ("expected<eom", set()),
        ("expected:none", ALL - {"Ovens"}),
        ("next<today", set()),
        ("next:tomorrow", {"Ovens"}),
        ("next:none", ALL - {"Ovens"}),
        ("look<2027-02", {"Rails"}),
        ("look:next-year", {"Rails"}),
        ("touched:today", {"Lamps 100%", "Pallets", "Rails"}),
        ("quiet", {"Baking line"}),
        ("is:quiet", {"Baking line"}),
        ("-quiet", ALL - {"Baking line"}),
        ("bak", {"Baking line"}),
        ("LINE", {"Baking line"}),
        ("süd", {"Baking line"}),
        ("berg", {"Ovens", "Pallets"}),
        ("hofer lamps", {"Lamps 100%"}),
        ('"hofer lamps"', set()),
        ('"baking line"', {"Baking line"}),
        ("100%", {"Lamps 100%"}),
        ("1_0", set()),
        ("-hofer", ALL - {"Ovens", "Lamps 100%"}),
        ('"quiet"', set()),
        ("own", set()),
        ("owner:me value>10", {"Lamps 100%", "Old stock"}),
        ("owner:me won:2026", {"Lamps 100%"}),
    ],
)
def test_each_word_lets_through_what_it_says(office: Office, said: str, expected: set[str]) -> None:
    assert office.found_by(said) == expected


def test_what_is_dated_after_today_has_not_happened(office: Office) -> None:
    pretended = date(2026, 11, 1)
    assert office.found_by("is:lost", today=pretended) == set()
    assert "Pallets" in office.found_by("is:open", today=pretended)
    assert office.found_by("is:won", today=pretended) == {"Lamps 100%"}
    assert office.found_by("lost<2027", today=pretended) == set()


def test_members_of_a_team_are_those_of_today(office: Office) -> None:
    assert office.found_by("team:East", today=date(2026, 11, 19)) == set()
    assert office.found_by("team:East") == {"Baking line", "Rails"}


def test_a_quiet_deal_is_one_beyond_its_stages_limit_not_at_it(office: Office) -> None:
    at_the_limit = date(2026, 9, 22)  # 21 days after the first of September
    assert office.found_by("quiet owner:jon", today=at_the_limit) == set()
    assert office.found_by("quiet owner:jon", today=date(2026, 9, 23)) == {"Baking line"}


def test_a_planned_step_answers_for_a_quiet_deal_until_its_day_is_over(own_office: Office) -> None:
    (deal,) = Deal.select().where(Deal.title == "Ovens")
    pipeline.edit_deal(own_office.mia, deal.id, now=NOW, next_step_on=date(2027, 3, 1))
    assert own_office.found_by("quiet owner:mia", today=date(2027, 3, 1)) == set()
    assert own_office.found_by("quiet owner:mia", today=date(2027, 3, 2)) == {"Ovens"}


def test_quarters_and_years_are_fiscal(own_office: Office) -> None:
    company.edit_company(own_office.ada, now=NOW, fiscal_start=4)
    assert own_office.found_by("won:2027-Q1") == {"Lamps 100%"}
    assert own_office.found_by("won:2026-Q2") == set()
    assert own_office.found_by("won:2027") == {"Lamps 100%"}
    assert own_office.found_by("won:2026") == set()


@pytest.mark.parametrize(
    ("said", "normal"),
    [
        ("  Owner:MIA   stage>=pros  ", "owner:mia stage>=Prospect"),
        ("status:w value:>10000 value>=1,234.5", "is:won value>10k value>=1234.50"),
        ("value:1500k..", "value:1500k.."),
        ("value>2,000,000", "value>2m"),
        ("is:QUIET -Estimated", "quiet -estimated"),
        ('"quiet" "a b" "re:x" "-x" -"-x"', '"quiet" "a b" "re:x" "-x" -"-x"'),
        ('say:"x" 19"', None),
        ('19" """', '"19""" """"'),
        ("won=2017-q2 expected<EOM", "won:2017-Q2 expected<eom"),
        ("owner:mia owner:mia,mia", "owner:mia"),
        ("account:hofer,none", "account:hofer,none"),
        ("team:wes", "team:West"),
        ("10:30 café:x -", '10:30 café:x "-"'),
    ],
)
def test_the_text_of_a_filter_is_its_normal_form(office: Office, said: str, normal: str | None) -> None:
    if normal is None:
        with pytest.raises(BadFilter):
            parse(said, me=1, today=TODAY)
    else:
        assert str(parse(said, me=1, today=TODAY)) == normal
        assert str(parse(normal, me=1, today=TODAY)) == normal


@pytest.mark.parametrize(
    ("said", "word", "reason"),
    [
        ("bak owner:mai", "owner:mai", "there is no person 'mai'; did you mean 'mia'?"),
        ("ownr:mia", "ownr:mia", "there is no field 'ownr'; did you mean 'owner'?"),
        ("xyzzy:1", "xyzzy:1", "the fields are owner, team"),
        ("owner: x", "owner:", "it goes on like owner:mia"),
        ("owner:mia, x", "owner:mia,", "it goes on like owner:mia"),
        ("owner>mia", "owner>mia", "knows no more and less"),
        ("team:Wset", "team:Wset", "there is no team 'Wset'; did you mean 'West'?"),
        ("account:hoffer", "account:hoffer", "there is no account 'hoffer'"),
        ("product:ABC", "product:ABC", "there is no product 'ABC'"),
        ("source:referal", "source:referal", "did you mean 'Referral'?"),
        ("stage:closed", "stage:closed", "the stages are Target, Prospect"),
        ("stage>target,client", "stage>target,client", "a list stands after a colon"),
        ("is:gone", "is:gone", "there are open, won, lost"),
        ("value>ten", "value>ten", "is no amount"),
        ("value>1k..2k", "value>1k..2k", "a range stands after a colon"),
        ("value:2k..1k", "value:2k..1k", "the first amount is the smaller one"),
        ("value:..", "value:..", "at least one end"),
        ("value>none", "value>none", "write it with a colon"),
        ("a won:2026-02-30 b", "won:2026-02-30", "there is no day"),
        ("won:2026-13", "won:2026-13", "write it like 2026-03"),
        ("won:0001", "won:0001", "is not between"),
        ("won:2026-03..2026-02", "won:2026-03..2026-02", "the first day is the earlier one"),
        ('a product:"GTX Ultra" b', 'product:"GTX Ultra"', "there is no product 'GTX Ultra'"),
    ],
)
def test_a_mistake_points_at_its_word(office: Office, said: str, word: str, reason: str) -> None:
    with pytest.raises(BadFilter) as raised:
        parse(said, me=1, today=TODAY)
    assert said[raised.value.start : raised.value.end] == word
    assert str(raised.value).startswith(f"{word} … ")
    assert reason in str(raised.value)
    assert isinstance(raised.value, WrongUsage)


def test_me_needs_to_be_somebody(office: Office) -> None:
    with pytest.raises(BadFilter, match="it is not known who you are"):
        parse("owner:me", me=None, today=TODAY)


def test_a_filter_has_its_limits(office: Office) -> None:
    assert parse("x " * filters.MOST_WORDS, me=None, today=TODAY)
    with pytest.raises(BadFilter, match="at most 40 words"):
        parse("x " * (filters.MOST_WORDS + 1), me=None, today=TODAY)
    with pytest.raises(BadFilter, match="at most 1,000 characters"):
        parse("x" * 1001, me=None, today=TODAY)


def test_the_longest_filter_can_be_asked(office: Office) -> None:
    words = " ".join(f"-w{number}" for number in range(filters.MOST_WORDS))
    assert office.found_by(words) == ALL


def test_two_people_who_could_be_meant_are_named(own_office: Office) -> None:
    people.add_person(own_office.ada, "Mira Stein", now=NOW, handle="mira")
    with pytest.raises(BadFilter, match="could be Mia Berg, Mira Stein"):
        parse("owner:mi", me=1, today=TODAY)


def test_names_that_mean_something_else_are_written_by_id(own_office: Office) -> None:
    other = people.add_person(own_office.ada, "None Such", now=NOW, handle="none")
    wanted = parse('owner:"None Such"', me=1, today=TODAY)
    assert str(wanted) == f"owner:{other}"
    assert parse(str(wanted), me=1, today=TODAY) == wanted


@pytest.mark.parametrize(
    ("said", "status", "archived"),
    [
        ("owner:mia value>1 won", False, False),
        ("is:won", True, False),
        ("won>2026-01-01", True, False),
        ("-closed:2026", True, False),
        ("quiet", False, False),
        ("estimated", False, False),
        ("is:archived", True, True),
        ('"lost"', False, False),
    ],
)
def test_it_knows_whether_it_speaks_of_closed_or_archived_deals(
    office: Office, said: str, status: bool, archived: bool
) -> None:
    wanted = parse(said, me=1, today=TODAY)
    assert (wanted.names_status, wanted.names_archived) == (status, archived)


def test_a_filter_can_be_narrowed(office: Office) -> None:
    everything = parse("", me=office.mia.id, today=TODAY)
    assert not everything
    mine = everything.narrowed_to(owner="me")
    assert str(mine) == "owner:me"
    assert str(mine.narrowed_to("value>1k owner:me", account="Zürich Süd AG")) == (
        'owner:me value>1k account:"Zürich Süd AG"'
    )
    assert mine.terms == parse("owner:me", me=office.mia.id, today=TODAY).terms


def test_columns_are_asked_for_without_joins(office: Office) -> None:
    wanted = parse("owner:mia product:gtx account:hofer team:West bak", me=1, today=TODAY)
    query = Deal.select(Deal.id).where(Deal.stage == 1, *wanted.conditions()).order_by(Deal.place)
    assert " JOIN " not in query.sql()[0]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("ow", ["owner:"]),
        ("bak st", ["stage:"]),
        ("-own", ["-owner:"]),
        ("qu", ["quiet"]),
        ("val", ["value>"]),
        ("owner:", ["owner:me", "owner:ada", "owner:jon", "owner:mia"]),
        ("owner:m", ["owner:me", "owner:ada", "owner:mia"]),
        ("owner:Be", ["owner:mia"]),
        ("owner:mia,j", ["owner:mia,jon"]),
        ("stage>=o", ["stage>=Opportunity"]),
        ("team:", ["team:Sales", "team:East", "team:West"]),
        ("account:zü", ['account:"Zürich Süd AG"']),
        ('product:"gtx p', ['product:"GTX Plus Basic"', 'product:"GTX Pro"']),
        ("source:", ["source:Referral", 'source:"Trade fair"']),
        ("status:l", ["status:lost"]),
        ("won:this-m", ["won:this-month"]),
        ("value>1", []),
        ("nothing:x", []),
        ("owner:mia ", []),
        ("", []),
    ],
)
def test_the_word_before_the_cursor_can_be_completed(office: Office, said: str, expected: list[str]) -> None:
    assert suggestions(said, len(said)) == expected


def test_a_completion_replaces_the_word_before_the_cursor(office: Office) -> None:
    said = 'bak owner:m account:"zür'
    assert word_at(said, 11) == (4, 11)
    assert suggestions(said, 11)[0] == "owner:me"
    assert word_at(said, len(said)) == (12, len(said))
    assert word_at(said, 4) == (4, 4)


MARKS = [":", ">", "<=", "=", ":>", "-", '"', '""', ",", ".."]
VALUES = [
    "none",
    "me",
    "mia",
    "2026-06",
    "2026-Q2",
    "2026",
    "fri",
    "+7",
    "eom",
    "this-month",
    "10k",
    "1.5",
    "quiet",
    "gtx",
    "hofer",
    "won",
]
ODDITIES = [" ", "\x00", "\ud800", "\u200b", "\\", "%", "_", "'", "ẞ", "\u0301", "👩\u200d🚀"]
pieces = st.sampled_from([*filters.FIELDS, "status", "ownr", *MARKS, *VALUES, *ODDITIES])
typed = st.one_of(st.lists(pieces, max_size=12).map("".join), st.text(max_size=40))


@given(said=typed)
def test_any_text_is_understood_or_refused(board: Boards, said: str) -> None:
    with bound_to(board.database):
        me = board.office.ada.id
        try:
            wanted = parse(said, me=me, today=TODAY)
        except WrongUsage as mistake:
            assert isinstance(mistake, BadFilter)
            assert 0 <= mistake.start < mistake.end <= len(said)
            assert str(mistake) == text.visible(str(mistake))
        else:
            assert parse(str(wanted), me=me, today=TODAY) == wanted
            assert str(parse(str(wanted), me=me, today=TODAY)) == str(wanted)
            list(Deal.select(Deal.id).where(Deal.id > 0, *wanted.conditions()).tuples())
        for completed in suggestions(said, len(said)):
            start, end = word_at(said, len(said))
            assert completed
            assert start < end == len(said)


@given(day=st.dates(date(2026, 6, 24), date(2026, 6, 30)))
def test_less_equal_and_more_take_each_day_once(board: Boards, day: date) -> None:
    with bound_to(board.database):
        less, equal, more = (
            len(board.office.found_by(f"won{operator}{day}")) for operator in ("<", ":", ">")
        )
        assert less + equal + more == 1
        assert less + equal == len(board.office.found_by(f"won<={day}"))
        assert equal + more == len(board.office.found_by(f"won>={day}"))
