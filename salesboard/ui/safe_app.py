"""An app that shows hostile text as text, and whose built-in commands touch no file, browser or shell."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.app import App, SystemCommand
from textual.color import Color
from textual.driver import Driver
from textual.filter import LineFilter, Monochrome, NoColor
from textual.notifications import SeverityLevel
from textual.screen import Screen

from salesboard.domain.text import visible
from salesboard.ui import theming
from salesboard.ui.plain import SafeFilter
from salesboard.ui.terminal import TerminalDriver, over_ssh, record_incident


class Greys(Monochrome):
    """Textual's greys for NO_COLOR, also for text that has no style at all."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        styled = [segment if segment.style else Segment(segment.text, Style.null()) for segment in segments]
        return super().apply(styled, background)


# One of each for all: a line keeps what a filter made of it, by the filter's identity.
SAFE = SafeFilter()
GREYS = Greys()
NO_COLOUR = NoColor()


class SafeApp(App[None]):
    """The base of the app; `terminal.run` starts it."""

    # Selecting costs a style for each piece of text; terminals select by themselves while Shift is held.
    ALLOW_SELECT = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if over_ssh():
            self.animation_level = "none"

    def get_driver_class(self) -> type[Driver]:
        return TerminalDriver

    def get_line_filters(self) -> Sequence[LineFilter]:
        filters = super().get_line_filters()
        if self.no_color:
            # Textual chooses between these two before it knows which theme it is for.
            kept = (one for one in filters if not isinstance(one, Monochrome | NoColor))
            filters = [*kept, NO_COLOUR if self.native_ansi_color else GREYS]
        return [*filters, SAFE]

    @property
    def _background_screens(self) -> list[Screen[Any]]:
        # Textual counts the screen beneath the one on top as seen, though nothing shows through: each of its
        # changes would paint the one on top anew.
        if self._screen_stack and self.screen.styles.background.a == 1:
            return []
        return super()._background_screens

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theming.variable_defaults(self.current_theme)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        yield SystemCommand("Theme", "Choose other colours", self.action_change_theme)
        yield SystemCommand("Keys", "Show or hide the keys of this screen", self._turn_help_panel)
        yield SystemCommand("Quit", "Leave salesboard", self.action_quit)

    def _turn_help_panel(self) -> None:
        if self.screen.query("HelpPanel"):
            self.action_hide_help_panel()
        else:
            self.action_show_help_panel()

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show a toast; its text is never markup, whatever the caller says."""
        message, title = visible(message, multiline=True), visible(title)
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=False)

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Leave; a message is printed as it is, once the terminal is back."""
        plain = Text(visible(message, multiline=True)) if isinstance(message, str) else message
        super().exit(result, return_code, plain)

    def _handle_exception(self, error: Exception) -> None:
        if self._exception is None:
            self._exit_renderables.insert(0, Text(record_incident(error)))
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()

    def panic(self, *renderables: RenderableType) -> None:
        """Leave after an error that has been recorded; what Textual would print of it stays unprinted."""
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        for line in self._exit_renderables[:1]:
            self.error_console.print(line, soft_wrap=True)
        self._exit_renderables.clear()

    def _refuse(self, *_: object, **__: object) -> None:
        """Say that this is off: it would write a file, open a browser, press a key or stop the process."""
        self.notify("This is switched off.", severity="warning")

    async def action_simulate_key(self, key: str) -> None:
        self._refuse()

    action_suspend_process: Any = _refuse
    action_screenshot: Any = _refuse
    save_screenshot: Any = _refuse
    deliver_screenshot: Any = _refuse
    deliver_text: Any = _refuse
    deliver_binary: Any = _refuse
    open_url: Any = _refuse
