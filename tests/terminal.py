"""A program in a real pseudo-terminal: press keys, wait for what the screen shows, count its bytes."""

import codecs
import os
import re
import select
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import pyte
from ptyprocess import PtyProcess

SALESBOARD = (sys.executable, "-m", "salesboard")

# What pyte would draw as text or take for something else: private CSI (kitty's keys), DECRQM, DCS and kin.
_NOT_FOR_PYTE = re.compile(
    rb"\x1b\[[<=>][0-9;:]*[@-~]|\x1b\[\??[0-9;]*\$[@-~]|\x1b[P_^X].*?\x1b\\", re.DOTALL
)
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|[P_^X](?:[^\x1b]|\x1b(?!\\))*)?\Z")
_ALTERNATE_SCREEN = re.compile(rb"\x1b\[\?1049[hl]")
_FRAME_BEGINS, _FRAME_ENDS = b"\x1b[?2026h", b"\x1b[?2026l"
_ASKS_FOR_SYNC = b"\x1b[?2026$p"
_KNOWS_SYNC = b"\x1b[?2026;2$y"

Wanted = str | Callable[["Terminal"], bool]


def clean_environment(**changes: str) -> dict[str, str]:
    """What a login in a modern terminal has, and the test's own SALESBOARD_ settings; nothing else."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("SALESBOARD_")}
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        **kept,
        **changes,
    }


class Terminal:
    """One program in a pseudo-terminal of `columns` by `rows`; close it, or use it as a context manager."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        columns: int = 80,
        rows: int = 24,
        environment: Mapping[str, str] | None = None,
        cwd: str | None = None,
    ) -> None:
        self.received: list[tuple[float, bytes]] = []
        """Each piece of output with the instant (`time.perf_counter`) at which it arrived."""
        self.total = 0
        """Bytes received so far: keep it and hand it to `bytes_since`."""
        self.ended = False
        self._drawn = 0
        self._held_back = b""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        settings = clean_environment() if environment is None else dict(environment)
        self.started = time.perf_counter()
        self._process = PtyProcess.spawn(list(argv), cwd=cwd, env=settings, dimensions=(rows, columns))
        self._process.delayafterclose = self._process.delayafterterminate = 0
        self.pid: int = self._process.pid

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, timeout: float) -> bool:
        """Take what the program writes, waiting at most `timeout` seconds for it; False when nothing came."""
        if self.ended:
            return False
        ready, _, _ = select.select([self._process.fd], [], [], max(timeout, 0))
        if not ready:
            return False
        try:
            piece = os.read(self._process.fd, 1 << 16)
        except OSError:  # Linux reports the last program's leaving of its terminal as an error
            piece = b""
        if not piece:
            self.ended = True
            return False
        self.received.append((time.perf_counter(), piece))
        self.total += len(piece)
        if _ASKS_FOR_SYNC in piece:
            self.send(_KNOWS_SYNC)
        return True

    def send(self, data: bytes) -> None:
        """Give the program raw bytes, as a keyboard, a mouse or a paste would."""
        while data:
            data = data[os.write(self._process.fd, data) :]

    def keys(self, *pressed: str) -> None:
        """Type text, or keys by their escape sequences: `keys("j", "L", UP)`."""
        self.send("".join(pressed).encode())

    def paste(self, text: str) -> None:
        """Paste as a terminal with bracketed paste does."""
        self.send(b"\x1b[200~" + text.encode() + b"\x1b[201~")

    def wait_for(self, wanted: Wanted, timeout: float = 20.0) -> None:
        """Read until the text is on the screen or the predicate holds; after `timeout` seconds, fail."""
        deadline = time.perf_counter() + timeout
        while not self._shows(wanted):
            left = deadline - time.perf_counter()
            if not self.read(left) and (self.ended or left <= 0):
                if self._shows(wanted):
                    return
                why = "the program ended" if self.ended else f"not within {timeout} s"
                raise AssertionError(f"waited for {wanted!r}: {why}. The screen:\n{self.text()}")

    def wait_until_quiet(self, silence: float = 0.1, timeout: float = 20.0) -> float:
        """Read until the program has written nothing for `silence` seconds; the instant of its last byte."""
        deadline = time.perf_counter() + timeout
        while self.read(silence):
            if time.perf_counter() > deadline:
                raise AssertionError(f"the program never paused for {silence} s. The screen:\n{self.text()}")
        return self.received[-1][0] if self.received else self.started

    def wait_for_exit(self, timeout: float = 20.0) -> int:
        """Read to the program's end; its exit code, negative for a signal."""
        deadline = time.perf_counter() + timeout
        while not self.ended:
            left = deadline - time.perf_counter()
            if not self.read(left) and left <= 0:
                raise AssertionError(f"still running after {timeout} s. The screen:\n{self.text()}")
        self._process.wait()
        signalled: int | None = self._process.signalstatus
        code: int = self._process.exitstatus if signalled is None else -signalled
        return code

    def lines(self) -> list[str]:
        """The screen now, one string a row, blanks at the right end taken off."""
        self._draw()
        return [line.rstrip() for line in self._screen.display]

    def text(self) -> str:
        return "\n".join(self.lines())

    def cell(self, column: int, row: int) -> pyte.screens.Char:
        """One cell with its colours and attributes; counted from 0."""
        self._draw()
        return self._screen.buffer[row][column]

    def bytes_since(self, mark: int = 0) -> bytes:
        """Everything the program wrote after `total` was `mark`."""
        return b"".join(piece for _, piece in self.received)[mark:]

    def resize(self, columns: int, rows: int) -> None:
        """Change the terminal's size, as dragging its window does."""
        self._draw()
        self._screen.resize(rows, columns)
        self._process.setwinsize(rows, columns)

    def close(self) -> None:
        """End the program by its own process id, and wait until it is gone."""
        if self._process.closed:
            return
        with suppress(ProcessLookupError):
            if self._process.isalive():
                os.kill(self.pid, signal.SIGKILL)
                self._process.wait()
        self._process.close()
        self.ended = True

    def _shows(self, wanted: Wanted) -> bool:
        return wanted in self.text() if isinstance(wanted, str) else wanted(self)

    def _draw(self) -> None:
        while self._drawn < len(self.received):
            self._draw_piece(self.received[self._drawn][1])
            self._drawn += 1

    def _draw_piece(self, piece: bytes) -> None:
        data = self._held_back + piece
        end = _complete(data)
        data, self._held_back = data[:end], data[end:]
        # pyte has one screen: going to the other, or coming back, starts on an empty one.
        data = _ALTERNATE_SCREEN.sub(b"\x1b[m\x1b[2J\x1b[H", _NOT_FOR_PYTE.sub(b"", data))
        self._stream.feed(self._decoder.decode(data))


def _complete(data: bytes) -> int:
    """How much of the output can be shown: no half escape sequence and no half frame."""
    begun = data.rfind(_FRAME_BEGINS)
    if begun > data.rfind(_FRAME_ENDS):
        return begun
    unfinished = _UNFINISHED.search(data)
    return unfinished.start() if unfinished else len(data)


ENTER, ESCAPE, TAB, BACKSPACE = "\r", "\x1b", "\t", "\x7f"
UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
CTRL_C, CTRL_Q = "\x03", "\x11"
