"""Serve one application under other WSGI servers, and compare the answers: `make peers`.

waitress and gunicorn live in a throwaway environment; the requests are those
of `tests.test_wsgi`. Everything stays on the loopback address.
"""

from __future__ import annotations

import http.client
import subprocess
import sys
import time

PATHS = ["/", "/json", "/stream", "/count", "/template", "/empty", "/file", "/dir", "/dir/", "/abort/404", "/abort/418",
         "/error", "/cookie", "/static/file.txt", "/none", "/gr%C3%B6%C3%9Fe/a/b?c=d"]
APP = "from tests.test_wsgi import kitchen_sink; app = kitchen_sink()"
SERVERS = {
    "minflask": (8471, "{app}; from minflask.server import run_simple;"
                       " run_simple('127.0.0.1', 8471, app, threaded=True)"),
    "waitress": (8472, "{app}; import waitress; waitress.serve(app, host='127.0.0.1', port=8472)"),
    "gunicorn": (8473, "import sys; sys.argv = ['gunicorn', '-b', '127.0.0.1:8473', 'tests.test_wsgi:kitchen_sink()'];"
                       " from gunicorn.app.wsgiapp import run; run()"),
}
OF_THE_SERVER = {"date", "server", "connection", "transfer-encoding", "via", "keep-alive"}


def ask(port: int, path: str, method: str = "GET") -> tuple:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, headers={"Host": "localhost"})
    answer = connection.getresponse()
    body = answer.read()
    fields = sorted((name.lower(), value) for name, value in answer.getheaders() if name.lower() not in OF_THE_SERVER)
    cookies = [(name, value.split("=")[0] if name == "set-cookie" else value) for name, value in fields]
    # A server may count a body that the application left uncounted.
    return answer.status, [pair for pair in cookies if pair[0] not in {"content-length", "last-modified"}], body


def wait_for(port: int) -> None:
    for _ in range(100):
        try:
            ask(port, "/")
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"nothing answers at port {port}")


def main() -> int:
    processes = {name: subprocess.Popen([sys.executable, "-c", code.format(app=APP)], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL) for name, (_, code) in SERVERS.items()}
    failed = passed = 0
    try:
        for name, (port, _) in SERVERS.items():
            wait_for(port)
        for path in PATHS:
            for method in ("GET", "HEAD", "OPTIONS"):
                answers = {name: ask(port, path, method) for name, (port, _) in SERVERS.items()}
                same = all(answer == answers["minflask"] for answer in answers.values())
                passed, failed = passed + same, failed + (not same)
                if not same:
                    print(method, path, answers)
    finally:
        for process in processes.values():
            process.terminate()
            process.wait()
    print(f"{passed} passed, {failed} failed")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
