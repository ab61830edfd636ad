"""Access over SSH: whose keys open the board."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from salesboard import authorizing
from salesboard.cli import InOrder
from salesboard.cli.opening import Board, on_board, together
from salesboard.cli.output import answer, as_json, counted, document, table, talk, words
from salesboard.cli.ownfile import OwnFile, text_of
from salesboard.domain import access as keys
from salesboard.domain import people
from salesboard.domain.access import KeyFacts
from salesboard.errors import StorageTrouble

in_file = together(
    click.option(
        "--file",
        "file",
        type=OwnFile(),
        metavar="FILE",
        help="The authorized_keys file to write; ~/.ssh/authorized_keys if left out.",
    )
)
LARGEST_FILE = 64 * 1024


@click.group(cls=InOrder)
def access() -> None:
    """Who may come in over SSH: run as the account that people come in with.

    OpenSSH checks the keys; each key opens the board for one person, and nothing else. Our part of the
    account's authorized_keys file is written anew each time, the rest of it is left alone.
    """


@access.command("add")
@click.argument("person")
@click.argument("key", type=OwnFile(or_input=True), metavar="FILE.pub")
@in_file
@on_board
def add(board: Board, person: str, key: Path, file: Path | None) -> None:
    """Let a person come in with a public key; - reads it from standard input."""
    text = text_of(key, LARGEST_FILE)
    found = keys.add_key(board.actor, people.find_person(person), text, now=board.now)
    talk(f"{found.name} comes in with key {found.id}, {found.key.fingerprint}")
    _write(board, file)


@access.command("list")
@click.option("--all", "revoked", is_flag=True, help="Also those that were revoked.")
@as_json
@on_board
def list_keys(board: Board, revoked: bool, as_json: bool) -> None:
    """The keys that open this board."""
    found = keys.known_keys(revoked=revoked)
    if as_json:
        document([_document(one) for one in found])
        return
    table(
        ["key", words("person"), "handle", "kind", words("fingerprint"), "since", ""],
        [
            (
                one.id,
                one.name,
                one.handle,
                one.key.kind,
                one.key.fingerprint,
                f"{one.added_at:%Y-%m-%d}",
                "revoked" if one.revoked_at else "",
            )
            for one in found
        ],
    )


@access.command("revoke")
@click.argument("who", metavar="KEY-or-PERSON")
@in_file
@on_board
def revoke(board: Board, who: str, file: Path | None) -> None:
    """Let a key, or all keys of a person, open nothing any more; open sessions of theirs end."""
    wanted = [one for one in keys.known_keys() if str(one.id) == who]
    if not wanted:
        person = people.find_person(who)
        wanted = [one for one in keys.known_keys() if one.person == person]
        if not wanted:
            answer(f"no key opens the board for {who}")
            return
    with board.one_act("revoked access"):
        for one in wanted:
            keys.revoke_key(board.actor, one.id, now=board.now)
    talk(f"{counted(len(wanted), 'key')} of {wanted[0].name} revoked")
    _write(board, file)


@access.command("write")
@in_file
@on_board
def write(board: Board, file: Path | None) -> None:
    """Write our part of the authorized_keys file anew, as the board's keys are."""
    _write(board, file)


@access.command("sshd")
def sshd() -> None:
    """A file for sshd_config.d, to be looked at and put there by whoever runs the host."""
    answer(SNIPPET.rstrip())


def _write(board: Board, file: Path | None) -> None:
    place = file or authorizing.default_file()
    try:
        written = authorizing.write(place, board.settings.database)
    except OSError as error:
        raise StorageTrouble(
            f"{place} can not be written ({error.strerror}); the board knows of the change: "
            "run 'salesboard access write' once it can"
        ) from None
    talk(f"{place}: {counted(len(written), 'key')}")


def _document(one: KeyFacts) -> dict[str, Any]:
    return {
        "id": one.id,
        "person": one.handle,
        "kind": one.key.kind,
        "fingerprint": one.key.fingerprint,
        "added_at": one.added_at,
        "revoked_at": one.revoked_at,
    }


SNIPPET = """\
# salesboard: people come in as this account, each with a key of their own, and get the board alone.
# Save it as /etc/ssh/sshd_config.d/salesboard.conf, put the account's name after User, then reload sshd.
Match User salesboard
    AuthenticationMethods publickey
    PasswordAuthentication no
    KbdInteractiveAuthentication no
    AllowTcpForwarding no
    AllowStreamLocalForwarding no
    AllowAgentForwarding no
    X11Forwarding no
    PermitTunnel no
    PermitUserRC no
    AcceptEnv LANG COLORTERM
    MaxSessions 5
    ClientAliveInterval 30
    ClientAliveCountMax 3
"""
