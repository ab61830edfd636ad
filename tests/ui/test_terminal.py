"""The app in a real pseudo-terminal: nothing hostile gets out or breaks in, and it ends as it should."""

import fcntl
import os
import random
import re
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.app import App
from textual.message import Message

from salesboard.ui.safe_app import SafeApp
from salesboard.ui.terminal import LONGEST_PASTE, Keyboard
from tests.terminal import Terminal, clean_environment
from tests.ui.small_apps import HOSTILE, MARK, SECRET

CHECKOUT = str(Path(__file__).parents[2])
Start = Callable[..., Terminal]

RESTORED = [b"\x1b[?1049l", b"\x1b[?1003l", b"\x1b[?25h", b"\x1b[?2004l", b"\x1b[?1004l", b"\x1b[<u"]
PASTE, PASTED = b"\x1b[200~", b"\x1b[201~"

# What Textual itself writes; a hostile sequence is told apart by the number in it.
_OWN_SEQUENCE = re.compile(rb"\x1b\[[0-9;?<>=$]*[a-zA-Z]|\x1b\]22;[a-z-]+\x07|\r\n")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def program(name: str, *more: str) -> list[str]:
    return [sys.executable, "-m", "tests.ui.small_apps", name, *more]


@pytest.fixture
def start(terminal: Start) -> Start:
    """Starts one of the small apps and waits until it shows."""

    def started(name: str, *more: str, wanted: Any = "ready", **options: Any) -> Terminal:
        shown = terminal(program(name, *more), cwd=CHECKOUT, **options)
        shown.wait_for(wanted)
        return shown

    return started


@contextmanager
def bare_terminal(*argv: str) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """A program and the other end of its terminal, read up to its first `ready` and then left alone."""
    ours, theirs = os.openpty()

    def take_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    streams = dict.fromkeys(("stdin", "stdout", "stderr"), theirs)
    own: dict[str, Any] = {
        "cwd": CHECKOUT,
        "env": clean_environment(),
        "start_new_session": True,
        "preexec_fn": take_terminal,
    }
    process = subprocess.Popen(argv, **streams, **own)
    os.close(theirs)
    try:
        seen = b""
        while b"ready" not in seen:
            seen += os.read(ours, 1 << 16)
        yield process, ours
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def leaks(output: bytes) -> list[str]:
    """The control characters in what was drawn that are none of Textual's own."""
    others = _OWN_SEQUENCE.sub(lambda found: found[0] if MARK.encode() in found[0] else b"", output)
    return _CONTROL.findall(others.decode("utf-8", "replace"))


def ends_within(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def drawn_by_the_gallery(start: Start, *more: str) -> bytes:
    shown = start("gallery", *more, wanted=lambda shown: shown.total > 50_000, columns=200, rows=110)
    shown.wait_until_quiet(0.3)
    return shown.bytes_since()


def test_no_hostile_text_reaches_the_terminal_from_any_widget(start: Start) -> None:
    assert len(HOSTILE) >= 40
    drawn = drawn_by_the_gallery(start)
    assert leaks(drawn) == []
    assert drawn.count("␛[".encode()) > 50, "it is shown, not swallowed"


def test_textual_alone_would_let_it_through(start: Start) -> None:
    assert {"\x1b", "\x00", "\x7f", "\x9b", "\u202e", "\r"} < set(leaks(drawn_by_the_gallery(start, "plain")))


def test_hostile_text_moves_nothing_on_its_line(start: Start) -> None:
    shown = start("lines", wanted="┃", columns=40, rows=60)
    shown.wait_until_quiet(0.2)
    lines = shown.lines()[: len(HOSTILE)]
    assert {line.index("┃") for line in lines} == {20}
    assert [lines[0], lines[6]] == ["␛[31;7731m          ┃", "␛]0;7731␇           ┃"]


IGNORING_HANG_UPS = ["/bin/sh", "-c", 'trap "" HUP; exec "$@"', "sh"]


@pytest.mark.parametrize("parent", [[], IGNORING_HANG_UPS], ids=["hang-up", "ignored"])
def test_the_process_ends_with_its_terminal(parent: list[str], home: Path) -> None:
    with bare_terminal(*parent, *program("counter")) as (process, terminal):
        os.dup2(os.open(os.devnull, os.O_RDWR), terminal)
        assert ends_within(process, 1.0)


def test_textual_alone_would_live_on_without_a_terminal(home: Path) -> None:
    with bare_terminal(*IGNORING_HANG_UPS, *program("counter", "plain")) as (process, terminal):
        os.dup2(os.open(os.devnull, os.O_RDWR), terminal)
        assert not ends_within(process, 1.0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_a_signal_puts_the_terminal_back(number: signal.Signals, start: Start) -> None:
    shown = start("counter")
    mark = shown.total
    os.kill(shown.pid, number)
    assert shown.wait_for_exit(2.5) == 128 + number
    after = shown.bytes_since(mark)
    assert [wanted for wanted in RESTORED if wanted not in after] == []


def test_a_signal_is_heard_while_the_terminal_takes_no_output(home: Path) -> None:
    with bare_terminal(*program("counter")) as (process, terminal):
        cooked = termios.tcgetattr(terminal)[3] | termios.ICANON | termios.ECHO
        assert not termios.tcgetattr(terminal)[3] & termios.ICANON
        os.write(terminal, b"f")
        stalled = time.monotonic() + 0.2
        while time.monotonic() < stalled:
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert ends_within(process, 2.5)
        assert process.returncode == 128 + signal.SIGTERM
        assert termios.tcgetattr(terminal)[3] & cooked == cooked


def test_a_terminal_that_can_not_draw_is_refused(terminal: Start) -> None:
    shown = terminal(program("counter"), cwd=CHECKOUT, environment=clean_environment(TERM="dumb"))
    assert shown.wait_for_exit() == 2
    assert shown.bytes_since().strip().startswith(b"salesboard: needs a terminal")


def test_without_a_terminal_one_line_says_so(home: Path) -> None:
    own: dict[str, Any] = {"cwd": CHECKOUT, "env": clean_environment(), "capture_output": True}
    done = subprocess.run(program("counter"), stdin=subprocess.DEVNULL, **own)
    assert (done.returncode, done.stdout) == (2, b"")
    assert re.fullmatch(rb"salesboard: needs a terminal: .*ssh -t.*\n", done.stderr)


@pytest.mark.parametrize("key", ["h", "w", "t", "r", "m", "b"])
def test_a_crash_tells_no_secret(key: str, start: Start, home: Path) -> None:
    shown = start("crash")
    mark = shown.total
    shown.keys(key)
    code = shown.wait_for_exit()
    after = shown.bytes_since(mark)
    assert SECRET.encode() not in after
    assert [wanted for wanted in RESTORED if wanted not in after] == []
    reports = list((home / "log").iterdir())
    if key == "b":  # nobody waited for what went wrong: it is kept, and the app went its way
        assert (code, len(reports)) == (0, 2)
        assert b"Incident" not in after
    else:
        assert (code, len(reports)) == (1, 1)
        said = re.findall(rb"Incident ([0-9a-f]{8})", after)
        assert reports[0].name == f"incident-{said[0].decode()}.log"
    for report in reports:
        assert report.stat().st_mode & 0o777 == 0o600
        assert "small_apps.py" in report.read_text()
        assert f"ada:{SECRET}@" not in report.read_text()


def test_textual_alone_would_tell_it(start: Start) -> None:
    shown = start("crash", "plain")
    shown.keys("h")
    shown.wait_for_exit()
    assert SECRET.encode() in shown.bytes_since()


def test_the_app_s_exit_code_and_last_words(start: Start) -> None:
    shown = start("counter")
    shown.keys("g")
    assert shown.wait_for_exit() == 7
    assert "bye ␛[31m[/bold]" in shown.text()


def hostile_input() -> Iterator[bytes]:
    yield b"\xe9t\xe9 \xff\xfe\xc3"
    yield b"\x1b[1114112;1u\x1b[99999999999;1u\x1b[1;1;1114112u\x1b[;;u"
    yield b"\x1b[48;99999;99999;99999;99999t\x1b[48;0;0;0;0t\x1b[<0;5;5M\x1b[<0;5;5m"
    yield b"\x1b[<0;99999999999999999999;1M\x1b[<35;-1;-1M\x1b[M\xff\xff\xff\x1b[<99;500;500M\x1b[<64;1;1M"
    yield b"\x1b]52;c;" + b"A" * 100 + b"\x1bP" + b"q" * 100 + b"\x1b[?2048;2$y\x1b[?2026;9$y\x1b[999;999R"
    yield b"\x00\x00\x1b\x1b\x1b[[[[\x1b[\x1bO\x1b[I\x1b[O\x1a\x1c\x04\x03"
    chance = random.Random(20)
    parts = b"\x1b \x1b[ \x1b[< \x1bO \x1b] 200~ M t u ; 1 99999 \xc3 \x00".split(b" ")
    for _ in range(6):
        noise = b"".join(chance.choice(parts) for _ in range(40)) + chance.randbytes(40)
        yield noise.replace(PASTE, b"").replace(b"\x11", b"").replace(b"g", b"").replace(b"f", b"")


def test_hostile_input_does_not_end_it_nor_stop_it(start: Start) -> None:
    shown = start("counter")
    for noise in hostile_input():
        shown.send(noise + PASTED)
        shown.keys("\x1b[24~")
        shown.wait_for("last=f12", timeout=5)
        shown.keys("z")
        shown.wait_for("last=z", timeout=5)
    assert "size=80x24" in shown.text()


def test_a_terminal_may_be_of_any_size(start: Start) -> None:
    shown = start("counter")
    for columns, rows, drawn in [(1, 1, b""), (600, 300, b"size=500x200"), (60, 16, b"size=60x16")]:
        shown.resize(columns, rows)
        shown.keys("z")
        shown.wait_for(lambda shown, drawn=drawn: drawn in shown.bytes_since())


def test_an_idle_app_writes_nothing(start: Start) -> None:
    shown = start("counter")
    shown.wait_until_quiet(0.3)
    mark = shown.total
    assert not shown.read(1.0)
    shown.keys("z")
    shown.wait_for("keys=1 ")
    assert shown.total > mark, "a key press is seen"


def test_no_key_of_many_is_lost_and_drawing_goes_on(start: Start) -> None:
    shown = start("counter")
    pieces = len(shown.received)
    shown.keys("z" * 2000)
    shown.wait_for("keys=2000 ")
    drawn = [instant for instant, _ in shown.received[pieces:]]
    assert len(drawn) > 10
    assert max(later - earlier for earlier, later in pairwise(drawn)) < 1


def test_it_can_not_be_put_to_sleep_and_wakes_as_it_was(start: Start) -> None:
    shown = start("counter")
    shown.keys("\x1a")
    shown.wait_for("last=ctrl+z")
    for number in (signal.SIGTSTP, signal.SIGSTOP, signal.SIGCONT):
        os.kill(shown.pid, number)
    shown.keys("z")
    shown.wait_for("keys=2 ")
    mark = shown.total
    shown.keys("g")
    assert shown.wait_for_exit() == 7
    assert shown.bytes_since(mark).count(b"\x1b[?1049l") == 1


def test_a_paste_presses_no_keys_and_is_cut(start: Start) -> None:
    shown = start("counter")
    shown.send(PASTE + b"one\x1bq\rD\x00\xc2\x9b two" + PASTED)
    shown.wait_for("keys=0 pasted=10 last='oneq\\nD two'")
    shown.send(PASTE + b"x" * (LONGEST_PASTE + 5000) + PASTED)
    shown.wait_for(f"keys=0 pasted={LONGEST_PASTE + 10} ")
    shown.wait_for("Only the first 100,000 characters")


def test_over_ssh_nothing_moves_by_itself(start: Start) -> None:
    shown = start("counter", environment=clean_environment(SSH_CONNECTION="192.0.2.1 1 192.0.2.2 22"))
    shown.keys("z")
    shown.wait_for("animation=none")
    # The bytes of one key, as far apart as a slow link may bring them.
    for byte in b"\x1b[1;2D":
        shown.send(bytes([byte]))
        shown.read(0.12)
    shown.wait_for("last=shift+left")


@pytest.mark.parametrize(
    ("settings", "used", "not_used"),
    [
        ({"COLORTERM": "", "TERM": "xterm-256color"}, rb"8;5;\d+m", rb"8;2;"),
        ({"COLORTERM": "", "TERM": "xterm"}, rb"\x1b\[[0-9;]*4[0-7]m", rb"8;[25];"),
        ({"NO_COLOR": ""}, rb"8;2;(\d+);\1;\1m", rb"8;2;(\d+);(?!\1;\1m)"),
    ],
    ids=["256", "16", "none"],
)
def test_it_runs_with_fewer_colours(
    settings: dict[str, str], used: bytes, not_used: bytes, start: Start
) -> None:
    drawn = start("lines", wanted="┃", environment=clean_environment(**settings)).bytes_since()
    assert re.search(used, drawn)
    assert not re.search(not_used, drawn)


def heard(*pieces: bytes) -> list[Message]:
    keyboard = Keyboard(cut=lambda: None)
    return [message for piece in pieces for message in keyboard.feed(piece)]


def told(messages: list[Message]) -> list[str]:
    return [getattr(message, "key", type(message).__name__) for message in messages]


@pytest.mark.parametrize("cut", range(1, 20))
def test_a_paste_is_recognised_wherever_the_network_cuts_it(cut: int) -> None:
    sent = b"a" + PASTE + "h\u00e4\x1b[A".encode() + PASTED + b"b"
    messages = heard(sent[:cut], sent[cut:])
    assert told(messages) == ["a", "Paste", "b"]
    assert [message.text for message in messages if isinstance(message, events.Paste)] == ["h\u00e4[A"]


def test_a_paste_that_never_ends_is_delivered_after_a_while() -> None:
    moment = 100.0
    keyboard = Keyboard(cut=lambda: None, clock=lambda: moment)
    assert list(keyboard.feed(PASTE + b"never\x1b[20")) == []
    moment += 4.9
    assert list(keyboard.tick()) == []
    moment += 0.2
    assert told(list(keyboard.tick())) == ["Paste"]
    assert told(list(keyboard.feed(b"a"))) == ["a"]


def test_what_the_parser_can_not_hold_costs_nothing_else() -> None:
    sent = b"a\x1b[1114112;1ub\x1b[48;0;0;0;0t\x1b[<0;5;5Mc"
    assert told(heard(sent)) == ["a", "b", "Resize", "MouseDown", "c"]


def refusals(app: SafeApp) -> Iterator[Callable[[], Any]]:
    yield lambda: app.run_action("app.simulate_key('q')")
    yield lambda: app.run_action("app.screenshot('taken.svg', '.')")
    yield lambda: app.run_action("app.suspend_process")
    yield lambda: app.save_screenshot("taken.svg")
    yield lambda: app.deliver_screenshot("taken.svg", ".")
    yield lambda: app.deliver_text("/etc/hostname", save_directory=".", save_filename="taken.txt")
    yield lambda: app.deliver_binary("/etc/hostname", save_directory=".", save_filename="taken.txt")
    yield lambda: app.open_url("http://localhost/taken")


async def test_built_in_commands_touch_no_file_browser_or_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    app = SafeApp()
    async with app.run_test(notifications=True) as pilot:
        for call in refusals(app):
            done = call()
            if hasattr(done, "__await__"):
                await done
        await pilot.pause()
        assert len(app._notifications) == 8
        assert {command.title for command in app.get_system_commands(app.screen)} == {"Keys", "Quit", "Theme"}
    assert sorted(tmp_path.rglob("*")) == before
    assert opened == []


async def test_textual_alone_would_write_the_file(tmp_path: Path) -> None:
    app = App[None]()
    async with app.run_test():
        app.save_screenshot("taken.svg", str(tmp_path))
    assert (tmp_path / "taken.svg").exists()


async def test_toasts_are_never_markup() -> None:
    app = SafeApp()
    async with app.run_test(notifications=True) as pilot:
        app.notify("[/bold] [@click=app.quit]x[/] \x1b[2J", title="[/]", markup=True)
        await pilot.pause()
        (toast,) = app._notifications
        assert (toast.message, toast.markup) == ("[/bold] [@click=app.quit]x[/] \u241b[2J", False)
