"""What a row of deals refers to: owner, account, contact, products; what is not known is to be added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from salesboard.domain import text
from salesboard.errors import Refused
from salesboard.importing.columns import ACCOUNTS, PRODUCTS, SALESBOARD
from salesboard.importing.deals import DealRow
from salesboard.importing.directory import Directory
from salesboard.importing.matching import Names, Ref
from salesboard.importing.outline import CONTACTS, LineMade, Plan
from salesboard.importing.people import Staff
from salesboard.importing.sources import Source
from salesboard.importing.values import eighteen
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Contact


@dataclass(frozen=True)
class ToAdd:
    """A name that nobody knows yet; it is added when the row that says it is taken."""

    name: str
    external: str | None = None


Meant = Ref | ToAdd
LineMeant = tuple[Meant, int, int | None]
"""A product, how many of it, and the amount of the line in minor units, if it is said."""


class References:
    """Finds and adds what deals refer to."""

    def __init__(self, plan: Plan, actor: Actor, directory: Directory, staff: Staff) -> None:
        self._plan = plan
        self._actor = actor
        self._directory = directory
        self._staff = staff
        self._accounts: Names = directory.accounts
        self._products: Names = directory.products
        self._people: Names = staff.people
        self._contacts: dict[tuple[Ref, str], Ref] | None = None
        self._mentioned: dict[str, list[str]] = {ACCOUNTS: [], PRODUCTS: []}

    def check(self, source: Source, deal: DealRow) -> None:
        """Refuse a row whose owner or account is not known and can not be added; note the names it says."""
        self._check_owner(source, deal)
        self._check_account(source, deal)
        self._people.hear(deal.owner)
        self._accounts.hear(deal.account)
        for line in deal.lines or ():
            self._products.hear(line.product)

    def warnings(self) -> list[str]:
        """What is added because it was only mentioned."""
        told = []
        for kind, names in self._mentioned.items():
            if names:
                shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
                told.append(f"{kind} that no file describes are added: {len(names):,} ({shown})")
        return told

    # --- owners ---

    def owner(self, deal: DealRow) -> Ref | None:
        """The person who owns the deal; None where nobody is called so."""
        if (
            deal.owner_id is not None
            and (known := self._staff.by_id.get(eighteen(deal.owner_id))) is not None
        ):
            return known
        return self._people.find(deal.owner) if deal.owner else None

    def made_owner(self, deal: DealRow) -> Ref:
        """The owner; who is not known becomes a rep, and a file without owners is that of who brings it."""
        owner = self.owner(deal)
        if owner is not None:
            return owner
        if deal.owner is None:
            assert self._actor.id is not None
            return self._actor.id
        return self._staff.new_rep(deal.owner)

    def _check_owner(self, source: Source, deal: DealRow) -> None:
        if self.owner(deal) is not None:
            return
        if not source.columns.has("owner", "owner_id") and self._actor.id is not None:
            return
        said = deal.owner or deal.owner_id
        if said is None:
            raise Refused("it has no owner")
        if deal.owner is None:
            raise Refused(f"there is no person with the id {text.echo(said)}; bring the file of people along")
        if not self._plan.options.new_people:
            raise Refused(
                f"there is no person {text.echo(said)}; "
                "add them first, bring a file of people, or say --new-people"
            )

    # --- accounts and contacts ---

    def account(self, source: Source, deal: DealRow) -> Meant | None:
        """The account that a row names."""
        if deal.account_id is not None:
            known = self._directory.account_of(source.system, deal.account_id)
            if known is not None:
                return known
        if deal.account is None:
            return None
        known = self._accounts.find(deal.account)
        if known is not None:
            return known
        external = f"{source.system}:{deal.account_id}" if deal.account_id else None
        return ToAdd(deal.account, external)

    def _check_account(self, source: Source, deal: DealRow) -> None:
        if deal.account is None and deal.account_id is not None and self.account(source, deal) is None:
            raise Refused(
                f"there is no account with the id {text.echo(deal.account_id)}; "
                "bring the file of accounts along"
            )

    def made_account(self, found: Meant) -> Ref:
        """The account of a row that is taken."""
        return self._made(ACCOUNTS, found)

    def contact(self, account: Meant | None, said: str | None) -> Meant | None:
        """The contact of this name at the account."""
        if said is None or account is None:
            return None
        if isinstance(account, ToAdd):
            return ToAdd(said)
        return self._known_contacts().get((account, text.match_key(said)), ToAdd(said))

    def made_contact(self, account: Ref | None, said: str | None) -> Ref | None:
        """The contact of a row that is taken; without an account there is none."""
        if said is None or account is None:
            return None
        known, key = self._known_contacts(), text.match_key(said)
        if (account, key) not in known:
            self._plan.work.contacts.append({"account": account, "name": said, "key": key})
            known[account, key] = ~(len(self._plan.work.contacts) - 1)
            self._plan.counts[CONTACTS].new += 1
        return known[account, key]

    def _known_contacts(self) -> dict[tuple[Ref, str], Ref]:
        if self._contacts is None:
            query = Contact.select(Contact.account, Contact.key, Contact.id).tuples()
            self._contacts = {(account, key): row for account, key, row in query}
        return self._contacts

    # --- products ---

    def lines(self, source: Source, deal: DealRow) -> list[LineMeant]:
        """The lines of a row; one cell that names several products becomes several lines."""
        made: list[LineMeant] = []
        for line in deal.lines or ():
            named = self._several(line.product, source)
            made += [(product, line.quantity, line.amount) for product in named]
        if len(made) == 1 and source.system != SALESBOARD:
            made = [(made[0][0], made[0][1], deal.value)]
        return made

    def made_lines(self, deal: DealRow, said: Sequence[LineMeant]) -> list[LineMade]:
        """Lines as they will be kept; without an amount it is the list price, but for our own files."""
        made = [
            LineMade(self._made(PRODUCTS, product), quantity, amount) for product, quantity, amount in said
        ]
        if deal.estimated is not None:
            return made
        return [self.priced(line) if line.amount_minor is None else line for line in made]

    def priced(self, line: LineMade) -> LineMade:
        """A line at list price, if there is one."""
        price = self._directory.prices.get(line.product)
        return line if price is None else line._replace(amount_minor=price * line.quantity)

    def title(self, lines: Sequence[LineMeant], account: Meant | None) -> str | None:
        """What a deal without a title is called: by its product, else by its account."""
        for names, found in ((self._products, lines[0][0] if lines else None), (self._accounts, account)):
            if isinstance(found, ToAdd):
                return found.name
            if found is not None:
                return names.name(found)
        return None

    def _several(self, said: str, source: Source) -> list[Meant]:
        known = self._products.find(said)
        if known is not None:
            return [known]
        if source.system != SALESBOARD:
            for mark in (";", ","):
                parts = [part for one in said.split(mark) if (part := text.optional(one, field="product"))]
                found = [self._products.find(part) for part in parts]
                if len(parts) > 1 and (mark == ";" or None not in found):
                    return [
                        ToAdd(part) if ref is None else ref for part, ref in zip(parts, found, strict=True)
                    ]
        return [ToAdd(said)]

    def _made(self, kind: str, found: Meant) -> Ref:
        """The reference of what a taken row names; what nobody knew is noted now."""
        if not isinstance(found, ToAdd):
            return found
        names = self._accounts if kind == ACCOUNTS else self._products
        known = names.external(found.external)
        known = names.find(found.name) if known is None else known
        if known is not None:
            return known
        self._mentioned[kind].append(found.name)
        if kind == ACCOUNTS:
            return self._directory.new_account(found.name, found.external)
        return self._directory.new_product(found.name)
