"""Measure where the time of each request goes, with the profiler of the standard library."""

from __future__ import annotations

import os
import re
import sys
import time
from cProfile import Profile
from pstats import Stats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import IO, Any

STDOUT: Any = object()  # stands for what sys.stdout is when the middleware is made


class ProfilerMiddleware:
    """Run each request under a profiler, and print or keep what it found.

    The body is built before the first byte is sent, so streamed responses are not streamed.

    :param app: the application to wrap.
    :param stream: where the statistics are printed; None to print none.
    :param sort_by: columns to sort by, see `pstats.Stats.sort_stats`.
    :param restrictions: what to print of them, see `pstats.Stats.print_stats`.
    :param profile_dir: a folder to keep the profile of each request in, for other tools.
    :param filename_format: name of these files: a format of `method`, `path`, `elapsed` (ms) and
        `time` (seconds since 1970), or a function of the environ, in which
        `environ['werkzeug.profiler']` has `elapsed` and `time`.
    """

    def __init__(
        self,
        app: Callable[..., Iterable[bytes]],
        stream: IO[str] | None = STDOUT,
        sort_by: Iterable[str] = ("time", "calls"),
        restrictions: Iterable[str | int | float] = (),
        profile_dir: str | None = None,
        filename_format: str | Callable[[dict[str, Any]], str] = "{method}.{path}.{elapsed:.0f}ms.{time:.0f}.prof",
    ) -> None:
        self._app = app
        self._stream = sys.stdout if stream is STDOUT else stream
        self._sort_by, self._restrictions = tuple(sort_by), tuple(restrictions)
        self._profile_dir, self._filename_format = profile_dir, filename_format

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        chunks: list[bytes] = []

        def start(*args: Any) -> Callable[[bytes], object]:
            start_response(*args)
            return chunks.append

        def run() -> None:
            body = self._app(environ, start)
            try:
                chunks.extend(body)
            finally:
                getattr(body, "close", lambda: None)()

        profile = Profile()
        begin = time.perf_counter()
        profile.runcall(run)
        elapsed = (time.perf_counter() - begin) * 1000
        if self._profile_dir is not None:
            profile.dump_stats(os.path.join(self._profile_dir, self._file_name(environ, elapsed)))
        if self._stream is not None:
            self._print(profile, environ, elapsed)
        return [b"".join(chunks)]

    def _file_name(self, environ: dict[str, Any], elapsed: float) -> str:
        now = time.time()
        if not isinstance(self._filename_format, str):
            environ["werkzeug.profiler"] = {"elapsed": elapsed, "time": now}
            return self._filename_format(environ)
        # The path comes from the client, and must not lead out of the folder.
        method, path = (re.sub(r"[^A-Za-z0-9_-]+", ".", environ.get(key, ""))[:100].strip(".")
                        for key in ("REQUEST_METHOD", "PATH_INFO"))
        return self._filename_format.format(method=method, path=path or "root", elapsed=elapsed, time=now)

    def _print(self, profile: Profile, environ: dict[str, Any], elapsed: float) -> None:
        line = "-" * 80
        print(line, f"{environ.get('PATH_INFO', '')!r}: {elapsed:.1f} ms", sep="\n", file=self._stream)
        Stats(profile, stream=self._stream).sort_stats(*self._sort_by).print_stats(*self._restrictions)
        print(line, file=self._stream)
