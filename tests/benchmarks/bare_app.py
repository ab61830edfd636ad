"""The least a Textual program can be: the board's start, memory and idling are held against it."""

from textual.app import App, ComposeResult
from textual.widgets import Static

TEXT = "nothing but this line"


class BareApp(App[None]):
    def compose(self) -> ComposeResult:
        yield Static(TEXT)


if __name__ == "__main__":
    BareApp().run()
