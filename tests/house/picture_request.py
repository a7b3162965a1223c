"""The way of a request: an application with every kind of hook is asked three times, and its calls are watched.

The methods are seen by a profile function, the hooks, signals and views note themselves. Nothing here says in
which order they come; a change in `app.py` changes the picture.
"""

from __future__ import annotations

import sys
from typing import Any, Optional

import minflask
from minflask import signals

from .drawing import Drawing, width_of

PITCH, TOP, LEFT, STEP, GAP = 19, 62, 20, 16, 44
# The modules whose methods are steps -> which of them; None for all that are public.
WATCHED: dict[str, Optional[tuple[str, ...]]] = {
    "app": None, "ctx": None, "sessions": ("open_session", "save_session"), "http.response": ("__call__",)}
NO_STEPS = ("ensure_sync", "__init__")  # asked before each function of yours; and what only makes an object
COLUMNS = (("a view answers", "/notes"), ("a hook answers first", "/closed"), ("a view raises", "/broken"))
SIGNALS = ("request_started", "request_finished", "got_request_exception", "request_tearing_down",
           "appcontext_tearing_down", "appcontext_pushed", "appcontext_popped")

Step = tuple[int, str, str]  # depth, what, kind


class Watch:
    """Notes the steps of one request, and how deep each is called."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._open: list[Any] = []

    def note(self, what: str, kind: str = "yours") -> None:
        """Write a step down."""
        self.steps.append((len(self._open), what, kind))

    def profile(self, frame: Any, event: str, argument: Any) -> None:
        """What Python calls for every call and return."""
        if event == "return" and self._open and self._open[-1] is frame:
            self._open.pop()
        elif event == "call":
            name = self._method(frame)
            if name:
                self.note(name, "method")
                self._open.append(frame)

    def _method(self, frame: Any) -> str:
        """Return the name of a method that is a step, else nothing."""
        module = frame.f_globals.get("__name__", "").partition(minflask.__name__ + ".")[2]
        name, owner = frame.f_code.co_name, frame.f_locals.get("self")
        names = WATCHED.get(module, ())
        public = name == "__call__" or name[:1] not in "_<"
        if owner is None or name in NO_STEPS or not public or (names is not None and name not in names):
            return ""
        if isinstance(getattr(type(owner), name, None), property):
            return ""
        return name if isinstance(owner, minflask.Flask) else f"{type(owner).__name__}.{name}"


def application(watch: Watch) -> minflask.Flask:
    """Return an application with a blueprint, and hooks of each kind on both."""
    app = minflask.Flask("guestbook")
    app.secret_key, app.logger.disabled = "only for this picture", True
    notes = minflask.Blueprint("notes", "notes")
    for owner, name in ((app, "the app's"), (notes, "the blueprint's")):
        add_hooks(owner, name, watch)
    app.teardown_appcontext(lambda error: watch.note("teardown_appcontext"))

    @notes.before_request
    def closed() -> Any:
        return "closed" if minflask.request.path == "/closed" else None

    @notes.route("/notes")
    @notes.route("/closed")
    @notes.route("/broken")
    def show() -> str:
        watch.note("the view")
        minflask.session["seen"] = True
        if minflask.request.path == "/broken":
            raise LookupError("no such note")
        return "Hello from Ada"
    app.register_blueprint(notes)
    app.register_error_handler(500, lambda error: watch.note("errorhandler(500)") or ("sorry", 500))
    return app


def add_hooks(owner: Any, name: str, watch: Watch) -> None:
    """Register a hook of each kind that notes itself."""
    owner.url_value_preprocessor(lambda endpoint, values: watch.note(f"{name} url_value_preprocessor"))
    owner.before_request(lambda: watch.note(f"{name} before_request"))
    owner.after_request(lambda response: watch.note(f"{name} after_request") or response)
    owner.teardown_request(lambda error: watch.note(f"{name} teardown_request"))


def observed(path: str) -> list[Step]:
    """Send one request as a server does, and return what was seen."""
    from minflask.http.builder import EnvironBuilder

    watch = Watch()
    app = application(watch)
    receivers = [(getattr(signals, name), lambda sender, name=name, **more: watch.note(name, "signal"))
                 for name in SIGNALS]
    for signal, receiver in receivers:
        signal.connect(receiver, app)
    environ, before = EnvironBuilder(path).get_environ(), sys.getprofile()
    sys.setprofile(watch.profile)
    try:
        app(environ, lambda *args: None)
    finally:
        sys.setprofile(before)
        for signal, receiver in receivers:
            signal.disconnect(receiver, app)
    return watch.steps


def draw() -> str:
    """Return the picture."""
    columns = [(title, observed(path)) for title, path in COLUMNS]
    widths = [max(width_of(what) + 14 + STEP * depth for depth, what, _ in steps) for _, steps in columns]
    drawing = Drawing(2 * LEFT + sum(widths) + GAP * (len(columns) - 1),
                      TOP + PITCH * max(len(steps) for _, steps in columns) + 40,
                      "The calls of a request from above to below, three times; what a method calls stands below it,"
                      " and further to the right")
    x = LEFT
    for (title, steps), width in zip(columns, widths):
        drawing.box(x, 14, width, 26, title)
        for row, (depth, what, kind) in enumerate(steps):
            draw_step(drawing, x + STEP * depth, TOP + PITCH * row, what, kind)
        for depth, first, last in spans(steps):
            left = x + STEP * depth + 5
            drawing.line([(left, TOP + PITCH * first + 8), (left, TOP + PITCH * last + 2)])
        x += width + GAP
    drawing.text(LEFT, drawing.height - 14, "in a box: functions of yours     in grey: signals     the rest: methods of"
                 " the framework", soft=True)
    return drawing.svg()


def draw_step(drawing: Drawing, x: int, y: int, what: str, kind: str) -> None:
    """Draw one line."""
    if kind == "yours":
        drawing.box(x, y - 11, width_of(what) + 10, 16)
    drawing.text(x + 5 * (kind == "yours"), y + 1, what, soft=kind == "signal")


def spans(steps: list[Step]) -> list[tuple[int, int, int]]:
    """Return (depth, row, last row called from it) of each step that calls others."""
    found = []
    for row, (depth, _, _) in enumerate(steps):
        last = row
        while last + 1 < len(steps) and steps[last + 1][0] > depth:
            last += 1
        if last > row:
            found.append((depth, row, last))
    return found
