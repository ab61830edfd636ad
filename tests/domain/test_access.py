"""Keys: what is a public key, whose it is, and that one that was revoked opens nothing."""

import base64
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesboard.domain import access, history, people
from salesboard.domain.access import read_key
from salesboard.domain.pipeline import move_deal
from salesboard.errors import NotAllowed, NotFound, Refused, SalesboardError
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from tests.stories import NOW, add_deal, owner, stage_id


def _string(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def key_line(number: int = 1, comment: str = "ada@laptop") -> str:
    """An Ed25519 key with some point in it."""
    blob = base64.b64encode(_string(b"ssh-ed25519", bytes([number]) * 32)).decode()
    return f"ssh-ed25519 {blob} {comment}\n"


def rsa_line(bits: int) -> str:
    modulus = (1 << (bits - 1) | 1).to_bytes(bits // 8 + 1, "big")
    blob = base64.b64encode(_string(b"ssh-rsa", bytes([1, 0, 1]), modulus)).decode()
    return f"ssh-rsa {blob}"


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="OpenSSH's ssh-keygen is not here")
@pytest.mark.parametrize(("kind", "bits"), [("ed25519", 256), ("ecdsa", 256), ("ecdsa", 521), ("rsa", 3072)])
def test_a_key_is_read_as_openssh_reads_it(tmp_path: Path, kind: str, bits: int) -> None:
    made = [
        "ssh-keygen",
        "-q",
        "-t",
        kind,
        "-b",
        str(bits),
        "-N",
        "",
        "-C",
        'ada "x"',
        "-f",
        str(tmp_path / "k"),
    ]
    subprocess.run(made, check=True)
    told = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(tmp_path / "k.pub")], check=True, capture_output=True, text=True
    )
    key = read_key((tmp_path / "k.pub").read_text())
    assert told.stdout.split()[1] == key.fingerprint


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no key"),
        ("# nothing but a remark\n", "no key"),
        (key_line() + key_line(2), "more than one line"),
        (key_line(comment="x\nssh-ed25519 AAAA"), "more than one line"),
        ('command="bash" ' + key_line(), "does not begin with a kind of key"),
        ("no-pty,command=\"sh\" " + key_line(), "does not begin with a kind of key"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", "private key"),
        ("ssh-dss AAAA", "DSA keys are broken"),
        ("ssh-ed25519 AAAA*", "no base64"),
        ("ssh-ed25519 AAAA", "no whole key"),
        (key_line().replace("ssh-ed25519 ", "ssh-rsa "), "no whole key"),
        (key_line()[:60], "no base64|no whole key"),
        (rsa_line(2048), "2048 bits is too short"),
        ("x" * 20_000, "too long"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_in_words(text: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        read_key(text)


def test_control_a_long_rsa_key_is_taken() -> None:
    assert read_key(rsa_line(3072)).kind == "ssh-rsa"


@given(st.text(max_size=200), st.text(max_size=20))
def test_no_text_gets_past_the_key_itself(comment: str, before: str) -> None:
    try:
        key = read_key(before + key_line(comment=comment))
    except SalesboardError:
        return
    kind, blob = key_line().split()[:2]
    assert (key.kind, key.blob) == (kind, blob)


def test_a_key_opens_the_board_for_one_person_until_it_is_revoked(ada: Actor, mia: Actor) -> None:
    assert ada.id and mia.id
    key = access.add_key(ada, mia.id, key_line(), now=NOW)
    assert access.whose(key.id) == mia
    with pytest.raises(Refused, match="opens the board for Mia Berg already"):
        access.add_key(ada, ada.id, key_line(comment="another"), now=NOW)
    access.revoke_key(ada, key.id, now=NOW)
    with pytest.raises(NotAllowed, match="does not open this board any more"):
        access.whose(key.id)
    with pytest.raises(NotFound):
        access.revoke_key(ada, key.id, now=NOW)
    assert access.add_key(ada, mia.id, key_line(), now=NOW).id == key.id, "it is taken up again"
    assert access.whose(key.id) == mia


def test_who_came_in_with_a_key_changes_nothing_once_it_is_revoked_or_somebody_elses(
    ada: Actor, mia: Actor
) -> None:
    assert ada.id and mia.id
    deal = add_deal("Northwind", "64k", by=mia)
    key = access.add_key(ada, mia.id, key_line(), now=NOW)
    came_in = access.whose(key.id)
    move_deal(came_in, deal, stage_id("prospect"), now=NOW)
    access.revoke_key(ada, key.id, now=NOW)
    before = ledger.end()
    with pytest.raises(NotAllowed, match="this key does not open this board any more"):
        move_deal(came_in, deal, stage_id("opportunity"), now=NOW)
    with pytest.raises(NotAllowed, match="this key does not open this board any more"):
        history.undo(came_in, now=NOW)
    access.add_key(ada, ada.id, key_line(), now=NOW)
    with pytest.raises(NotAllowed, match="this key does not open this board any more"):
        move_deal(came_in, deal, stage_id("opportunity"), now=NOW)
    assert ledger.end()[0] == before[0] + 1, "the key that was given away, and nothing else"
    move_deal(mia, deal, stage_id("opportunity"), now=NOW)


def test_who_is_not_active_comes_in_no_more(ada: Actor, mia: Actor) -> None:
    assert mia.id
    key = access.add_key(ada, mia.id, key_line(), now=NOW)
    people.edit_person(ada, mia.id, now=NOW, active=False)
    with pytest.raises(NotAllowed, match="not active"):
        access.whose(key.id)
    with pytest.raises(Refused, match="people who are active"):
        access.add_key(ada, mia.id, key_line(2), now=NOW)


def test_no_undo_lets_a_revoked_key_in_again(ada: Actor, mia: Actor) -> None:
    assert mia.id
    key = access.add_key(ada, mia.id, key_line(), now=NOW)
    access.revoke_key(ada, key.id, now=NOW)
    before = ledger.end()
    for seq in (None, before[0]):
        with pytest.raises(Refused, match="'salesboard access add' lets it in again"):
            history.undo(ada, seq=seq, now=NOW)
    assert ledger.end() == before
    access.add_key(ada, mia.id, key_line(), now=NOW)
    history.undo(ada, now=NOW)
    with pytest.raises(NotAllowed):
        access.whose(key.id)


def test_a_key_whose_adding_was_undone_opens_nothing(ada: Actor, mia: Actor) -> None:
    assert mia.id
    key = access.add_key(ada, mia.id, key_line(), now=NOW)
    history.undo(owner(), now=NOW)
    with pytest.raises(NotAllowed):
        access.whose(key.id)
    assert access.known_keys() == []
