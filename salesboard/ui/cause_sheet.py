"""Where a goal's revenue is missing, in lines to read."""

from __future__ import annotations

from salesboard.domain import causes
from salesboard.domain.causes import Cause, Causes
from salesboard.domain.company import CompanyFacts
from salesboard.domain.gains import shown
from salesboard.domain.standings import GoalStanding
from salesboard.errors import Refused
from salesboard.ui import bars
from salesboard.ui.widgets.sheet import Line

MOST = 3
"""So many people are named who miss most."""


def read(found: GoalStanding) -> Causes | None:
    """Why a goal is behind; None where it is not, or where one can not tell. Runs at the back desk."""
    try:
        split = causes.causes(found, "person")
    except Refused:
        return None
    return split if split.whole.gap_minor < 0 else None


def lines(split: Causes, company: CompanyFacts) -> list[Line]:
    """The gap split by cause, each beside what is usual, and who misses most."""
    whole, currency = split.whole, company.currency
    now, usual = whole.actual, whole.usual

    def short(minor: int | None) -> str:
        return bars.MISSING if minor is None else shown(minor, "revenue", currency)

    asked = "to the pace" if split.against == "pace" else "to the target"
    wanted = whole.opportunities_wanted
    rows = [
        (
            "Opportunities",
            f"{now.opportunities:,}",
            f"{wanted:,} wanted" if wanted is not None else "",
            whole.parts.opportunities,
        ),
        (
            "Conversion",
            _percent(now.conversion),
            f"usually {_percent(usual.conversion)}",
            whole.parts.conversion,
        ),
        ("Deal size", short(now.average_minor), f"usually {short(usual.average_minor)}", whole.parts.size),
        (
            "Speed",
            _percent(now.speed),
            f"usually {_percent(usual.speed)} have ended by now",
            whole.parts.speed,
        ),
    ]
    told: list[Line] = [
        [],
        [
            ("strong", "Where it is missing"),
            (">", ""),
            ("dim", f"{_signed(whole.gap_minor, currency)} {asked}"),
        ],
    ]
    for name, value, beside, part in rows:
        ink = "attention" if part < 0 and part == min(one[3] for one in rows) else "money"
        told.append(
            [
                ("text", f"{name:<14}"),
                ("text", f"{value:>7}  "),
                ("dim", beside),
                (">", ""),
                (ink, _signed(part, currency)),
            ]
        )
    missed = [one for one in split.rows if one.gap_minor < 0][:MOST]
    if len(split.rows) > 1 and missed:
        told.append([("dim", "Most of it  "), ("dim", ", ".join(_named(one, currency) for one in missed))])
    return told


def _named(one: Cause, currency: str) -> str:
    return f"{one.name} {_signed(one.gap_minor, currency)}"


def _signed(minor: int, currency: str) -> str:
    return bars.signed(minor, "revenue", currency)


def _percent(share: float | None) -> str:
    return bars.MISSING if share is None else f"{share * 100:.0f} %"
