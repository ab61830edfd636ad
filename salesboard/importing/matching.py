"""Which account, product, person or stage a cell means, however it is spelt, and which ones are new."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from salesboard.domain import company, text
from salesboard.domain.company import CLIENT, OPPORTUNITY, PROSPECT, TARGET, StageFacts
from salesboard.domain.pipeline import DISQUALIFIED, LOST, OPEN, STATUSES, WON
from salesboard.domain.text import counted
from salesboard.errors import Refused
from salesboard.storage.models import LedgerChange, Row, Stage

Ref = int
"""A row's id, or where the row is still to be added, the complement of its place among the new ones."""


@dataclass(frozen=True)
class Match:
    """A name that stands for another spelling: so many rows say this, and it is read as that."""

    kind: str
    said: str
    name: str
    rows: int

    def __str__(self) -> str:
        rows = counted(self.rows, "row says", "rows say")
        return f"{rows} {self.said}: read as {self.name}"


class Names:
    """The rows of one table by their names, those on the board and those that the import will add."""

    def __init__(self, kind: str, model: type[Row], known: Iterable[tuple[int, str, str]]) -> None:
        self.kind = kind
        self.new: list[dict[str, Any]] = []
        self._model = model
        self._by_key: dict[str, Ref] = {}
        self._by_external: dict[str, Ref] = {}
        self._external_of: dict[Ref, str] = {}
        self._names: dict[Ref, str] = {}
        self._read_before: dict[str, Ref | None] = {}
        self._unknown: dict[str, list[str]] = {}
        self._heard: Counter[str] = Counter()
        self._former: dict[str, Ref] | None = None
        for row, name, key in known:
            self._names[row] = name
            self._by_key.setdefault(key, row)

    def knows_as(self, ref: Ref, *others: str | None) -> None:
        """Let a row be found under other names too, such as a handle."""
        for other in others:
            if other:
                self._by_key.setdefault(text.match_key(other), ref)

    def is_external(self, ref: Ref, identity: str) -> None:
        """Let a row be found under its key in another system."""
        self._by_external[identity] = ref
        self._external_of.setdefault(ref, identity)

    def key_of(self, ref: Ref) -> str | None:
        """A row's key in another system."""
        return self._external_of.get(ref)

    def external(self, identity: str | None) -> Ref | None:
        """The row of this key in another system."""
        return self._by_external.get(identity) if identity else None

    def find(self, said: str) -> Ref | None:
        """The row that is meant; case, spaces and punctuation do not count, former names do."""
        if said in self._read_before:
            return self._read_before[said]
        key = text.match_key(said)
        ref = self._by_key.get(key)
        if ref is None:
            ref = self._former_names().get(key)
        self._read_before[said] = ref
        if ref is None:
            self._unknown.setdefault(key, []).append(said)
        return ref

    def hear(self, said: str | None) -> None:
        """Take note that a row says this name."""
        if said is not None:
            self._heard[said] += 1

    def add(self, name: str, values: Mapping[str, Any]) -> Ref:
        """Note a row that is to be added."""
        self.new.append(dict(values))
        ref = ~(len(self.new) - 1)
        self._names[ref] = name
        key = text.match_key(name)
        self._by_key.setdefault(key, ref)
        for said in self._unknown.pop(key, ()):
            self._read_before.pop(said, None)
        return ref

    def name(self, ref: Ref) -> str:
        """What a row is called."""
        return self._names[ref]

    def matches(self) -> list[Match]:
        """Every spelling that was not literal, the most frequent first."""
        meant = ((said, self.find(said), rows) for said, rows in self._heard.most_common())
        return [
            Match(self.kind, said, self._names[ref], rows)
            for said, ref, rows in meant
            if ref is not None and self._names[ref] != said
        ]

    def _former_names(self) -> dict[str, Ref]:
        """Rows of the board by names that they had before somebody renamed them."""
        if self._former is None:
            table = self._model._meta.table_name
            renamed = (
                LedgerChange.select(LedgerChange.row, LedgerChange.before)
                .where(
                    LedgerChange.table == table,
                    LedgerChange.before.contains('"key":'),
                    LedgerChange.after.is_null(False),
                )
                .order_by(LedgerChange.id)
                .tuples()
            )
            self._former = {
                json.loads(before)["key"]: row for row, before in renamed.iterator() if row in self._names
            }
        return self._former


@dataclass(frozen=True)
class Standing:
    """What a stage or status means: the column of the board, if it says one, and the status."""

    stage: StageFacts | None
    status: str | None

    @property
    def called(self) -> str:
        """The stage's or else the status's name."""
        return self.stage.name if self.stage else str(self.status)


_STAGE_WORDS = {
    TARGET: "target lead newlead leadin newdeal new identified suspect backlog",
    PROSPECT: "prospect prospecting qualification qualifying contactmade contacted appointmentscheduled "
    "discovery discoverycall introduction firstmeeting meetingscheduled connect marketingqualifiedlead mql",
    OPPORTUNITY: "opportunity engaging qualified qualifiedtobuy salesqualifiedlead sql needsanalysis "
    "valueproposition "
    "iddecisionmakers decisionmakersidentified perceptionanalysis demo demoscheduled demonstration "
    "presentationscheduled presentation decisionmakerboughtin proposal proposalmade proposalsent "
    "proposalpricequote "
    "quote quotesent offer offersent evaluation trial pilot negotiation negotiationsstarted "
    "negotiationreview "
    "negotiations negotiating contractsent contract verbalcommit verbal commit legal procurement",
    CLIENT: "client customer",
    company.ADVOCATE: "advocate",
}
_STATUS_WORDS = {
    OPEN: "open active inprogress ongoing pending working",
    WON: "won closedwon closedwonsuccess success sold gewonnen",
    LOST: "lost closedlost dead abandoned cancelled canceled verloren",
    DISQUALIFIED: "disqualified unqualified notqualified nofit notafit junk",
}
_BY_WORD = {
    text.match_key(word): meaning
    for meanings in (_STAGE_WORDS, _STATUS_WORDS)
    for meaning, words in meanings.items()
    for word in words.split()
}


class Stages:
    """What the stages and statuses of one file mean; `by_hand` is what somebody said of them."""

    def __init__(self, stages: list[StageFacts], by_hand: Mapping[str, str]) -> None:
        self.of_kind = {stage.kind: stage for stage in stages}
        self._by_id = {stage.id: stage for stage in stages}
        self._by_hand = {word: self._named(meaning) for word, meaning in by_hand.items()}
        self._names = Names(
            "stage", Stage, [(stage.id, stage.name, text.match_key(stage.name)) for stage in stages]
        )
        self._known: dict[str, Standing | None] = {}
        self._heard: Counter[str] = Counter()

    def meaning(self, said: str) -> Standing | None:
        """What a word for a stage or status means; None where nobody can tell."""
        if said not in self._known:
            found = self._meaning(said) or self._meaning(_without_pipeline(said))
            # That it is open does not tell where on the board it is.
            self._known[said] = None if found == Standing(None, OPEN) else found
        self._heard[said] += 1
        return self._known[said]

    def status(self, said: str) -> str | None:
        """What a word in the column of the status means; None where nobody can tell."""
        key = text.match_key(said)
        if key in self._by_hand:
            return self._by_hand[key].status or OPEN
        if (word := _BY_WORD.get(key)) in STATUSES:
            return word
        meaning = self._meaning(said)
        return None if meaning is None else meaning.status or OPEN

    def matches(self) -> list[Match]:
        """Every word that is not the name of a stage of the board, the most frequent first."""
        found = []
        for said, rows in self._heard.most_common():
            meaning = self._known[said]
            if meaning is not None and meaning.called.casefold() != said.casefold():
                found.append(Match("stage", said, meaning.called, rows))
        return found

    def _meaning(self, said: str) -> Standing | None:
        key = text.match_key(said)
        if key in self._by_hand:
            return self._by_hand[key]
        named = self._names.find(said)
        if named is not None:
            return _standing(self._by_id[named])
        word = _BY_WORD.get(key)
        if key in self.of_kind or word in self.of_kind:
            return _standing(self.of_kind[key if key in self.of_kind else str(word)])
        return Standing(None, word) if word else None

    def _named(self, said: str) -> Standing:
        """What somebody maps a stage to: a stage of the board, or won, lost, disqualified, open."""
        if said.strip().lower() in STATUSES:
            return Standing(None, said.strip().lower())
        return _standing(company.find_stage(said))


def _standing(stage: StageFacts) -> Standing:
    return Standing(stage, WON if stage.holds_won else None)


def stage_words(mapping: Mapping[str, str]) -> dict[str, str]:
    """What was said by hand about stages and statuses (`stage:Demo`), by the key of the word."""
    said = {}
    for name, meaning in mapping.items():
        kind, _, word = name.partition(":")
        if kind in ("stage", "status"):
            if not meaning.strip():
                raise Refused(f"say which stage {text.echo(word)} is: {name}=Opportunity, for example.")
            said[text.match_key(word)] = meaning
    return said


def _without_pipeline(said: str) -> str:
    """A stage without the pipeline that stands behind it in brackets: `Demo (Sales Pipeline)`."""
    return said.rstrip().removesuffix(")").rpartition("(")[0].strip() if said.rstrip().endswith(")") else said
