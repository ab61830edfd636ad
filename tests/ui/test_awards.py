"""The awards' screens: the season, nominating, what the year suggests, and the review of nominations."""

import re
from datetime import timedelta

from salesboard.domain import goals, history, pipeline
from salesboard.domain.awards import categories, nominations, screening, seasons
from salesboard.domain.gains import Scope
from salesboard.storage.models import Nomination, Screening, Voice
from salesboard.ui.screens.nominations import NominationsScreen
from tests.nominating import DAYS, NIGHT, REASON, Evening, at, evening
from tests.stories import NOW, add_person, faults
from tests.ui.driver import MONDAY, BoardDriver

WIDE = (140, 34)


async def test_a_season_and_a_category_are_set_up_by_keys(board: BoardDriver) -> None:
    async with board.opened((116, 40)) as see:
        await see.press("g", "w")
        assert see.screen == "awards" and "There is no season of awards yet: n sets one up" in see.page
        await see.press("n")
        await see.fill("2027-02-12")
        assert "Friday 20 November 2026" in see.text, "the usual days are told"
        await see.press("ctrl+s")
        assert "Awards Night 2026 in 81 days; nominations close in 39 days" in see.header
        assert "▸ nominate 20 Nov – 1 Jan 2027" in see.page
        await see.press("c")
        await see.fill("above")
        await see.press("ctrl+s")
        assert "Above and Beyond is added" in see.footer
        await see.press("j")
        assert "What was done" in see.page and "40 %" in see.page
        await see.resize(60, 16)
        assert "Who did more" in see.text, "in the smallest terminal too"
        await see.resize(116, 40)
        await see.press("e", "tab", "tab")
        await see.fill("Results 60, Care 30")
        await see.press("ctrl+s")
        assert "the weights sum to 90" in see.text
    assert faults() == []


async def test_the_whole_ranking_of_a_computed_category_stands_beside_it(board: BoardDriver) -> None:
    house = evening_on(board)
    house.won("Northwind", "10k")
    house.won("Kestrel", "15k", by=house.jon)
    house.add_category(name="Revenue", metric="most revenue")
    async with board.opened(WIDE, who=house.mia) as see:
        await see.press("g", "w", "j", "j")
        lines = [" ".join(line.split()) for line in see.page.splitlines()]
        assert "1 Jon Haas$15,000.00" in lines and "2 Mia Berg$10,000.00" in lines
        assert any("Northwind" in line for line in lines), "the sales behind it too"


async def test_one_nominates_from_a_deal_with_its_fact_ticked(board: BoardDriver) -> None:
    house = evening_on(board)
    house.won()
    async with board.opened(WIDE, who=house.jon) as see:
        await see.column("Client").pick("Northwind")
        await see.press("N")
        assert see.screen == "form" and "[x] Northwind" in see.text and "Mia Berg" in see.text
        await see.type("above")
        await see.press("tab", "tab")
        await see.type("Too short")
        await see.press("ctrl+s")
        assert "of at least 40 characters" in see.text and not Nomination.select().exists()
        await see.type(REASON)
        await see.press("ctrl+s")
        assert "Mia Berg is nominated in Above and Beyond" in see.footer
    (line,) = screening.queue(house.lea, house.season, today=MONDAY)
    (fact,) = nominations.nomination(line.nomination, today=MONDAY).voices[0].evidence
    assert fact.words == "Northwind"


async def test_a_suggestion_becomes_a_draft_that_is_finished_later(board: BoardDriver) -> None:
    house = evening_on(board)
    wish = goals.Wish(
        *("revenue", 1_000_00, MONDAY),
        scope=Scope(person=house.mia.id),
        ladder=(goals.Step(1_000_00, None),),
        relevance="it counts",
    )
    goals.add_goal(house.ada, wish, now=at(MONDAY))
    deal = house.won()
    pipeline.reopen_deal(house.mia, deal, now=at(MONDAY))
    pipeline.win_deal(house.mia, deal, now=at(MONDAY))
    async with board.opened(WIDE, who=house.jon) as see:
        await see.press("g", "w", "s")
        assert see.screen == "suggestions" and "Mia Berg" in see.page
        await see.press("enter")
        assert "a draft for Mia Berg in Above and Beyond is kept" in see.footer
        assert Voice.get().submitted_at is None, "a suggestion never submits itself"
        await see.press("escape", "j", "j")
        assert see.screen == "awards" and "1 not submitted" in see.page
        await see.press("enter", "tab", "tab")
        await see.type(REASON)
        await see.press("ctrl+s")
        assert "to be screened" in see.page
    assert Voice.get().submitted_at is not None


async def test_the_board_counts_the_days_to_the_night_where_there_is_room(board: BoardDriver) -> None:
    house = evening_on(board)
    told = "Awards Night 2026 in 29 days; nominations close in 7 days"
    async with board.opened((140, 34), who=house.mia) as see:
        await see.until(lambda: told in see.header)
        assert see.header.startswith("salesboard   Board   Awards")
        await see.resize(80, 24)
        assert "Board   Awards Night 2026 in 29 days  " in see.header, "the phase goes before the night"
        await see.resize(68, 24)
        assert "Awards" not in see.header and "Mia Berg · West · 23 Nov" in see.header
        await see.resize(140, 34)
        await see.press("slash", *"owner:mia", "enter")
        assert "owner:mia   Awards Night" in see.header
        seasons.edit_season(house.ada, house.season, now=at(MONDAY), nominate_until=at(MONDAY).date())
        await see.until(lambda: "nominations close today" in see.header)
    async with board.opened((140, 34), who=house.mia, today=NIGHT) as see:
        await see.until(lambda: "Awards Night 2026 tonight" in see.header)
    async with board.opened((140, 34), who=house.mia, today=NIGHT + timedelta(days=1)) as see:
        await see.press("l")
        assert "Awards" not in see.header


async def test_a_person_is_nominated_from_wherever_the_cursor_stands_on_them(board: BoardDriver) -> None:
    house = evening_on(board)
    wish = goals.Wish(
        *("revenue", 1_000_00, MONDAY),
        scope=Scope(person=house.mia.id),
        ladder=(goals.Step(1_000_00, None, reward_minor=50_00),),
        relevance="it counts",
    )
    goals.add_goal(house.ada, wish, now=at(MONDAY))
    deal = house.won()
    pipeline.reopen_deal(house.mia, deal, now=at(MONDAY))
    pipeline.win_deal(house.mia, deal, now=at(MONDAY))

    async def nominated() -> str:
        await see.until(lambda: see.screen != "board")
        await see.press("N")
        assert see.screen == "form" and "Nominate for Awards Night 2026" in see.text, see.text
        whom = see.form.typed("whom")
        await see.press("escape", "escape")
        return whom

    async with board.opened(WIDE, who=house.ada) as see:
        for keys in (("o",), ("e",), ("m",)):
            await see.press("g", *keys)
            assert (await nominated()).casefold().startswith("mia"), see.screen
        await see.press("g", "r", "C", "G")
        assert await nominated() == "Mia Berg", "of those whose records one may look at"
        await see.press("g", "n", "N")
        assert see.screen == "form" and see.form.typed("whom") == ""
        await see.press("escape", "g", "w", "H", "left_square_bracket")
        assert "N nominate" in see.footer
        await see.press("j")
        assert await nominated() == "Mia Berg", "whose feat it is"
    async with board.opened(WIDE, who=house.mia) as see:
        await see.press("g", "e", "N")
        assert see.form.typed("whom") == "", "nobody nominates themselves"


async def test_the_footer_of_the_awards_names_the_keys_of_the_phase(board: BoardDriver) -> None:
    house = evening_on(board)
    for day, keys in (
        (MONDAY, "N nominate   s suggestions   g n screen"),
        (DAYS["screen_until"], "g n screen"),
        (DAYS["judge_until"], "J judging"),
        (DAYS["decide_until"], "P programme"),
        (NIGHT, "V the night   P programme"),
        (NIGHT + timedelta(days=1), "H hall of fame"),
    ):
        async with board.opened((80, 24), who=house.lea, today=day) as see:
            await see.press("g", "w")
            assert see.footer.startswith(keys) and see.footer.endswith("? keys   Esc back")
            assert "J   judges give points, not knowing whose" in see.page


def evening_on(board: BoardDriver) -> Evening:
    """The season on the board that the app opens."""
    return evening(found_already=True)


# --- the review ---------------------------------------------------------------------------------------------


def nominated(house: Evening, *names: str) -> list[int]:
    """Nominations of people of these names, the oldest first."""
    categories.edit_category(house.ada, house.category, now=NOW, most_nominations=50)
    return [house.nominate(add_person(name)) for name in names]


async def test_leads_decide_by_one_key_and_go_on_to_what_waits(board: BoardDriver) -> None:
    house = evening_on(board)
    made = nominated(house, *(f"Person Number{number}" for number in range(30)))
    async with board.opened(WIDE, who=house.lea) as see:
        await see.press("g", "n")
        assert "30 waiting = 30" in see.header and "Person Number0, nominated by Jon Haas" in see.page
        await see.press("y")
        assert "Person Number0 is eligible" in see.footer
        assert "Person Number1, nominated by Jon Haas" in see.page, "the next one is there to be read"
        await see.press("s", "x")
        await see.type("Not this year")
        await see.press("ctrl+s")
        assert "27 waiting · 1 shortlisted · 1 eligible · 1 not eligible = 30" in see.header
        await see.press("c")
        await see.type("Ask Max")
        await see.press("ctrl+s", "j", "k")
        assert "Ask Max" in see.page
        assert isinstance(see.app.screen, NominationsScreen)
        assert len(see.app.screen._pages) <= 3, "only what one looks at is read in full"
        await see.press("u")
        assert "Ask Max" not in see.page
    decided = {one: nominations.nomination(one, today=MONDAY).status for one in made[:4]}
    assert list(decided.values()) == ["eligible", "shortlisted", "not eligible", "waiting"]


async def test_a_changed_fact_stands_out_and_is_accepted_first(board: BoardDriver) -> None:
    house = evening_on(board)
    deal = house.won()
    house.nominate(evidence=[f"deal:{deal}"])
    pipeline.edit_deal(house.mia, deal, now=NOW, value_minor=38_500_00)
    async with board.opened(WIDE, who=house.lea) as see:
        await see.press("g", "n")
        assert re.search("Northwind +41,000 +38,500 +!", see.text) and "! 1 changed" in see.page
        await see.press("s")
        assert "changed since submission: 41,000 → 38,500" in see.footer
        await see.press("v")
        await see.type("The discount was agreed on")
        await see.press("ctrl+s", "s")
        assert "Mia Berg is shortlisted" in see.footer
        assert "accepted: The discount was agreed on" in see.page


async def test_who_was_not_fast_enough_is_told_who_was(board: BoardDriver) -> None:
    house = evening_on(board)
    nomination = house.nominate()
    async with board.opened(WIDE, who=house.max) as see:
        await see.press("g", "n")
        see.hears_nothing()
        screening.screen(house.lea, nomination, "shortlisted", now=NOW)
        await see.press("y")
        assert "Lea Lang changed status" in see.footer and "★ shortlisted" in see.page
    assert nominations.nomination(nomination, today=MONDAY).status == "shortlisted"


async def test_a_question_is_answered_by_who_nominated(board: BoardDriver) -> None:
    house = evening_on(board)
    nomination = house.nominate()
    screening.screen(house.lea, nomination, "asked", words="Who else was there?", now=NOW)
    async with board.opened(WIDE, who=house.jon) as see:
        await see.press("g", "n")
        assert "a rep may not screen nominations" in see.page
        assert see.footer.startswith("g w awards") and "…" not in see.text
        await see.press("g", "w", "j", "j")
        assert "A lead asks: Who else was there?" in see.page
        await see.press("enter")
        await see.type("Nobody")
        await see.press("ctrl+s")
        assert "to be screened" in see.page
    assert nominations.nomination(nomination, today=MONDAY).status == "waiting"


NAMES = ("mia", "berg", "jon", "haas", "lea", "lang", "max", "ott", "ada", "marsh", "west", "east")


def told(text: str) -> list[str]:
    """Names and pronouns of anybody in all cells of the screen; initials in capitals."""
    words = set(re.findall(r"\w+", text))
    initials = {"MB", "JH", "LL", "MO", "AM"}
    return sorted(words & initials) + sorted(
        {word.casefold() for word in words} & {*NAMES, "she", "he", "her"}
    )


async def test_blind_no_cell_of_the_screen_tells_who_it_is(board: BoardDriver) -> None:
    house = evening_on(board)
    deal = house.won("Mia's own", "41k")
    nomination = house.nominate(
        reason="Mia (MB) kept Northwind; all of West says she did it alone.",
        evidence=[f"deal:{deal}", "A letter to Jon Haas"],
    )
    house.nominate(category=house.add_category(template="Best Team Save"), person=None, team=west())
    screening.screen(house.max, nomination, "comment", words="Max: she is the one", now=NOW)
    pipeline.edit_deal(house.ada, deal, now=NOW, owner=house.jon.id)
    async with board.opened((140, 40), who=house.ada) as see:
        await see.press("g", "n")
        assert {"mia", "jon", "west", "ada", "MB", "she"} <= set(told(see.text)), (
            "the control: they are there"
        )
        await see.press("b")
        assert told(see.text) == [] and "blind" in see.header and "a note that would tell" in see.page
        for keys in (["s"], ["j"], ["k", "v"], ["escape"], ["x"], ["escape"], ["colon"], ["escape"], ["f"]):
            await see.press(*keys)
            assert told(see.text) == [], keys
        await see.press("question_mark")
        assert told(see.text) == []
        await see.press("escape", "g", "b", "g", "n")
        assert told(see.text) == [], "who has left comes back blind"
        see.app._toasts.add([_toast("Mia Berg has won Northwind")], at_start=False)
        await see.settled()
        assert see.toasts and told(" ".join(see.toasts)) == []
        await see.press("b")
        assert "Mia Berg" in see.text
    assert Screening.select().where(Screening.decision == "unblinded").count() == 1
    assert any("looked at the names" in one.verb for one in history.events(newest=3))


def west() -> int:
    from salesboard.domain import people

    return people.find_team("West")


def _toast(words: str) -> object:
    from salesboard.domain.notices import Line

    return Line(1, "x", "record", "good", words, None, MONDAY, at(MONDAY), True, False, False, None, None)
