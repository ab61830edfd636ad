"""A season of awards in small steps: nominated, screened, judged, decided and sealed, each on its day."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace

from salesboard.domain.awards import categories, deciding, judging, nominations, screening, seasons
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Nomination
from tests.stories import NOW, TODAY, owner

DAY = timedelta(days=1)
ANNOUNCED, NOMINATED, SCREENED, JUDGED, DECIDED, NIGHT = (
    NOW + days * DAY for days in (-45, -30, -15, 0, 7, 20)
)
"""The instants at which things are done."""
REASON = "Kept a client whose warehouse had burned down, in the middle of the night."
CRITERIA = (("What was done", 40), ("For others", 30), ("Under hard conditions", 30))


def id_of(person: Actor) -> int:
    assert person.id is not None
    return person.id


def announce(name: str = "Awards Night", host: Actor | None = None) -> int:
    """A season: judged from TODAY - 9 to TODAY + 5, decided until TODAY + 10, its night on TODAY + 20."""
    return seasons.add_season(
        owner(),
        TODAY + 20 * DAY,
        now=ANNOUNCED,
        name=name,
        nominate_on=TODAY - 40 * DAY,
        nominate_until=TODAY - 20 * DAY,
        screen_until=TODAY - 10 * DAY,
        judge_until=TODAY + 5 * DAY,
        decide_until=TODAY + 10 * DAY,
        night_at="19:30",
        place="Graz",
        host=id_of(host) if host else None,
    )


def honour(season: int, name: str = "Above and Beyond", **facts: object) -> int:
    """A category that is judged by three criteria of 40, 30 and 30, unless it is a metric or another way."""
    if "metric" not in facts and "way" not in facts:
        facts = {"criteria": CRITERIA, **facts}
    return categories.add_category(owner(), season, now=ANNOUNCED, name=name, **facts)  # type: ignore[arg-type]


def shortlist(
    category: int, by: Actor, *people: Actor, evidence: Sequence[str] = (), team: int | None = None
) -> list[int]:
    """Nominate people, or a team, and have the owner put them on the shortlist; the nominations."""
    found = []
    for whom in people or (None,):
        made = nominations.nominate(
            by,
            category,
            REASON,
            now=NOMINATED,
            person=whom.id if whom else None,
            team=team,
            evidence=evidence,
        )
        screening.screen(owner(), made, screening.SHORTLISTED, now=SCREENED)
        found.append(made)
    return found


def judges(category: int, *people: Actor) -> None:
    """Let people judge a category."""
    for person in people:
        judging.appoint(owner(), category, id_of(person), now=SCREENED)


def give(judge: Actor, nomination: int, *points: int, now: datetime = JUDGED) -> None:
    """Give a nominee points by the criteria in order."""
    category = Nomination.get_by_id(nomination).category_id
    asked = [one.id for one in categories.category(category).criteria]
    if len(points) == 1:
        points = points * len(asked)
    judging.score(judge, nomination, dict(zip(asked, points, strict=True)), now=now)


def judge_all(category: int, judge: Actor, given: dict[int, int]) -> None:
    """Give every nominee the same points by all criteria, and finish."""
    for nomination, points in given.items():
        give(judge, nomination, points)
    judging.finish(judge, category, now=JUDGED)


def evening(name: str = "Awards Night") -> SimpleNamespace:
    """Ada hosts and decides; Jon and Lea judge; Mia and Tom are on the shortlist, nominated by Eva."""
    from tests.stories import add_person

    ada = owner()
    people = {who: add_person(f"{who} X") for who in ("Mia", "Tom", "Eva", "Jon", "Lea")}
    mia, tom, eva, jon, lea = people.values()
    season = announce(name, host=ada)
    category = honour(season, quorum=2)
    first, second = shortlist(category, eva, mia, tom)
    judges(category, jon, lea)
    return SimpleNamespace(
        ada=ada, mia=mia, tom=tom, eva=eva, jon=jon, lea=lea, season=season, category=category,
        first=first, second=second,
    )  # fmt: skip


def judged(name: str = "Awards Night") -> SimpleNamespace:
    """The same, in which Mia has 8 points and Tom 6, and everybody has finished."""
    found = evening(name)
    for judge in (found.jon, found.lea):
        judge_all(found.category, judge, {found.first: 8, found.second: 6})
    return found


def sealed(name: str = "Awards Night") -> SimpleNamespace:
    """The same, decided and sealed."""
    found = judged(name)
    deciding.decide(found.ada, found.category, now=DECIDED)
    deciding.seal(found.ada, found.category, now=DECIDED)
    return found
