"""A real sshd on loopback, for as long as a test takes: people come in with keys, as they will."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SSHD = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
MISSING = "there is no sshd here; install OpenSSH's server to run these"
PATIENCE = 10.0


def new_key(folder: Path, name: str) -> Path:
    """A new key pair; the private key's file, beside which the public one lies."""
    file = folder / name
    made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"{name}@laptop", "-f", str(file)]
    subprocess.run(made, check=True)
    return file


@dataclass(frozen=True)
class Host:
    """A host that people log in to, all as whoever runs the tests."""

    folder: Path
    port: int
    authorized_keys: Path

    def command(self, key: Path, *words: str, tty: bool = False, options: tuple[str, ...] = ()) -> list[str]:
        """`ssh` with one key, to the board or with a command of its own."""
        settings = {
            "IdentitiesOnly": "yes",
            "BatchMode": "yes",
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": "/dev/null",
            "LogLevel": "ERROR",
            "ControlPath": "none",
        }
        told = [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]
        wanted = ["-tt"] if tty else ["-T"]
        where = ["-F", "/dev/null", "-p", str(self.port), "-i", str(key), f"{getpass.getuser()}@127.0.0.1"]
        return ["ssh", *told, *options, *wanted, *where, *words]

    def __call__(self, key: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command over SSH, and hand back how it went."""
        return subprocess.run(
            self.command(key, *words), input=given, capture_output=True, text=True, timeout=60
        )


@contextmanager
def running(folder: Path) -> Iterator[Host]:
    """An sshd with a configuration of its own, stopped by its process id."""
    assert SSHD is not None
    new_key(folder, "host")
    keys = folder / "authorized_keys"
    keys.touch(mode=0o600)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host'}\nPidFile none\n"
        f"AuthorizedKeysFile {keys}\nAuthenticationMethods publickey\nPasswordAuthentication no\n"
        "KbdInteractiveAuthentication no\nUsePAM no\nStrictModes no\nPermitRootLogin prohibit-password\n"
        "AcceptEnv *\nPermitUserRC no\nMaxStartups 100\n"
    )
    # As root, sshd wants a folder of its own to be there.
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    with subprocess.Popen(
        [SSHD, "-D", "-e", "-f", str(config)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            _wait_until_it_listens(server, port)
            yield Host(folder, port, keys)
        finally:
            server.terminate()
            server.wait(PATIENCE)


def _wait_until_it_listens(server: "subprocess.Popen[str]", port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if server.poll() is not None:
            assert server.stderr is not None
            raise AssertionError(f"sshd ended: {server.stderr.read()}")
        with socket.socket() as knocking:
            if knocking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("sshd does not listen")
