"""The way in and out of a terminal: what must be there, what comes in, what is put back however it ends."""

import io
import logging
import os
import re
import select
import selectors
import signal
import sys
import termios
import threading
from codecs import getincrementaldecoder
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from rich.console import Console
from textual import constants, events
from textual._time import get_time
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size
from textual.keys import Keys
from textual.message import Message
from textual.messages import InBandWindowResize
from textual.worker import WorkerFailed

from salesboard import incidents
from salesboard.errors import WrongUsage
from salesboard.ui.thrift import thrifty

LARGEST = 500, 200
"""Columns and rows; a terminal that claims to be larger is drawn as if it were of this size."""
LONGEST_PASTE = 100_000
KEYS_AT_ONCE = 50
UNENDED_PASTE = 5.0
"""Seconds without a byte after which a paste counts as ended."""
LAST_WORDS = 2.0
"""Seconds that a terminal which takes no output may delay the end of the program."""
LONGEST_LEAVING = 10.0
"""Seconds that leaving may take where nobody is there to wait for it."""
SLOW_LINK_ESCAPE = 0.25
"""Seconds within which the bytes of one key arrive over SSH."""

VANISHED = 128 + signal.SIGHUP
RESTORED = (
    "\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"
    "\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l\x1b[0m"
)

_NOT_FOR_PASTE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def over_ssh() -> bool:
    """Whether the person sits at another machine."""
    return "SSH_CONNECTION" in os.environ


def require_terminal() -> None:
    """Refuse to start where there is no terminal to draw on and to read keys from."""
    here = all(stream is not None and stream.isatty() for stream in (sys.__stdin__, sys.__stdout__))
    if not here or os.environ.get("TERM", "") in ("", "dumb", "unknown"):
        raise WrongUsage("needs a terminal: start it in a terminal window, or over SSH with `ssh -t`.")


def run(app: App[Any], *, mouse: bool = True) -> int:
    """Run an app to its end and return its exit code; the process never outlives its terminal.

    Refused without a terminal. A hang-up ends the process at once, like a kill. SIGTERM, SIGINT and SIGQUIT
    put the terminal back and end it with 128 + signal within 2.5 seconds, even if it takes no output.
    """
    require_terminal()
    if over_ssh() and "ESCDELAY" not in os.environ:
        constants.ESCAPE_DELAY = SLOW_LINK_ESCAPE  # type: ignore[misc]
    for stream in (sys.__stdin__, sys.__stdout__):
        assert stream is not None
        os.set_blocking(stream.fileno(), True)
    threading.Thread(target=_end_with_terminal, name="hang-up", daemon=True).start()
    with _signals(app), _no_traceback_on_screen():
        try:
            app.run(mouse=mouse)
        except Exception as error:
            print(record_incident(error), file=sys.stderr)
            return 1
    return app.return_code or 0


def _end_with_terminal() -> None:
    """Wait, without using any time, until the terminal is gone, and end the process."""
    poll = select.poll()
    assert sys.__stdin__ is not None
    poll.register(sys.__stdin__.fileno(), 0)
    while True:
        for _, event in poll.poll():
            if event & (select.POLLHUP | select.POLLERR):
                os._exit(VANISHED)
            if event & select.POLLNVAL:  # a terminal that this system can not poll
                return


def end_soon(app: App[Any], seconds: float = LONGEST_LEAVING) -> None:
    """End the process with exit code 0 if the app, which is being left, has not ended by itself by then."""
    if isinstance(app._driver, TerminalDriver):
        last_words = threading.Timer(seconds, os._exit, [0])
        last_words.daemon = True
        last_words.start()


@contextmanager
def _signals(app: App[Any]) -> Iterator[None]:
    """Signals while the app runs: a hang-up ends it even if the parent ignores them, others restore first."""

    def end(number: int, _: FrameType | None) -> None:
        driver = app._driver if isinstance(app._driver, TerminalDriver) else None
        if driver and driver.lent and number == signal.SIGINT:
            return  # pressed in the other program
        code = 128 + number
        last_words = threading.Timer(LAST_WORDS, os._exit, [code])
        last_words.daemon = True
        last_words.start()
        if driver and driver.showing:
            driver.restore_at_once()
        os._exit(code)

    handlers: dict[signal.Signals, Any] = {signal.SIGHUP: signal.SIG_DFL}
    handlers |= dict.fromkeys((signal.SIGTERM, signal.SIGINT, signal.SIGQUIT), end)
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _no_traceback_on_screen() -> Iterator[None]:
    """Errors of threads and tasks that nobody waits for are recorded, and never printed."""

    class Recorder(logging.Handler):
        def emit(self, logged: logging.LogRecord) -> None:
            if logged.exc_info and logged.exc_info[1]:
                record_incident(logged.exc_info[1])

    def of_a_thread(failed: threading.ExceptHookArgs) -> None:
        if failed.exc_value:
            record_incident(failed.exc_value)

    recorder = Recorder(logging.ERROR)
    hook, threading.excepthook = threading.excepthook, of_a_thread
    logging.getLogger().addHandler(recorder)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(recorder)
        threading.excepthook = hook


class TerminalDriver(LinuxDriver):
    """Textual's driver for terminals, made to outlive whatever a terminal or its network sends."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self.showing = False
        """Whether the app has the terminal: not before its start, after its end, or while it is lent."""
        self.lent = False
        """Whether another program, such as an editor, has the terminal."""
        self._sent = 0
        assert sys.__stdout__ is not None
        self._outlet = Outlet(sys.__stdout__.fileno())
        self._file = self._outlet  # type: ignore[assignment]
        # Where there is no shell, nobody could wake a stopped session; and SIGCONT would start it twice.
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        signal.signal(signal.SIGCONT, signal.SIG_DFL)

    @property
    def can_suspend(self) -> bool:
        return not over_ssh()

    def start_application_mode(self) -> None:
        self.showing = True
        super().start_application_mode()  # type: ignore[no-untyped-call]
        # Textual reads the size inside the signal's handler; a second signal there leaves it the older one.
        self._loop.add_signal_handler(signal.SIGWINCH, self._tell_size)

    def _tell_size(self) -> None:
        size = Size(*self._get_terminal_size())
        self._app.post_message(events.Resize(size, size))

    def stop_application_mode(self) -> None:
        super().stop_application_mode()
        self.showing = False

    def suspend_application_mode(self) -> None:
        self.lent = True
        super().suspend_application_mode()

    def resume_application_mode(self) -> None:
        super().resume_application_mode()
        self.lent = False

    def restore_at_once(self) -> None:
        """Put the terminal back without waiting for anything still to be drawn; fit for a signal handler."""
        self._outlet.shut = True
        with suppress(termios.error, OSError):
            if self.attrs_before is not None:
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
            os.write(self._outlet.fileno(), RESTORED.encode())

    def write(self, data: str) -> None:
        super().write(thrifty(data))

    def process_message(self, message: Message) -> None:
        # SIGWINCH tells of every change of size. What claims to be one among the keys was not asked for.
        if not isinstance(message, events.Resize | InBandWindowResize):
            super().process_message(message)

    def send_message(self, message: Message) -> None:
        super().send_message(message)
        self._sent += 1
        if self._sent % KEYS_AT_ONCE == 0:
            self._let_app_catch_up()

    def _let_app_catch_up(self) -> None:
        """Wait for the app: it draws nothing while keys wait, so a flood of them is let in bit by bit."""
        while not self.exit_event.is_set():
            its_turn = threading.Event()
            self._loop.call_soon_threadsafe(its_turn.set)
            its_turn.wait(0.1)
            if self._app.message_queue_size < KEYS_AT_ONCE:
                return
            self.exit_event.wait(0.005)

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except Exception as error:
            self._app.call_later(self._app._handle_exception, error)

    def run_input_thread(self) -> None:
        keyboard = Keyboard(cut=self._say_cut)
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(keyboard.patience):
                    for message in keyboard.feed(self._read()):
                        self.process_message(message)
                for message in keyboard.tick():
                    self.process_message(message)

    def _read(self) -> bytes:
        with suppress(OSError):
            if data := os.read(self.fileno, 4096):
                return data
        os._exit(VANISHED)

    def _say_cut(self) -> None:
        self._app.notify(f"Only the first {LONGEST_PASTE:,} characters were pasted.", severity="warning")

    def _get_terminal_size(self) -> tuple[int, int]:
        try:
            columns, rows = os.get_terminal_size(self._outlet.fileno())
        except OSError:
            columns, rows = 0, 0
        return min(columns or 80, LARGEST[0]), min(rows or 24, LARGEST[1])

    def _query_in_band_window_resize(self) -> None:
        """Not asked for: see `process_message`."""


class Outlet:
    """The terminal's output in UTF-8; once shut, nothing more is drawn."""

    def __init__(self, descriptor: int) -> None:
        self._file = open(descriptor, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
        self.shut = False

    def write(self, text: str) -> None:
        if not self.shut:
            self._to_terminal(self._file.write, text)

    def flush(self) -> None:
        if not self.shut:
            self._to_terminal(self._file.flush)

    def fileno(self) -> int:
        return self._file.fileno()

    def _to_terminal(self, write: Callable[..., object], *text: str) -> None:
        try:
            write(*text)
        except OSError:
            os._exit(VANISHED)


class Keyboard:
    """What the terminal sends, as Textual's messages: keys, the mouse, pastes.

    Bytes that are no UTF-8 become U+FFFD; what the parser can not hold is dropped. A paste is kept away from
    it, so nothing pasted is ever a key; it loses its control characters, and all beyond 100,000 characters.
    """

    def __init__(self, cut: Callable[[], None], clock: Callable[[], float] = get_time) -> None:
        self._cut = cut
        self._clock = clock
        self._heard = clock()
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._parser = _Parser()
        self._typed = ""
        """The end of what the parser got: a paste may begin in one read and be recognised in the next."""
        self._paste: _Paste | None = None

    @property
    def patience(self) -> float:
        """Seconds to wait for bytes before `tick` may have something to say: that an escape was just that."""
        due = self._parser._timeout_time
        return 0.1 if due is None else min(max(due - get_time(), 0.0), 0.1)

    def feed(self, data: bytes) -> Iterator[Message]:
        self._heard = self._clock()
        text: str | None = self._decode(data)
        while text:
            if self._paste is None:
                text = yield from self._until_paste(text)
            elif (text := self._paste.add(text)) is not None:
                yield self._pasted(self._paste)

    def tick(self) -> Iterator[Message]:
        """What follows from nothing having come."""
        if self._paste is not None and self._clock() - self._heard > UNENDED_PASTE:
            yield self._pasted(self._paste)
        yield from self._parser.tick()

    def _until_paste(self, text: str) -> Generator[Message, None, str]:
        known = self._typed + text
        begins = known.find(BRACKETED_PASTE_START)
        if begins < 0:
            self._typed = known[1 - len(BRACKETED_PASTE_START) :]
            yield from self._parsed(text)
            return ""
        rest = begins + len(BRACKETED_PASTE_START) - len(self._typed)
        yield from self._parsed(text[:rest])
        # The parser waits for the end of a paste now: it gets one, and its empty paste is nobody's.
        list(self._parsed(BRACKETED_PASTE_END))
        self._typed, self._paste = "", _Paste()
        return text[rest:]

    def _parsed(self, text: str) -> Iterator[Message]:
        try:
            yield from self._parser.feed(text)
        except Exception:  # whatever it was, it is not worth a session; the rest of this read goes with it
            self._parser = _Parser()

    def _pasted(self, paste: "_Paste") -> Message:
        self._paste = None
        if paste.cut:
            self._cut()
        return events.Paste(_NOT_FOR_PASTE.sub("", paste.text.replace("\r\n", "\n").replace("\r", "\n")))


class _Parser(XTermParser):
    """Textual's parser, unbroken by numbers that no terminal sends."""

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        try:
            return list(super()._sequence_to_key_events(sequence, alt))
        except (ValueError, OverflowError):  # the number of a character that there is not
            return [events.Key(Keys.Ignore, sequence)]

    def parse_mouse_code(self, code: str) -> Message | None:
        self.mouse_pixels = False  # nobody asked for pixels; a size of 0 would be divided by
        return super().parse_mouse_code(code)


class _Paste:
    """A paste that has begun and not ended."""

    def __init__(self) -> None:
        self.text = ""
        self.cut = False
        self._end = ""
        """The last characters that came: perhaps the beginning of the mark that ends a paste."""

    def add(self, text: str) -> str | None:
        """Take more of what comes; once the paste has ended, what came after it."""
        known = self._end + text
        ends = known.find(BRACKETED_PASTE_END)
        upto = ends if ends >= 0 else max(len(known) - len(BRACKETED_PASTE_END) + 1, 0)
        room = LONGEST_PASTE - len(self.text)
        self.cut = self.cut or upto > room
        self.text += known[: min(upto, room)]
        self._end = known[upto:]
        return known[ends + len(BRACKETED_PASTE_END) :] if ends >= 0 else None


def record_incident(error: BaseException) -> str:
    """Keep what is known of an unexpected error; the one line to say about it."""
    if isinstance(error, WorkerFailed):
        error = error.error
    return incidents.record(error, _as_textual_tells(error))


def _as_textual_tells(error: BaseException) -> str:
    """What some errors, such as those in a stylesheet, say to a rich console only."""
    if not hasattr(error, "__rich__"):
        return ""
    console = Console(file=io.StringIO(), width=110, color_system=None)
    with suppress(Exception), console.capture() as printed:
        console.print(error)
    return printed.get()
