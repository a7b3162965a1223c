"""The life of contexts: one request is served and watched, with a streamed answer and a thread that its view starts.

At each step a hook notes which contexts are active in its thread. Nothing here
says which these are; a change in `ctx.py` changes the picture.
"""

from __future__ import annotations

import threading
from contextvars import Context
from typing import Any, Iterator, Optional

import minflask
from minflask.globals import _current

from .drawing import Drawing, width_of

SERVER, VIEWS = "server's thread", "thread of the view"
LANES = [(thread, kind) for thread in (SERVER, VIEWS) for kind in ("request context", "application context")]
PITCH, TOP, LEFT, WIDTH = 22, 84, 20, 160

Active = tuple[Optional[int], Optional[int]]  # the numbers of the request context and of the application context


class Watch:
    """Notes steps, each with the contexts that are active in the thread that comes here."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, str, Active]] = []
        self._seen: tuple[list[Any], list[Any]] = ([], [])
        self._server = threading.current_thread()

    def note(self, what: str) -> None:
        """Write a step down."""
        thread = SERVER if threading.current_thread() is self._server else VIEWS
        top = _current.get()
        both = (None, None) if top is None else (top.request_ctx, top.app_ctx)
        request, app = [self._number(seen, ctx) for seen, ctx in zip(self._seen, both)]
        self.steps.append((thread, what, (request, app)))

    @staticmethod
    def _number(seen: list[Any], ctx: Any) -> Optional[int]:
        if ctx is None:
            return None
        if not any(one is ctx for one in seen):
            seen.append(ctx)
        return 1 + next(number for number, one in enumerate(seen) if one is ctx)


def application(watch: Watch) -> minflask.Flask:
    """Return an application that notes its steps."""
    app = minflask.Flask("guestbook")
    for name in ("before_request", "teardown_request", "teardown_appcontext"):
        getattr(app, name)(lambda *error, name=name: watch.note(name))
    app.after_request(lambda response: watch.note("after_request") or response)

    @app.route("/")
    def index() -> Any:
        watch.note("the view begins, and starts a thread")

        @minflask.copy_current_request_context
        def mail() -> None:
            watch.note("copy_current_request_context(mail)")

        def run() -> None:
            watch.note("the thread begins")
            mail()
            watch.note("the thread ends")

        # In an empty contextvars.Context, as threads are; those of free-threaded Pythons would inherit.
        thread = threading.Thread(target=Context().run, args=[run])
        thread.start()
        thread.join()
        watch.note("the view returns a stream")
        return app.response_class(minflask.stream_with_context(notes(watch)))
    return app


def notes(watch: Watch) -> Iterator[str]:
    """Yield the body, as a view does that streams."""
    for number in (1, 2):
        watch.note(f"the body makes item {number}")
        yield f"note {number}\n"


def observed() -> list[tuple[str, str, Active]]:
    """Serve one request as a server does, and return what was seen."""
    from minflask.http.builder import EnvironBuilder

    watch = Watch()
    app = application(watch)
    watch.note("the server calls the application")
    body = app(EnvironBuilder("/").get_environ(), lambda status, headers, exc_info=None: lambda data: None)
    watch.note("the application has returned")
    for number, _ in enumerate(body, 1):
        watch.note(f"the server sends item {number}")
    watch.note("the stream has ended")
    body.close()  # type: ignore[attr-defined]
    watch.note("the server has closed the body")
    return watch.steps


def spans(steps: list[tuple[str, str, Active]]) -> Iterator[tuple[int, int, int, int]]:
    """Yield (lane, number of the context, first row, last row); what a thread has lasts until its next step."""
    for lane, (thread, _) in enumerate(LANES):
        current, first = None, 0
        for row, (here, _, active) in enumerate([*steps, (thread, "", (None, None))]):
            if here == thread and active[lane % 2] != current:
                if current is not None:
                    yield lane, current, first, row - 1
                current, first = active[lane % 2], row


def draw() -> str:
    """Return the picture."""
    steps = observed()
    text = max(width_of(what) for _, what, _ in steps) + LEFT + 24
    drawing = Drawing(text + WIDTH * len(LANES) + LEFT, TOP + PITCH * len(steps) + 16,
                      "The steps of one request from above to below, and the contexts that are active at each")
    for lane, (thread, kind) in enumerate(LANES):
        x = text + WIDTH * lane
        if not lane % 2:
            drawing.box(x, 14, 2 * WIDTH - 12, 26, thread)
        drawing.text(x + (WIDTH - 12) // 2, 62, kind, anchor="middle", soft=True)
    for row, (thread, what, _) in enumerate(steps):
        y, end = TOP + PITCH * row + PITCH // 2, text + WIDTH * (1 if thread == SERVER else 3)
        drawing.line([(LEFT + width_of(what) + 4, y), (end, y)], dashed=True)
        drawing.text(LEFT, y + 4, what)
    for lane, number, first, last in spans(steps):
        height = PITCH * (last - first + 1) - 2
        drawing.box(text + WIDTH * lane, TOP + PITCH * first + 1, WIDTH - 12, height, str(number))
    return drawing.svg()
