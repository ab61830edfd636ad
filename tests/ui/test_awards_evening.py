"""Judging, the programme, the night and the hall of fame, as those who use them see them."""

from types import SimpleNamespace

import pytest

from salesboard.domain.awards import categories, deciding, judging, night, programme
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Award, Score, Screening
from tests.evening import (
    DECIDED,
    NIGHT,
    announce,
    evening,
    honour,
    id_of,
    judge_all,
    judges,
    sealed,
    shortlist,
)
from tests.stories import TODAY, add_person, faults, owner
from tests.ui.driver import BoardDriver, Seen

SIZES = ((160, 48), (120, 36), (80, 24))


async def go(see: Seen, place: str) -> None:
    """Go to a screen as the awards screen does."""
    see.app.screen.action_go(place)
    await see.settled()


def begun(found: SimpleNamespace, page: int) -> None:
    """Turn the night to a page."""
    for seen in (None, *range(page)):
        night.turn(found.ada, found.season, 1, seen=seen, now=NIGHT)


async def test_points_are_given_by_digits_without_knowing_who_it_is(board: BoardDriver) -> None:
    found = evening()
    for size in SIZES:
        async with board.opened(size, who=found.jon) as see:
            await go(see, "judging")
            assert "Nominee A" in see.text and "Mia X" not in see.text and "Eva X" not in see.text
            assert "What was done is 40 %" in see.text and "jon 0 of 2" in see.text
    async with board.opened((120, 36), who=found.jon) as see:
        await go(see, "judging")
        await see.press("8", "7", "0", "1", "2", "3")
        assert "8.3" in see.text and "jon 2 of 2" in see.text
        assert Score.select().count() == 6
        await see.press("b")
        assert "Mia X" in see.text and "Eva X wrote" in see.text and "is kept" in see.footer
        await see.press("f")
        assert "f again" in see.footer
        await see.press("f")
        assert "jon finished" in see.text
        await see.press("9")
        assert "what was given stays" in see.footer
    looked = Screening.select().where(Screening.decision == "unblinded", Screening.author == found.jon.id)
    assert looked.count() == 2, "that one looked is kept"
    (jon, _) = judging.panel(found.category, today=TODAY).judges
    assert jon.finished_at is not None and faults() == []


async def test_a_judge_abstains_with_a_reason_and_is_recused_where_they_nominated(board: BoardDriver) -> None:
    found = evening()
    judges(found.category, found.eva)
    async with board.opened((120, 36), who=found.eva) as see:
        await go(see, "judging")
        assert see.text.count("recused") == 3 and "nominated them" not in see.text
        await see.press("5")
        assert "may not judge this nominee" in see.footer and "nominated them" not in see.footer
        await see.press("A")
        await see.type("We share an office")
        await see.press("ctrl+s")
        assert "eva abstains" in see.text


async def test_a_ranked_choice_is_put_in_order_by_digits_or_moved(board: BoardDriver) -> None:
    found = evening()
    ina = add_person("Ina X")
    category = honour(found.season, "In Order", way=categories.RANKED)
    wanted = shortlist(category, found.eva, found.mia, found.tom, ina)
    judges(category, found.jon)
    for size in SIZES:
        async with board.opened(size, who=found.jon) as see:
            await go(see, "judging")
            await see.press("]")
            assert "In Order" in see.header and "Mia X" not in see.text and "Nominee C" in see.text
    async with board.opened((120, 36), who=found.jon) as see:
        await go(see, "judging")
        await see.press("]", "b")
        for nomination, place in zip(wanted, "121", strict=True):
            await stand_on(see, nomination)
            await see.press(place)
        assert order_of(found.jon, category) == ["Ina X", "Mia X", "Tom X"]
        await see.press("J")
        assert order_of(found.jon, category) == ["Mia X", "Ina X", "Tom X"]
        await see.press("K")
        shown = [line.strip(" ▌").split()[0] for line in see.text.splitlines() if " X  " in line]
        assert shown[:3] == ["Ina", "Mia", "Tom"]
        await see.press("f", "f")
        assert "jon finished" in see.text
        await see.press("J")
        assert "what was given stays" in see.footer
    assert faults() == []


async def stand_on(see: Seen, nomination: int) -> None:
    """Bring the cursor to a nominee."""
    await see.press("home")
    for _ in range(5):
        if see.app.screen.rows.chosen == nomination:
            return
        await see.press("j")
    raise AssertionError("the nominee is not among the rows")


def order_of(judge: Actor, category: int) -> list[str]:
    """A judge's own order, by name."""
    placed = [one for one in judging.ballot(judge, category, today=TODAY).nominees if one.place]
    return [one.listed.name for one in sorted(placed, key=lambda one: one.place or 0)]


async def test_everybody_votes_once_and_asks_before_the_vote_goes_elsewhere(board: BoardDriver) -> None:
    found = evening()
    category = honour(found.season, "The Team's Own", way=categories.VOTED)
    mia, tom = shortlist(category, found.eva, found.mia, found.tom)
    for size in SIZES:
        async with board.opened(size, who=found.mia) as see:
            await go(see, "judging")
            assert "everybody has one vote" in see.text and "0 of 6 have voted" in see.text
            await stand_on(see, mia)
            await see.press("enter")
            assert "may not judge this nominee" in see.footer
    async with board.opened((120, 36), who=found.mia) as see:
        await go(see, "judging")
        await stand_on(see, tom)
        await see.press("enter")
        assert "your vote is for Tom X" in see.footer and "1 of 6 have voted" in see.text
    async with board.opened((120, 36), who=found.jon) as see:
        await go(see, "judging")
        await see.press("]")
        assert "◆ yours" not in see.text, "nobody sees for whom others voted"
        await stand_on(see, mia)
        await see.press("enter")
        await stand_on(see, tom)
        await see.press("enter")
        assert "instead of Mia X" in see.footer and judged_by(found.jon, category) == "Mia X"
        await see.press("enter")
        assert judged_by(found.jon, category) == "Tom X"
    assert faults() == []


def judged_by(voter: Actor, category: int) -> str:
    """For whom somebody voted."""
    nominees = judging.ballot(voter, category, today=TODAY).nominees
    return next(one.listed.name for one in nominees if one.place)


async def test_the_host_decides_seals_and_sets_the_programme(board: BoardDriver) -> None:
    mia, tom, eva, jon = (add_person(name) for name in ("Mia", "Tom", "Eva", "Jon"))
    season = announce(host=owner())
    made = {}
    for name, points in (("Rookie", (8, 8)), ("Above", (9, 4))):
        category = made[name] = honour(season, name)
        judges(category, jon)
        judge_all(category, jon, dict(zip(shortlist(category, eva, mia, tom), points, strict=True)))
    async with board.opened((120, 36), today=DECIDED.date()) as see:
        await go(see, "programme")
        assert "Mia, Tom are level in everything" in see.text
        assert see.header.startswith("salesboard   Programme   Awards Night   nothing decided")
        assert see.footer.startswith("y decide   V night"), "there is nothing yet to edit or to seal"
        await see.press("y")
        await see.type("Tom")
        await see.press("tab")
        await see.type("He came from far")
        await see.press("ctrl+s")
        assert "Rookie is decided" in see.footer
        await see.press("s", "G", "y")
        assert see.footer.startswith("y again: Mia wins Above")
        await see.press("y", "s")
        assert "20 minutes from 19:30" in see.header and see.text.count("sealed ") >= 2
        await see.press("K")
        assert see.footer.startswith("Enter edit   J K order   s unseal")
        await see.press("e")
        await see.type("jon")
        await see.press("tab")
        await see.fill("25")
        await see.press("tab")
        await see.type(" And more.")
        await see.press("ctrl+s")
        assert "25 min" in see.text and "19:55  Rookie" in see.text and "And more." in see.text
    found = programme.programme(owner(), season, today=DECIDED.date(), script=True)
    assert [(one.category.name, one.presenter_name, one.minutes) for one in found.items] == [
        ("Above", "Jon", 25),
        ("Rookie", None, 10),
    ]
    assert {one.state for one in deciding.decisions(owner(), season, today=DECIDED.date())} == {"sealed"}
    assert Award.get(Award.category == made["Rookie"]).reason == "He came from far"


async def test_who_does_not_host_sees_the_programme_without_winners(board: BoardDriver) -> None:
    found = sealed()
    async with board.opened((120, 36), who=found.mia, today=DECIDED.date()) as see:
        await go(see, "programme")
        assert "19:30  Above and Beyond" in see.text and "Nominees" not in see.text
        await see.press("e")
        assert "sealed as" not in see.text and "8.0" not in see.text and "the host's" in see.footer


async def test_the_night_is_one_page_for_everybody_and_the_host_turns_it(board: BoardDriver) -> None:
    found = sealed()
    async with board.opened((80, 24), today=NIGHT.date()) as see:
        await go(see, "night")
        seen = [see.text]
        for _ in range(4):
            await see.press("space")
            seen.append(see.text)
        await see.press("space", "m")
        assert "has not begun" in seen[0] and "Graz" in seen[1] and "The nominees" in seen[3]
        assert "And the winner is" in seen[4] and "Kept a client" not in seen[4]
        assert "Kept a client" in see.text and "m motion on" in see.text
        with_motion = see.text
        await see.press("backspace", "space")
        assert see.text == with_motion, "without motion it is the same"
        for size in SIZES:
            await see.resize(*size)
            assert "Kept a client" in see.text and "5 of 6" in see.text
        await see.press("space", "space")
        assert "Space again closes the night for good" in see.footer
        await see.press("j")
        assert night.page(owner(), found.season, today=NIGHT.date()).is_over is False
        await see.press("space", "space")
        assert "The night is over" in see.text and see.footer.startswith("H hall of fame")
        await see.press("H")
        assert see.screen == "hall"


async def test_a_guest_comes_late_sees_the_page_and_turns_none(
    board: BoardDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = sealed()
    begun(found, 3)
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.2 5022 10.0.0.1 22")
    async with board.opened((80, 24), who=found.mia, today=NIGHT.date()) as see:
        await go(see, "night")
        assert "And the winner is" in see.text and "Space next" not in see.text
        assert "m motion on" in see.footer, "over SSH nothing moves unless one asks for it"
        await see.press("space")
        assert night.page(found.mia, found.season, today=NIGHT.date()).number == 3
        night.turn(found.ada, found.season, 1, seen=3, now=NIGHT)
        await see.until(lambda: "Kept a client" in see.text)


async def test_the_hall_of_fame_and_the_honour_roll(board: BoardDriver) -> None:
    found = sealed()
    begun(found, 5)
    night.turn(found.ada, found.season, 1, seen=5, now=NIGHT)
    for size in SIZES:
        async with board.opened(size, today=NIGHT.date()) as see:
            await go(see, "hall")
            assert "★ Above and Beyond" in see.text and "Mia X" in see.text
            await see.press("right_square_bracket", "right_square_bracket", "right_square_bracket")
            assert "honour roll" in see.header and "With us this year: Ada Marsh, Eva X" in see.text
    async with board.opened((80, 24), today=NIGHT.date()) as see:
        await go(see, "hall")
        await see.press("c")
        await see.type("Mia Xaver, to be precise")
        await see.press("ctrl+s")
        assert "corrected: Mia Xaver, to be precise" in see.text


async def test_the_hall_says_all_of_a_citation_once_for_those_who_won_together(board: BoardDriver) -> None:
    eva, jon, *crew = (add_person(name) for name in ("Eva", "Jon", "Mia", "Tom"))
    season = announce(host=owner())
    category = honour(season, "Those who saved the whole of the year", winners=2)
    judges(category, jon)
    judge_all(category, jon, dict(zip(shortlist(category, eva, *crew), (8, 6), strict=True)))
    deciding.decide(owner(), category, now=DECIDED)
    deciding.seal(owner(), category, now=DECIDED)
    said = "They stayed for three nights. " * 8 + "And the year was saved."
    programme.edit_slot(owner(), category, now=DECIDED, citation=said)
    for seen in (None, *range(6)):
        night.turn(owner(), season, 1, seen=seen, now=NIGHT)
    async with board.opened((120, 36), today=NIGHT.date()) as see:
        await go(see, "hall")
        assert "★ Those who saved the whole of the year  Mia" in see.text, (
            "no name is cut where there is room"
        )
        assert see.text.count("And the year was saved.") == 1
        await see.press("left_square_bracket")
        await see.resize(60, 16)
        await see.press("G")
        assert "With us this year" in see.text, "what stands beneath the last row can be read"


async def test_without_a_season_each_screen_says_so(board: BoardDriver) -> None:
    id_of(owner())
    async with board.opened((80, 24)) as see:
        for place, words in (
            ("judging", "You judge no category"),
            ("programme", "no season of awards"),
            ("night", "no season of awards"),
            ("hall", "Nobody has been honoured yet"),
        ):
            await go(see, place)
            assert see.screen == place and words in see.text
