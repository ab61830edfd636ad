"""Commission clauses: written and read back exactly, and what six wins entitle to."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesboard.domain import clauses
from salesboard.domain.clauses import Clause, ClauseRung
from salesboard.domain.ladders import Gain
from salesboard.domain.periods import period_of
from salesboard.errors import Refused

K = 1_000_00
START = date(2026, 1, 1)
JANUARY_ENDS, FEBRUARY_ENDS, MARCH_ENDS = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)
AFTERWARDS = date(2026, 4, 1)
RUNGS = (
    ClauseRung(100 * K, JANUARY_ENDS, 2 * K),
    ClauseRung(250 * K, FEBRUARY_ENDS, 3 * K),
    ClauseRung(500 * K, MARCH_ENDS, 5 * K),
)
CLAUSE = Clause("Mia Berg", "the Sales Agreement 2026", "4.2", "USD", START, RUNGS)
WINS = [
    Gain(date(2026, 1, 9), 60 * K, subject=1, seq=1),
    Gain(date(2026, 1, 22), 70 * K, subject=2, seq=2),
    Gain(date(2026, 2, 3), 40 * K, subject=3, seq=3),
    Gain(date(2026, 2, 17), 120 * K, subject=4, seq=4),
    Gain(date(2026, 3, 5), 150 * K, subject=5, seq=5),
    Gain(date(2026, 3, 30), 80 * K, subject=6, seq=6),
]
WITHOUT_120K = [win for win in WINS if win.subject != 4]
BEFORE_10_MARCH = {0: date(2026, 1, 22), 1: date(2026, 2, 17)}

AS_PASTED = (
    "If the Sales Representative reaches (i) $100,000 in sales by the end of the first month, (ii) $250,000 "
    "by the end of the second month, and (iii) $500,000 by the end of the quarter, the Sales Representative "
    "shall be entitled to receive the corresponding commission payment as outlined in Section [X]."
)


def read(pasted, *, currency="USD", start=START, fiscal_start=1):
    return clauses.read(pasted, currency=currency, start=start, fiscal_start=fiscal_start)


def day_of(words, **settings):
    """The day that is read in a clause of one amount, without doubts."""
    found = read(f"(i) $5,000 by {words}, the Representative is entitled to a payment", **settings)
    assert found.doubts == ()
    return found.rungs[0].due_on


def statement(gains=WINS, *, today=AFTERWARDS, **settings):
    return clauses.entitlements(RUNGS, gains, start=START, today=today, **settings)


# --- worked example 2 ---------------------------------------------------------------------------------------


def test_six_wins_entitle_to_all_three():
    lines = statement()
    assert [line.entitled for line in lines] == [True, True, True]
    assert [line.standing.reached_on for line in lines] == [
        date(2026, 1, 22),
        date(2026, 2, 17),
        date(2026, 3, 30),
    ]
    assert [(line.mark, line.rung.due_on, line.standing.value_on_due) for line in lines] == [
        ("(i)", JANUARY_ENDS, 130 * K),
        ("(ii)", FEBRUARY_ENDS, 290 * K),
        ("(iii)", MARCH_ENDS, 520 * K),
    ]
    assert [(line.effect, line.balance) for line in lines] == [
        ("to pay", 2 * K),
        ("to pay", 3 * K),
        ("to pay", 5 * K),
    ]
    assert [gain.subject for gain in lines[1].evidence] == [1, 2, 3, 4]


def test_the_120k_deal_is_taken_back_on_10_march_and_ii_was_paid():
    today = date(2026, 3, 10)
    first, second, third = statement(
        WITHOUT_120K, today=today, announced=BEFORE_10_MARCH, paid={0: 2 * K, 1: 3 * K}
    )
    assert (first.entitled, first.effect, first.balance) == (True, "paid", 0)
    assert (second.standing.status, second.standing.value_on_due) == ("reversed", 170 * K)
    assert second.standing.was_reached_on == date(2026, 2, 17)
    assert (second.entitled, second.effect, second.balance) == (False, "clawback", -3 * K)
    assert [gain.subject for gain in second.evidence] == [1, 2, 3]
    assert (third.standing.status, third.effect, third.balance) == ("open", "nothing", 0)


def test_the_third_rung_then_ends_at_400k_and_is_missed():
    *_, third = statement(WITHOUT_120K, announced=BEFORE_10_MARCH)
    assert (third.standing.status, third.standing.value_on_due) == ("missed", 400 * K)
    assert (third.entitled, third.effect, third.balance) == (False, "nothing", 0)


def test_what_was_paid_may_be_final():
    second = statement(WITHOUT_120K, announced=BEFORE_10_MARCH, paid={1: 3 * K}, final_once_paid=True)[1]
    assert (second.standing.status, second.effect, second.balance) == ("reversed", "final", 0)


def test_a_reversal_before_payment_cancels():
    second = statement(WITHOUT_120K, announced=BEFORE_10_MARCH)[1]
    assert (second.standing.status, second.effect, second.balance) == ("reversed", "cancelled", 0)
    assert statement(WITHOUT_120K)[1].standing.status == "missed"


def test_what_was_paid_without_an_announcement_is_reversed_too():
    second = statement(WITHOUT_120K, paid={1: 3 * K})[1]
    assert (second.standing.status, second.effect, second.balance) == ("reversed", "clawback", -3 * K)
    assert second.standing.was_reached_on is None


# --- statements ---------------------------------------------------------------------------------------------


def test_the_evidence_ends_with_the_sale_that_reached_it():
    more = Gain(date(2026, 2, 20), 10 * K, subject=7, seq=7)
    assert [gain.subject for gain in statement([*WINS, more])[1].evidence] == [1, 2, 3, 4]
    short = statement([*WITHOUT_120K, more])[1]
    assert [gain.subject for gain in short.evidence] == [1, 2, 3, 7]


def test_a_sale_after_the_due_date_comes_too_late():
    late = [Gain(date(2026, 2, 1), 900 * K, 1, 1)]
    first, second, _ = statement(late)
    assert (first.standing.status, first.entitled, first.standing.value_now) == ("missed", False, 0)
    assert (second.standing.status, second.entitled) == ("reached", True)


def test_only_a_part_was_paid_or_too_much():
    lines = statement(paid={0: 1 * K, 1: 3 * K, 2: 6 * K})
    assert [(line.effect, line.balance) for line in lines] == [
        ("to pay", 1 * K),
        ("paid", 0),
        ("clawback", -K),
    ]
    assert statement(paid={2: 6 * K}, final_once_paid=True)[2].effect == "final"


def test_a_payment_that_only_the_section_knows():
    unknown = [replace(rung, payment=None) for rung in RUNGS]
    lines = clauses.entitlements(unknown, WITHOUT_120K, start=START, today=AFTERWARDS, paid={1: 3 * K})
    assert [(line.effect, line.balance) for line in lines] == [
        ("to pay", None),
        ("clawback", -3 * K),
        ("nothing", 0),
    ]
    reached = clauses.entitlements(unknown, WINS, start=START, today=AFTERWARDS, paid={1: 3 * K})[1]
    assert (reached.effect, reached.balance) == ("paid", 0)


def test_sales_before_the_start_and_after_today_are_no_evidence():
    early = Gain(date(2025, 12, 31), 500 * K, 9, 0)
    first = statement([early, *WINS], today=date(2026, 1, 10))[0]
    assert (first.standing.status, [gain.subject for gain in first.evidence]) == ("open", [1])


# --- writing ------------------------------------------------------------------------------------------------


def test_a_clause_written_from_data():
    assert clauses.wording(CLAUSE) == (
        "Under the Sales Agreement 2026, upon reaching cumulative sales of "
        "(i) $100,000 by the end of the first month (31 January 2026), "
        "(ii) $250,000 by the end of the second month (28 February 2026), and "
        "(iii) $500,000 by the end of the quarter (31 March 2026), "
        "Mia Berg shall be entitled to receive the corresponding commission payment as outlined in "
        "Section 4.2, being (i) $2,000, (ii) $3,000, and (iii) $5,000."
    )


def test_a_clause_without_payments_and_with_other_days_and_money():
    rungs = (ClauseRung(1_234_567, date(2026, 1, 20)), ClauseRung(9_000_000, date(2026, 12, 31)))
    clause = replace(CLAUSE, currency="XAF", section="7(b)", rungs=rungs)
    assert clauses.wording(clause) == (
        "Under the Sales Agreement 2026, upon reaching cumulative sales of (i) XAF 1,234,567 by "
        "20 January 2026, and (ii) XAF 9,000,000 by the end of the year (31 December 2026), Mia Berg shall "
        "be entitled to receive the corresponding commission payment as outlined in Section 7(b)."
    )


def test_a_clause_that_starts_within_a_month_names_no_first_month():
    written = clauses.wording(replace(CLAUSE, start=date(2026, 1, 15)))
    assert "(i) $100,000 by 31 January 2026, (ii) $250,000 by 28 February 2026, and" in written
    again = read("(i) $100,000 by the end of the first month (31 January 2026)", start=date(2026, 1, 15))
    assert again.doubts == ()


def test_the_section_is_the_last_one_named():
    assert "Section 9 Terms" in clauses.wording(replace(CLAUSE, agreement="the Section 9 Terms"))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"rungs": ()}, "at least one rung"),
        ({"rungs": RUNGS[::-1]}, "“.ii.” does not rise"),
        ({"rungs": (ClauseRung(5 * K, None),)}, "has no due date"),
        ({"rungs": (ClauseRung(5 * K, MARCH_ENDS, 0),)}, "pays nothing"),
        ({"rungs": (RUNGS[0], replace(RUNGS[1], payment=None))}, "all of them or none"),
        ({"rungs": (ClauseRung(5 * K, date(2025, 12, 31)),)}, "outside the goal's 2026-01-01"),
        (
            {"rungs": tuple(ClauseRung(n, START + timedelta(days=n)) for n in range(1, 22))},
            "at most 20 rungs",
        ),
        ({"section": "four and two"}, "is no section"),
        ({"section": ""}, "is no section"),
        ({"currency": "ABC"}, "is no currency"),
        ({"party": " "}, "The party is empty"),
        ({"party": "Mia (i) $5 by 31 January 2026"}, "read as a part of the clause"),
        ({"party": "Forty-Niners, $49,000"}, "read as a part of the clause"),
        ({"agreement": "the Deal (i) $5 (ii) $6 (iii) $7"}, "read as a part of the clause"),
    ],
)
def test_clauses_that_can_not_be_written(change, why):
    with pytest.raises(Refused, match=why) as refusal:
        clauses.wording(replace(CLAUSE, **change))
    assert "\n" not in str(refusal.value)


# --- reading ------------------------------------------------------------------------------------------------


def test_a_pasted_clause():
    found = read(AS_PASTED)
    assert found.rungs == tuple(replace(rung, payment=None) for rung in RUNGS)
    assert (found.section, found.doubts) == ("X", ())


@pytest.mark.parametrize(
    "pasted",
    [
        "(a) $100k by 31 January 2026; (b) $0.25 million by February 28th, 2026; "
        "(c) USD 500 000 by 31 Mar 2026",
        "(1) US$100,000.00 by 31/01/2026\n(2) US$250,000.00 by 28/02/2026\n(3) US$500,000.00 by 31/03/2026",
        "(i) 100.000,00 USD by end of January, (ii) 250.000,00 USD by end of month 2, "
        "(iii) 500.000,00 USD by the end of Q1 2026",
        "(I) $100 thousand within the first month (II) $250K on or before 2026-02-28 "
        "(III) $0.5m by the end of the 3rd month",
        "(i) by the 31st of January 2026 $100,000 (ii) by 28-Feb-2026 $250,000 (iii) by March 31, 2026 "
        "$500,000, whereupon the Agent is entitled to $9 as outlined in the Deed of 5 January 2025",
    ],
)
def test_the_same_clause_in_other_hands(pasted):
    found = read(pasted)
    assert [(rung.threshold, rung.due_on) for rung in found.rungs] == [
        (100 * K, JANUARY_ENDS),
        (250 * K, FEBRUARY_ENDS),
        (500 * K, MARCH_ENDS),
    ]
    assert found.doubts == ()


def test_amounts_without_numbers_are_read_with_a_doubt():
    found = read("Reach $100,000 by 31 January 2026 and $250,000 by 28 February 2026; see Section 7.")
    assert [(rung.threshold, rung.due_on) for rung in found.rungs] == [
        (100 * K, JANUARY_ENDS),
        (250 * K, FEBRUARY_ENDS),
    ]
    assert (found.section, found.doubts) == (
        "7",
        ("The amounts are not numbered: check which day belongs to which.",),
    )


def test_a_single_condition_with_its_payment():
    found = read(
        "If by 31 January 2026 sales reach $100,000, the Agent is entitled to $2,000 (Section 3.1-a)."
    )
    assert found == clauses.ReadClause((ClauseRung(100 * K, JANUARY_ENDS, 2 * K),), "3.1-a", ())


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("the end of the month", JANUARY_ENDS),
        ("the end of the twelfth month", date(2026, 12, 31)),
        ("the end of the 2nd quarter", date(2026, 6, 30)),
        ("the end of the calendar quarter", MARCH_ENDS),
        ("the end of Q4", date(2026, 12, 31)),
        ("the end of Q2 of 2027", date(2027, 6, 30)),
        ("the end of the year", date(2026, 12, 31)),
        ("the end of the fiscal year 2027", date(2027, 12, 31)),
        ("the end of 2026", date(2026, 12, 31)),
        ("the end of the month of February 2028", date(2028, 2, 29)),
        ("the end of May", date(2026, 5, 31)),
        ("the end of the first month 31 January 2026", JANUARY_ENDS),
        ("the 3rd day of March, 2026", date(2026, 3, 3)),
        ("Sept. 1, 2026", date(2026, 9, 1)),
    ],
)
def test_days_as_contracts_write_them(words, day):
    assert day_of(words) == day


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("the end of the first month", date(2026, 7, 31)),
        ("the end of the quarter", date(2026, 9, 30)),
        ("the end of the fiscal year", date(2027, 6, 30)),
        ("the end of Q3", date(2027, 3, 31)),
        ("the end of Q1 2028", date(2027, 9, 30)),
        ("the end of fiscal 2027", date(2027, 6, 30)),
        ("the end of calendar 2027", date(2027, 12, 31)),
        ("the end of January", date(2027, 1, 31)),
    ],
)
def test_days_of_a_fiscal_year_that_starts_in_july(words, day):
    assert day_of(words, start=date(2026, 7, 1), fiscal_start=7) == day


@pytest.mark.parametrize(
    ("pasted", "doubt"),
    [
        ("(i) $100,000 within 30 days", "(i) names no day that can be read."),
        (
            "(i) $100,000 by 03/04/2026",
            "(i): “03/04/2026” is no day, or can be two: write its month by name.",
        ),
        ("(i) $100,000 by 31 February 2026", "(i): “31 February 2026” is no day, or can be two"),
        ("(i) $100,000 by 31 March 2026 (ii) the rest", "(ii) names no amount."),
        ("(i) 100,000 by 31 March 2026", "(i) names no currency: “100,000” was taken as USD."),
        ("(i) $100,000 and $5 by 31 March 2026", "(i) names more than one amount: “$100,000” was taken."),
        (
            "(i) $100,000 by the end of the first month (28 February 2026)",
            "(i) names more than one day: 2026-02-28 was taken.",
        ),
        (
            "(i) $100 by 31 March 2026 (ii) $200 by 30 June 2026, entitled to (i) $5",
            "There are 2 amounts to reach, but 1 payments.",
        ),
    ],
)
def test_what_is_doubtful_is_said(pasted, doubt):
    doubts = read(pasted).doubts
    assert len(doubts) == 1
    assert doubts[0].startswith(doubt)


def test_a_start_within_a_month_is_doubtful():
    found = read("(i) $100,000 by the end of the first month", start=date(2026, 1, 15))
    assert found.rungs[0].due_on == JANUARY_ENDS
    assert found.doubts == ("(i): the period of 2026-01-15 was counted as the first, though begun.",)


@pytest.mark.parametrize(
    ("pasted", "why"),
    [
        ("", "The clause is empty"),
        ("Mia is entitled to whatever is right, by 31 March 2026.", "no amount in it"),
        ("(i) EUR 100,000 by 31 March 2026", "not in USD"),
        ("(i) €100,000 by 31 March 2026", "not in USD"),
        ("(i) $100.000 by 31 March 2026", "two ways"),
        ("x" * 10_001, "10,001 characters"),
        ("$5 by 31 March 2026, " * 21, "There are 21 amounts in it; a clause has at most 20"),
    ],
)
def test_texts_that_are_refused(pasted, why):
    with pytest.raises(Refused, match=why):
        read(pasted)


# --- properties ---------------------------------------------------------------------------------------------

names = st.text("ABCabc éß-.&'", min_size=1, max_size=30).filter(str.strip)


@st.composite
def any_clause(draw: st.DrawFn) -> Clause:
    start = draw(st.dates(date(1995, 1, 1), date(2120, 1, 1)))
    start = start.replace(day=1) if draw(st.booleans()) else start
    offsets = draw(st.sets(st.integers(0, 500), min_size=1, max_size=20))
    dues = {start + timedelta(days=offset) for offset in offsets}
    # Ends of months too, which are written by their names.
    dues |= {period_of("month", day).last_day for day in draw(st.sets(st.sampled_from(sorted(dues))))}
    dues = sorted(dues)[: clauses.MOST_RUNGS]
    steps = draw(st.lists(st.integers(1, 10**13), min_size=len(dues), max_size=len(dues)))
    paying = draw(st.booleans())
    payments = [draw(st.integers(1, 10**12)) if paying else None for _ in dues]
    return Clause(
        party=draw(names),
        agreement=draw(names),
        section=draw(st.from_regex(r"[0-9]{1,2}(\.[0-9])?(\([a-i]\))?", fullmatch=True)),
        currency=draw(st.sampled_from(["USD", "EUR", "JPY", "KWD", "XAF", "CAD", "CHF", "CLF", "INR"])),
        start=start,
        rungs=tuple(map(ClauseRung, accumulate(steps), dues, payments)),
    )


@settings(max_examples=40)
@given(any_clause(), st.integers(1, 12))
def test_a_written_clause_reads_back_exactly(clause, fiscal_start):
    found = clauses.read(
        clauses.wording(clause, fiscal_start=fiscal_start),
        currency=clause.currency,
        start=clause.start,
        fiscal_start=fiscal_start,
    )
    assert (found.rungs, found.section, found.doubts) == (clause.rungs, clause.section, ())


pieces = st.sampled_from(
    [
        *("(i) ", "(ii)", "(a)", "$100,000", "EUR 5", "100.000,00", "9999999999", "0", "2026", "Q2 ", " by "),
        *(
            "the end of ",
            "first ",
            "month",
            "quarter 3",
            "31 January 2026",
            "03/04/2026",
            "Section 4",
            "entitled",
        ),
    ]
)


@settings(max_examples=80)
@given(st.lists(pieces | st.text(max_size=4), max_size=30).map("".join))
def test_whatever_is_pasted_is_read_or_refused_in_a_line(pasted):
    try:
        found = read(pasted)
    except Refused as refusal:
        assert str(refusal).isprintable()
    else:
        assert found.rungs or found.doubts
        assert all(doubt.isprintable() for doubt in found.doubts)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(-5, 95), st.integers(0, 200), st.booleans()), max_size=10),
    st.integers(0, 95),
    st.booleans(),
)
def test_an_entitlement_is_the_sum_up_to_the_due_date(sales, day, final):
    gains = [
        Gain(START + timedelta(days=offset), amount * K, subject, subject)
        for subject, (offset, amount, taken_back) in enumerate(sales)
        if not taken_back
    ]
    today = START + timedelta(days=day)
    for line in statement(gains, today=today, paid={1: 3 * K}, final_once_paid=final):
        counted = [gain.amount for gain in gains if START <= gain.on <= min(today, line.rung.due_on)]
        assert line.entitled == (sum(counted) >= line.rung.threshold)
        owed = line.rung.payment if line.entitled else 0
        assert line.balance == max(0 if final else -line.paid, owed - line.paid)
        assert sum(gain.amount for gain in line.evidence) >= line.rung.threshold * line.entitled
