"""What is asked back before a step: a reason in words, or a yes. It takes no step itself and hides nothing else."""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from port_ros.free_text import CHARACTERS_MAX

Decided = Callable[[str], None]


class Dialogue(Vertical):
    """A row or two above the keys, shown while something is asked. `ask_…` opens it, `close` closes it."""

    DEFAULT_CSS = """
    Dialogue { height: auto; display: none; background: #40404a; }
    Dialogue.open { display: block; }
    Dialogue Static { height: 1; text-style: bold; }
    Dialogue Input { border: none; padding: 0 1; height: 1; background: #202028; }
    Dialogue Input:focus { border: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._prompt, self._input = Static(markup=False), Input(max_length=CHARACTERS_MAX)
        self._decided: Decided | None = None
        self._types = False

    def compose(self) -> ComposeResult:
        """Its widgets."""
        yield self._prompt
        yield self._input

    @property
    def is_open(self) -> bool:
        """Whether something is asked now."""
        return self._decided is not None

    @property
    def rows(self) -> int:
        """How many it takes of the terminal now."""
        return 1 + self._types if self.is_open else 0

    @property
    def keys(self) -> list[tuple[str, str]]:
        """Those that it takes now, with what each does; none while it is closed."""
        if not self.is_open:
            return []
        return [("Enter", "yes"), ("Esc", "leave it")] if self._types else [("y", "yes"), ("n", "leave it")]

    def ask_reason(self, prompt: str, decided: Decided) -> None:
        """Ask for a text that is not empty; `decided` gets it."""
        self._open(prompt, decided, types=True)
        self._input.focus()

    def ask_yes(self, prompt: str, decided: Decided) -> None:
        """Ask for a yes."""
        self._open(prompt, decided, types=False)

    def _open(self, prompt: str, decided: Decided, types: bool) -> None:
        self._decided, self._types = decided, types
        self._input.value, self._input.display = "", types
        self._prompt.update(f" {prompt}")
        self.add_class("open")

    def close(self) -> None:
        """Ask nothing any more."""
        self._decided = None
        self.remove_class("open")
        self.screen.set_focus(None)

    def yes(self) -> None:
        """A yes to what is asked; nothing where a text is."""
        if not self._types:
            self._end("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The text is complete; an empty one is none."""
        event.stop()
        if text := event.value.strip():
            self._end(text)

    def _end(self, text: str) -> None:
        decided = self._decided
        self.close()
        if decided is not None:
            decided(text)
