"""What is honoured in a season: by criteria that people judge, or computed from the sales of the year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, Literal, NamedTuple, get_args

from peewee import JOIN

from salesboard.domain import company, dates, people, text
from salesboard.domain.awards import eligibility, seasons
from salesboard.domain.gains import Metric as GainMetric
from salesboard.domain.gains import Scope, gains_until, shown
from salesboard.domain.permissions import require, writes
from salesboard.errors import NotFound, Refused
from salesboard.storage import database as storage
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import (
    Account,
    Award,
    Category,
    Criterion,
    Deal,
    Judge,
    Nomination,
    Person,
    Season,
    Slot,
)
from salesboard.storage.prepared import by_id

JUDGED, COMPUTED = "judged", "computed"
Metric = Literal["most new customers", "most revenue", "most sales", "most units", "best improvement"]
METRICS: tuple[Metric, ...] = get_args(Metric)
Way = Literal["points", "ranked choice", "team vote"]
POINTS: Way = "points"
"""A panel gives points by criteria."""
RANKED: Way = "ranked choice"
"""A panel puts the nominees in order."""
VOTED: Way = "team vote"
"""Everybody has one vote."""
WITHOUT_CRITERIA = (RANKED, VOTED)
HOW: Mapping[Way, str] = {
    POINTS: "judged by points for each of its criteria",
    RANKED: "a ranked choice: its judges put the nominees in order",
    VOTED: "a team vote: everybody has one vote",
}
BEST_IMPROVEMENT: Metric = "best improvement"
"""Revenue against one's own in the same days of the year before."""
_COUNTED: dict[Metric, GainMetric] = {
    "most new customers": "new customers",
    "most revenue": "revenue",
    "most sales": "sales",
    "most units": "units",
    "best improvement": "revenue",
}
WHOLE = 100
"""What the weights of a category's criteria sum to."""
PER_MILLE = 1000
Criteria = Sequence[tuple[str, int]]
"""Names and weights."""


class Template(NamedTuple):
    """A category as many teams have it."""

    description: str
    criteria: Criteria = ()
    metric: Metric | None = None
    of_teams: bool = False
    least_months: int = 0


TEMPLATES: dict[str, Template] = {
    "Rookie": Template(
        "The best first year of somebody who came during it.",
        (("Results", 40), ("Learning", 30), ("Help given and taken", 30)),
    ),
    "Comeback": Template(
        "Who improved most against their own year before.", metric=BEST_IMPROVEMENT, least_months=6
    ),
    "Promise Keeper": Template(
        "What was promised to clients was done, and in time.",
        (("Promises kept", 50), ("Clients' word", 30), ("Effort", 20)),
        least_months=6,
    ),
    "Advocate Maker": Template(
        "Clients who came to speak for us.",
        (("Advocates won", 50), ("What came of it", 30), ("Care", 20)),
        least_months=6,
    ),
    "Best Team Save": Template(
        "A client or a deal that was as good as lost, and that a team kept.",
        (("What was at stake", 40), ("How it was saved", 40), ("Together", 20)),
        of_teams=True,
    ),
    "Record Breaker": Template(
        "Records that fell during the year.",
        (("The record", 50), ("By how much", 30), ("How it came about", 20)),
    ),
    "Above and Beyond": Template(
        "Who did more than anybody could ask for.",
        (("What was done", 40), ("For others", 30), ("Under hard conditions", 30)),
    ),
}


@dataclass(frozen=True)
class CriterionFacts:
    """What nominees are judged by, and how much it weighs."""

    id: int
    name: str
    weight: int
    """Of 100."""


@dataclass(frozen=True)
class CategoryFacts:
    """A category as it is kept."""

    id: int
    season: int
    place: int
    name: str
    description: str | None
    kind: str
    """`judged` or `computed`."""
    metric: Metric | None
    """What is computed."""
    way: Way
    """How a judged one is judged."""
    of_teams: bool
    winners: int
    quorum: int
    """So many judges at least."""
    most_nominations: int
    """So many by one person."""
    least_months: int
    """So many of the award year one has to have been in a team."""
    leads_may_win: bool
    """Else neither leads nor managers nor the category's judges can."""
    criteria: tuple[CriterionFacts, ...]

    @property
    def is_judged(self) -> bool:
        """Whether people nominate, screen and judge; else it is computed."""
        return self.kind == JUDGED

    def judged_by(self) -> str:
        """`What was done 40, For others 30`, `ranked choice`, or the metric."""
        if not self.is_judged:
            return f"computed: {in_words(self.metric)}"
        if self.way in WITHOUT_CRITERIA:
            return self.way
        return ", ".join(f"{one.name} {one.weight}" for one in self.criteria)


def in_words(metric: str | None) -> str:
    """A metric in full."""
    return "best improvement against own baseline" if metric == BEST_IMPROVEMENT else str(metric)


# --- reading ------------------------------------------------------------------------------------------------


def categories(season: int) -> list[CategoryFacts]:
    """The categories of a season in their order."""
    return _read(Category.select().where(Category.season == season))


def category(identity: int) -> CategoryFacts:
    """One category. Refused: there is none of this number."""
    found = _read(Category.select().where(Category.id == identity))
    if not found:
        raise NotFound(f"there is no category {identity}; 'salesboard awards category list' shows them")
    return found[0]


def find_category(said: str, season: int) -> CategoryFacts:
    """The category of this number or name in a season; a unique beginning is enough."""
    none = f"there is no category {said!r}; 'salesboard awards category list' shows them"
    return seasons.the_one(said, categories(season), none)


def _read(query: Any) -> list[CategoryFacts]:
    rows = list(query.order_by(Category.place, Category.id))
    criteria: dict[int, list[CriterionFacts]] = {row.id: [] for row in rows}
    if rows:
        wanted = Criterion.select().where(Criterion.category.in_(list(criteria)))
        for one in wanted.order_by(Criterion.place, Criterion.id):
            criteria[one.category_id].append(CriterionFacts(one.id, one.name, one.weight))
    return [
        CategoryFacts(
            row.id,
            row.season_id,
            row.place,
            row.name,
            row.description,
            row.kind,
            row.metric if row.kind == COMPUTED else None,
            (row.metric or POINTS) if row.kind == JUDGED else POINTS,
            row.of_teams,
            row.winners,
            row.quorum,
            row.most_nominations,
            row.least_months,
            row.leads_may_win,
            tuple(criteria[row.id]),
        )
        for row in rows
    ]


# --- setting ------------------------------------------------------------------------------------------------


@writes("set category")
def add_category(
    actor: Actor,
    season: int,
    *,
    now: datetime,
    name: str | None = None,
    template: str | None = None,
    description: str | None = None,
    metric: str | None = None,
    way: Way | None = None,
    criteria: Criteria | None = None,
    of_teams: bool | None = None,
    winners: int = 1,
    quorum: int = 1,
    most_nominations: int = 3,
    least_months: int | None = None,
    leads_may_win: bool = True,
) -> int:
    """Add a category to a season and hand back its number: from a template, or with what is given.

    With a metric it is computed, else judged: by criteria, or in another `way`. Refused: weights that do not
    sum to 100, a name twice in a season, a season in which judging has begun.
    """
    model = _template(template)
    with ledger.entry(actor, "added", now=now) as entry:
        row = _open_season(actor, season, now)
        called, key = _checked_name(name or _called(template), season)
        if model is not None and metric is None and way is None and criteria is None:
            metric, criteria = model.metric, model.criteria or None
        by = _checked_by(metric, way, criteria)
        months = least_months if least_months is not None else model.least_months if model else 0
        last = Category.select().where(Category.season == season).order_by(Category.place.desc()).first()
        made = entry.insert(
            Category,
            season=row,
            place=last.place + 1 if last else 1,
            name=called,
            key=key,
            description=text.optional(
                description or (model.description if model else None), field="The description", limit=500
            ),
            kind=by.kind,
            metric=by.metric,
            of_teams=of_teams if of_teams is not None else bool(model and model.of_teams),
            winners=_at_least(1, winners, "winners"),
            quorum=_at_least(1, quorum, "the quorum of judges"),
            most_nominations=_at_least(1, most_nominations, "nominations by one person"),
            least_months=_at_least(0, months, "months in a team"),
            leads_may_win=leads_may_win,
        )
        entry.insert_many(Criterion, _rows(made.id, by.criteria))
    return int(made.id)


@writes("set category")
def edit_category(
    actor: Actor,
    category: int,
    *,
    now: datetime,
    name: str | None = None,
    description: str | None = None,
    metric: str | None = None,
    way: Way | None = None,
    criteria: Criteria | None = None,
    of_teams: bool | None = None,
    winners: int | None = None,
    quorum: int | None = None,
    most_nominations: int | None = None,
    least_months: int | None = None,
    leads_may_win: bool | None = None,
    seen: Mapping[str, Any] | None = None,
) -> None:
    """Change a category; what is None stays. Criteria replace those there were.

    `seen` holds what the actor saw before, with `judged_by` as one types it; what somebody else changed since
    is a Conflict. Refused: a season in which judging has begun, weights that do not sum to 100, another kind
    of nominee once somebody is nominated.
    """
    with ledger.entry(actor, "edited", now=now) as entry:
        row = _kept(category)
        _open_season(actor, row.season_id, now)
        entry.subject = row
        changes: dict[str, Any] = {}
        if name is not None:
            changes["name"], changes["key"] = _checked_name(name, row.season_id, but=category)
        if description is not None:
            changes["description"] = text.optional(description, field="The description", limit=500)
        if metric is not None or way is not None or criteria is not None:
            by = _checked_by(metric, way, criteria)
            if by.kind == COMPUTED and _is_nominated(category):
                raise Refused(f"people are nominated in {row.name}; it can not be computed any more")
            standing = (row.metric, [(one.name, one.weight) for one in _criteria_of(category)])
            kept, wanted = _as_typed(*standing), _as_typed(by.metric, by.criteria)
            if ledger.still_differs(row, "judged_by", seen, kept, wanted, table="criterion"):
                changes |= {"metric": by.metric, "kind": by.kind}
                _replace_criteria(entry, category, by.criteria)
        if of_teams is not None:
            if of_teams != row.of_teams and _is_nominated(category):
                raise Refused(f"somebody is nominated in {row.name}; it stays for whom it is")
            changes["of_teams"] = of_teams
        for key, least, value, what in (
            ("winners", 1, winners, "winners"),
            ("quorum", 1, quorum, "the quorum of judges"),
            ("most_nominations", 1, most_nominations, "nominations by one person"),
            ("least_months", 0, least_months, "months in a team"),
        ):
            if value is not None:
                changes[key] = _at_least(least, value, what)
        if leads_may_win is not None:
            changes["leads_may_win"] = leads_may_win
        meant = ledger.still_meant(row, seen, changes)
        if "name" not in meant:
            meant.pop("key", None)
        entry.update(row, **meant)


@writes("set category")
def remove_category(actor: Actor, category: int, *, now: datetime) -> str:
    """Take a category away and hand back its name. Refused: one in which something was done already."""
    with ledger.entry(actor, "removed", now=now) as entry:
        row = _kept(category)
        _open_season(actor, row.season_id, now)
        for model, what in (
            (Nomination, "somebody is nominated in it"),
            (Judge, "it has judges"),
            (Award, "it is decided"),
            (Slot, "it is in the programme"),
        ):
            if model.select().where(model.category == category).exists():
                raise Refused(f"{row.name} can not be removed: {what}")
        entry.subject = row
        for one in Criterion.select().where(Criterion.category == category):
            entry.delete(one)
        entry.delete(row)
    return str(row.name)


def _criteria_of(category: int) -> list[Criterion]:
    return list(Criterion.select().where(Criterion.category == category).order_by(Criterion.place))


def _as_typed(metric: str | None, criteria: Criteria) -> str:
    """What a category is judged by as one types it: `Results 60, Care 40`, or the metric."""
    return metric or ", ".join(f"{name} {weight}" for name, weight in criteria)


def _replace_criteria(entry: ledger.Entry, category: int, wanted: Criteria) -> None:
    known = _criteria_of(category)
    if [(one.name, one.weight) for one in known] == list(wanted):
        return
    for one in known:
        entry.delete(one)
    entry.insert_many(Criterion, _rows(category, wanted))


def _rows(category: int, wanted: Criteria) -> list[dict[str, Any]]:
    return [
        {"category": category, "place": place, "name": name, "weight": weight}
        for place, (name, weight) in enumerate(wanted, 1)
    ]


def _open_season(actor: Actor, season: int, now: datetime) -> Season:
    """The season of a category that is to be changed. Refused: once judging has begun."""
    today = company.facts().today(now)
    require(actor, "set category", today=today)
    row = by_id(Season, season)
    if row is None:
        raise NotFound(f"there is no season {season}")
    found = seasons.season(season)
    phase = found.phase_on(today)
    if phase not in ("before", "nominate", "screen"):
        raise Refused(
            f"the categories of {found.name} are fixed since its judging began on "
            f"{found.screen_until + timedelta(days=1)}"
        )
    return row


def _kept(category: int) -> Category:
    row = by_id(Category, category)
    if row is None:
        raise ledger.gone("category", category, "this category") or NotFound(
            f"there is no category {category}; 'salesboard awards category list' shows them"
        )
    return row


def _is_nominated(category: int) -> bool:
    return bool(Nomination.select().where(Nomination.category == category).exists())


def _called(template: str | None) -> str:
    if template is None:
        return ""
    key = text.match_key(template)
    return next((name for name in TEMPLATES if text.match_key(name) == key), template)


def _template(said: str | None) -> Template | None:
    if said is None:
        return None
    found = TEMPLATES.get(_called(said))
    if found is None:
        raise NotFound(f"there is no template {said!r}; there are {', '.join(TEMPLATES)}")
    return found


def _checked_name(name: str, season: int, *, but: int = 0) -> tuple[str, str]:
    called = text.clean(name, field="The category's name", limit=60)
    key = text.match_key(called)
    twin = Category.get_or_none((Category.season == season) & (Category.key == key) & (Category.id != but))
    if twin is not None:
        raise Refused(f"there is a category {twin.name} in this season already; choose another name")
    return called, key


class _By(NamedTuple):
    """How the winners of a category are found, as it is kept."""

    kind: str
    metric: str | None
    """What is computed, or the way of judging where it is not by criteria."""
    criteria: Criteria


def _checked_by(metric: str | None, way: Way | None, criteria: Criteria | None) -> _By:
    if metric is not None and (criteria or way is not None):
        raise Refused("what is computed is judged by nobody, and has no criteria")
    if metric is not None:
        return _By(COMPUTED, _checked_metric(metric), ())
    if way in WITHOUT_CRITERIA:
        if criteria:
            raise Refused(f"a {way} has no criteria: whoever takes part weighs for themselves")
        return _By(JUDGED, way, ())
    return _By(JUDGED, None, _checked_criteria(criteria or ()))


def _checked_metric(said: str) -> Metric:
    wanted = BEST_IMPROVEMENT if said.startswith(BEST_IMPROVEMENT) else said
    for metric in METRICS:
        if wanted in (metric, metric.removeprefix("most ")):
            return metric
    raise Refused(f"{said!r} is nothing that is computed; there are {', '.join(METRICS)}")


def _checked_criteria(wanted: Criteria) -> Criteria:
    if not wanted:
        raise Refused("name what it is judged by, with weights that sum to 100: 'Results 60, Care 40'")
    cleaned = [(text.clean(name, field="The criterion", limit=60), weight) for name, weight in wanted]
    if len({text.match_key(name) for name, _ in cleaned}) < len(cleaned):
        raise Refused("one criterion is named twice")
    if any(not 1 <= weight <= WHOLE for _, weight in cleaned):
        raise Refused("each criterion weighs from 1 to 100")
    whole = sum(weight for _, weight in cleaned)
    if whole != WHOLE:
        raise Refused(f"the weights sum to {whole}; they have to sum to {WHOLE}")
    return cleaned


def criteria_from(said: str) -> list[tuple[str, int]]:
    """Criteria as people write them: `Results 60, Care 40`. Refused: one without its weight."""
    found = []
    for part in filter(None, (one.strip() for one in said.replace("\n", ",").split(","))):
        name, _, weight = part.rpartition(" ")
        if not (name and weight.isascii() and weight.isdigit() and len(weight) < 5):
            raise Refused(f"{text.echo(part)} has no weight; write 'Results 60, Care 40'")
        found.append((name.strip(), int(weight)))
    return found


def _at_least(least: int, value: int, what: str) -> int:
    if not least <= value <= WHOLE:
        raise Refused(f"{what}: from {least} to {WHOLE}, not {value}")
    return value


# --- what is computed ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ranked:
    """A place in the ranking of a computed category."""

    place: int | None
    """The same for the same value; None for who can not be ranked, or may not win."""
    person: int | None
    team: int | None
    name: str
    value: int
    """Minor units of revenue, a count, or per mille of improvement."""
    shown: str
    baseline: int | None
    """Minor units of the year before, of an improvement."""
    why_not: str | None
    """Why no place is given; it is shown all the same."""


@dataclass(frozen=True)
class Behind:
    """A sale behind a place in a ranking."""

    deal: int
    on: date
    called: str
    amount: int
    """Minor units or a count."""


def ranking(found: CategoryFacts, *, today: date) -> list[Ranked]:
    """Everybody by what a computed category counts, best first; of a season that runs, up to today.

    Who may not win is named with the reason, without a place. An improvement is that of revenue against the
    same days of the year before; where those brought nothing there is nothing to improve on.
    """
    if found.metric is None:
        raise Refused(f"{found.name} is judged by criteria; nothing is computed")
    currency = company.facts().currency
    with storage.snapshot():
        season = seasons.season(found.season)
        last = min(season.end_on, today)
        before = _year_before(season.start_on)
        gains = gains_until(last, _COUNTED[found.metric], since=before)
        ranked = []
        reasons = eligibility.Reasons(season)
        for person, team, name in _candidates(found.of_teams):
            scope = Scope(team=team, person=person)
            sold = value = gains.total(scope, season.start_on, last)
            why = reasons.why_not(found, person=person, team=team)
            baseline: int | None = None
            if found.metric == BEST_IMPROVEMENT:
                baseline = gains.total(scope, before, _year_before(last))
                value = _improvement(sold, baseline)
                why = why or (None if baseline else "no sales in the year before to improve on")
            said = "n/a" if baseline == 0 else in_figures(found.metric, value, currency)
            if sold or baseline:
                ranked.append(Ranked(None, person, team, name, value, said, baseline, why))
    return _placed(ranked)


def _improvement(value: int, baseline: int) -> int:
    """By how much a year was better than the one before, per mille; 0 where that brought nothing."""
    return round(Fraction((value - baseline) * PER_MILLE, baseline)) if baseline else 0


def _candidates(of_teams: bool) -> Iterable[tuple[int | None, int | None, str]]:
    if of_teams:
        return [(None, team.id, team.name) for team in people.tree()]
    query = Person.select(Person.id, Person.name).order_by(Person.name)
    return [(identity, None, name) for identity, name in query.tuples()]


def _placed(ranked: list[Ranked]) -> list[Ranked]:
    ranked.sort(key=lambda one: (one.why_not is not None, -one.value, one.name))
    able = [one.value for one in ranked if one.why_not is None]
    return [one if one.why_not else replace(one, place=1 + able.index(one.value)) for one in ranked]


def _year_before(day: date) -> date:
    return dates.anniversary(day, day.year - 1)


def rows_behind(
    found: CategoryFacts, *, today: date, person: int | None = None, team: int | None = None
) -> list[Behind]:
    """The sales that a place in a ranking is made of, by day."""
    return rows_behind_all(found, [(person, team)], today=today)[0]


def rows_behind_all(
    found: CategoryFacts, nominees: Sequence[tuple[int | None, int | None]], *, today: date
) -> list[list[Behind]]:
    """The same for many people and teams, in the order given; the sales are read once."""
    if found.metric is None:
        return [[] for _ in nominees]
    season = seasons.season(found.season)
    last = min(season.end_on, today)
    with storage.snapshot():
        gains = gains_until(last, _COUNTED[found.metric], since=season.start_on)
        own = [gains.of(Scope(team=team, person=person), season.start_on, last) for person, team in nominees]
        names: dict[int, str] = {}
        wanted = sorted({one.subject for each in own for one in each})
        query = Deal.select(Deal.id, Deal.title, Account.name).join(Account, JOIN.LEFT_OUTER)
        for start in range(0, len(wanted), 500):
            for deal, title, account in query.where(Deal.id.in_(wanted[start : start + 500])).tuples():
                names[deal] = f"{account} · {title}" if account and account != title else title
    return [[Behind(one.subject, one.on, names[one.subject], one.amount) for one in each] for each in own]


def in_figures(metric: Metric, value: int, currency: str) -> str:
    """What is computed, as it is shown: `$1,200.00`, a count, or `+12.5 %`."""
    if metric == BEST_IMPROVEMENT:
        return f"{value / 10:+.1f} %"
    return shown(value, _COUNTED[metric], currency, exact=True)


def behind_in_words(found: CategoryFacts, one: Behind, currency: str) -> str:
    """The amount of a row behind a ranking: `$1,200.00` or a count."""
    assert found.metric is not None
    return shown(one.amount, _COUNTED[found.metric], currency, exact=True)
