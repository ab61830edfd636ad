"""Small apps that the tests of the terminal start in one: `python -m tests.ui.small_apps NAME [plain]`.

With `plain` it is the same app on Textual's own App: the control that shows what the tests would see.
"""

import asyncio
import sys
import threading
from typing import Any

from rich.cells import cell_len
from rich.segment import Segment
from rich.text import Text
from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Key, Paste
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from salesboard.errors import SalesboardError
from salesboard.ui import terminal
from salesboard.ui.safe_app import SafeApp

SECRET = "hunter2-planted"
MARK = "7731"
HOSTILE = [
    *(f"\x1b[{csi.format(MARK)}" for csi in ("31;{}m", "{}J", "{}H", "?{}h", ">{}u", "0;{}t")),
    *(f"\x1b]{code};{MARK}{end}" for code in (0, 2, 7, 8, 22, 52, 1337) for end in ("\x07", "\x1b\\")),
    *(f"\x1b{kind}{MARK}\x1b\\" for kind in "P_^X"),
    f"\x1b{MARK}",
    f"\x1bc{MARK}",
    f"\x9b{MARK}m",
    f"\x9d0;{MARK}\x9c",
    f"\x90{MARK}\x9c",
    *(f"a{control}{MARK}" for control in "\x00\x05\x07\x08\x0b\x0c\x0e\x0f\r\x18\x1a\x7f\x84\x85"),
    *(f"{control}{MARK}\u202c" for control in "\u202e\u2066\u200f\u2028\u2029"),
]


class Lines(Widget):
    """Hostile text drawn line by line, as the board draws its cards."""

    def render_line(self, y: int) -> Strip:
        text = HOSTILE[y] if y < len(HOSTILE) else ""
        return Strip([Segment(text), Segment(" " * (20 - cell_len(text))), Segment("┃")])


def gallery(base: type[App[Any]]) -> App[Any]:
    from textual.widgets import Checkbox, DataTable, Input, Label, Log, OptionList, RichLog, TextArea, Tree

    class Gallery(base):  # type: ignore[misc,valid-type]
        CSS = """
        Horizontal { height: 50; }
        Horizontal > * { width: 22; height: 50; border-right: solid red; }
        Checkbox { border: none; }
        """

        def compose(self) -> ComposeResult:
            with Horizontal():
                yield OptionList(*(Content(text) for text in HOSTILE))
                yield DataTable(show_header=False)
                yield Tree("tree")
                yield Log()
                yield RichLog()
                yield Lines()
                yield Vertical(*(Label(Content(text)) for text in HOSTILE[::4]))
                yield Static("\n".join(HOSTILE), markup=False)
            with Horizontal():
                yield Vertical(*(Input(text, compact=True) for text in HOSTILE[::4]))
                yield Vertical(*(Input(placeholder=text, compact=True) for text in HOSTILE[::4]))
                yield TextArea("\n".join(HOSTILE))
                yield Vertical(*(Checkbox(Content(text)) for text in HOSTILE[::4]))
                yield Vertical(*map(self.titled, HOSTILE[1::4]))

        @staticmethod
        def titled(text: str) -> Widget:
            box = Static("")
            box.styles.border = ("solid", "blue")
            box.styles.height = 2
            box.border_title = Content(text)
            return box

        def on_mount(self) -> None:
            table = self.query_one(DataTable)
            table.add_column("text")
            for text in HOSTILE:
                table.add_row(Text(text))
                self.query_one(Tree).root.add_leaf(Text(text))
                self.query_one(Log).write_line(text)
                self.query_one(RichLog).write(Text(text))
            for text in HOSTILE[::4]:
                self.notify(text, title=text, markup=False, timeout=600)
            self.query_one(Tree).root.expand()

    return Gallery()


def lines(base: type[App[Any]]) -> App[Any]:
    class OnlyLines(base):  # type: ignore[misc,valid-type]
        def compose(self) -> ComposeResult:
            yield Lines()

    return OnlyLines()


def counter(base: type[App[Any]]) -> App[Any]:
    class Counter(base):  # type: ignore[misc,valid-type]
        """Counts the keys and pastes it gets; `f` floods the terminal, `g` goes, `e` ends a second later."""

        BINDINGS = [("f", "flood", ""), ("g", "exit", ""), ("e", "end_soon", "")]  # noqa: RUF012
        ENABLE_COMMAND_PALETTE = False
        keys = pasted = 0
        last = ""

        def compose(self) -> ComposeResult:
            yield Static("ready", markup=False)
            yield Static("", id="flood")

        def on_key(self, event: Key) -> None:
            self.keys += 1
            self.say(event.key)

        def on_resize(self) -> None:
            # A key can be quicker than the news of a size that was changed before it.
            if self.last:
                self.say(self.last)

        def on_paste(self, event: Paste) -> None:
            self.pasted += len(event.text)
            self.say(repr(event.text[:20]))

        def say(self, last: str) -> None:
            self.last = last
            width, height = self.size
            text = f"keys={self.keys} pasted={self.pasted} last={last} size={width}x{height} "
            self.query_one(Static).update(text + f"animation={self.animation_level}")

        def action_flood(self) -> None:
            self.set_interval(0.01, self.flood)

        def flood(self) -> None:
            self.keys += 1
            self.query_one("#flood", Static).update("\n".join(f"{self.keys:080}" for _ in range(20)))

        def action_end_soon(self) -> None:
            terminal.end_soon(self, 1.0)

        def action_exit(self) -> None:
            self.exit(return_code=7, message="bye \x1b[31m[/bold]")

    return Counter()


def crash(base: type[App[Any]]) -> App[Any]:
    class Crash(base):  # type: ignore[misc,valid-type]
        """Goes wrong in as many ways as there are keys."""

        def compose(self) -> ComposeResult:
            yield Static("ready")
            yield Fragile()

        def go_wrong(self) -> None:
            secret = SECRET
            raise RuntimeError(f"could not open postgresql://ada:{secret}@db/sales")

        def key_h(self) -> None:
            self.go_wrong()

        def key_w(self) -> None:
            self.run_worker(self.go_wrong, thread=True)

        def key_t(self) -> None:
            self.set_timer(0.01, self.go_wrong)

        def key_r(self) -> None:
            self.query_one(Fragile).broken = True
            self.query_one(Fragile).refresh()

        def key_m(self) -> None:
            self.query_one(Static).update(f"[/{SECRET}]")

        async def key_b(self) -> None:
            """Two that nobody waits for, and the way out."""

            async def alone() -> None:
                self.go_wrong()

            tasks = [asyncio.create_task(alone())]
            await asyncio.wait(tasks)
            thread = threading.Thread(target=self.go_wrong)
            thread.start()
            thread.join()
            self.exit()

    class Fragile(Widget):
        broken = False

        def render_line(self, y: int) -> Strip:
            secret = SECRET
            if self.broken:
                raise ValueError(f"no line for {secret}")
            return Strip([Segment("whole")])

    return Crash()


def main(name: str, plain: bool = False) -> int:
    app = {"gallery": gallery, "lines": lines, "counter": counter, "crash": crash}[name](
        App if plain else SafeApp
    )
    if plain:
        app.run()
        return app.return_code or 0
    try:
        return terminal.run(app)
    except SalesboardError as error:
        print(f"salesboard: {error}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:] == ["plain"]))
