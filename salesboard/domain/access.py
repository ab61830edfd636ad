"""Who may come in over SSH: people's public keys. OpenSSH checks them; here is whose they are."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from salesboard.domain import company
from salesboard.domain.permissions import REVOKED, require, writes
from salesboard.errors import NotAllowed, NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import AccessKey, Person
from salesboard.storage.prepared import by_id

LONGEST_KEY = 16 * 1024
"""Bytes of the longest text that is looked at for a key."""
SHORTEST_RSA = 3072
CURVES = {
    "ecdsa-sha2-nistp256": (b"nistp256", 65),
    "ecdsa-sha2-nistp384": (b"nistp384", 97),
    "ecdsa-sha2-nistp521": (b"nistp521", 133),
    "sk-ecdsa-sha2-nistp256@openssh.com": (b"nistp256", 65),
}
"""The curve each kind of key is on, and the length of a point of it in bytes (RFC 5656, PROTOCOL.u2f)."""
EDWARDS = ("ssh-ed25519", "sk-ssh-ed25519@openssh.com")
KINDS = (*EDWARDS, *CURVES, "ssh-rsa")
HINT = "give the one line of a .pub file, such as 'ssh-ed25519 AAAA… ada@laptop'"


class PublicKey(NamedTuple):
    """A public key as it is kept: without options, without the comment."""

    kind: str
    blob: str
    """Base64."""
    fingerprint: str
    """SHA256:…, as ssh-keygen -l prints it."""


@dataclass(frozen=True)
class KeyFacts:
    """A key, and whose it is."""

    id: int
    person: int
    handle: str
    name: str
    key: PublicKey
    added_at: datetime
    revoked_at: datetime | None


# --- reading a key ------------------------------------------------------------------------------------------


def read_key(text: str) -> PublicKey:
    """Read a public key from the one line of a .pub file.

    Only its kind and the key itself are taken, never options or the comment. Refused: anything else, several
    keys, a private key, an RSA key of fewer than 3,072 bits, DSA.
    """
    if len(text) > LONGEST_KEY:
        raise Refused(f"that is too long for a public key; {HINT}")
    if "PRIVATE KEY" in text:
        raise Refused("that is a private key: it is to stay with its owner; give the .pub file beside it")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if len(lines) != 1:
        raise Refused(f"that is {'no key' if not lines else 'more than one line'}; {HINT}")
    kind, _, rest = lines[0].strip().partition(" ")
    if kind == "ssh-dss":
        raise Refused("DSA keys are broken; make another one with: ssh-keygen -t ed25519")
    if kind not in KINDS:
        raise Refused(f"that does not begin with a kind of key ({', '.join(KINDS[:2])}, …); {HINT}")
    blob = rest.split(" ")[0].split("\t")[0]
    try:
        raw = base64.b64decode(blob, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(f"the key after {kind} is no base64; {HINT}") from None
    if not _fits(kind, raw):
        raise Refused(f"that is no whole key of the kind {kind}; copy the line again")
    # What is kept is what was understood, written anew.
    printed = base64.b64encode(hashlib.sha256(raw).digest()).decode().rstrip("=")
    return PublicKey(kind, base64.b64encode(raw).decode(), f"SHA256:{printed}")


def _fits(kind: str, raw: bytes) -> bool:
    """Whether the bytes are a key of that kind to the last one (RFC 4253 section 6.6, RFC 5656, RFC 8709)."""
    parts = _parts(raw)
    if not parts or parts[0] != kind.encode():
        return False
    has_application = kind.startswith("sk-")
    if kind in EDWARDS:
        return len(parts) == 2 + has_application and len(parts[1]) == 32
    if kind in CURVES:
        curve, length = CURVES[kind]
        return len(parts) == 3 + has_application and parts[1] == curve and len(parts[2]) == length
    if len(parts) != 3:
        return False
    bits = int.from_bytes(parts[2], "big").bit_length()
    if bits < SHORTEST_RSA:
        raise Refused(
            f"an RSA key of {bits} bits is too short: at least {SHORTEST_RSA}, or ssh-keygen -t ed25519"
        )
    return True


def _parts(raw: bytes) -> list[bytes] | None:
    """The length-prefixed strings a key is made of; None where they do not add up."""
    parts = []
    while raw:
        length = int.from_bytes(raw[:4], "big")
        if len(raw) < 4 + length:
            return None
        parts.append(raw[4 : 4 + length])
        raw = raw[4 + length :]
    return parts


# --- keeping them -------------------------------------------------------------------------------------------


@writes("give access")
def add_key(actor: Actor, person: int, text: str, *, now: datetime) -> KeyFacts:
    """Let a person come in with a key; a key of theirs that was revoked is taken up again.

    Refused: what is no public key, a key that is somebody's already, a person who is not active.
    """
    key = read_key(text)
    with ledger.batch(actor, "gave access", now=now, several=False):
        require(actor, "give access", today=company.facts().today(now))
        owner = by_id(Person, person)
        if owner is None or not owner.active:
            raise Refused("access is for people who are active on this board")
        known = AccessKey.get_or_none(AccessKey.fingerprint == key.fingerprint)
        if known is not None and known.revoked_at is None:
            whose = known.person.name
            raise Refused(
                f"{key.fingerprint} opens the board for {whose} already; each needs a key of their own"
            )
        with ledger.entry(actor, "gave access", owner, now=now, note=key.fingerprint) as entry:
            if known is not None:
                entry.update(known, person=person, added_at=now, revoked_at=None)
            else:
                known = entry.insert(
                    AccessKey,
                    person=person,
                    kind=key.kind,
                    blob=key.blob,
                    fingerprint=key.fingerprint,
                    added_at=now,
                )
    return _facts(known)


@writes("give access")
def revoke_key(actor: Actor, key: int, *, now: datetime) -> KeyFacts:
    """Let a key open nothing any more; open sessions that came in with it end. Refused: one that does not."""
    with ledger.batch(actor, "revoked access", now=now, several=False):
        require(actor, "give access", today=company.facts().today(now))
        row = by_id(AccessKey, key)
        if row is None or row.revoked_at is not None:
            raise NotFound(f"no key {key} opens this board; 'salesboard access list' shows those that do")
        owner = by_id(Person, row.person_id)
        with ledger.entry(actor, "revoked access", owner, now=now, note=row.fingerprint) as entry:
            entry.update(row, revoked_at=now)
    return _facts(row)


def known_keys(*, revoked: bool = False) -> list[KeyFacts]:
    """The keys that open this board, by person; with `revoked`, those that did once too."""
    query = AccessKey.select(AccessKey, Person).join(Person).order_by(Person.name, AccessKey.id)
    if not revoked:
        query = query.where(AccessKey.revoked_at.is_null())
    return [_facts(row) for row in query]


def whose(key: int) -> Actor:
    """Whoever comes in with a key. Refused: one that opens nothing, a person who is not active."""
    row = by_id(AccessKey, key)
    if row is None or row.revoked_at is not None:
        raise NotAllowed(REVOKED)
    person = by_id(Person, row.person_id)
    if person is None or not person.active:
        raise NotAllowed("you are not active on this board any more; ask an admin")
    return Actor(person.id, person.handle, person.name, key)


def _facts(row: AccessKey) -> KeyFacts:
    person = row.person
    key = PublicKey(row.kind, row.blob, row.fingerprint)
    return KeyFacts(row.id, person.id, person.handle, person.name, key, row.added_at, row.revoked_at)
