"""Load on the server, beside waitress and gunicorn: `make bench-servers`, or

    python -m tests.bench.servers [--only hello,idle,soak,sigterm,reload,memory,cold] [--seconds 4]

Everything stays on the loopback interface and within bounds. `hello` needs wrk (a
package of that name in most distributions), and `cold` Flask; where they are missing,
that stage is skipped. Each stage prints its figures and, where there is an aim, whether it is met.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
MIB = 1 << 20
APP = """
import sys
def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/down":
        start_response("200 OK", [])
        return (b"x" * 65536 for _ in range(16384))
    if path == "/up":
        size = 0
        while piece := environ["wsgi.input"].read(65536):
            size += len(piece)
        body = b"%d" % size
    elif path == "/slow":
        import time
        time.sleep(0.1)
        body = b"hello world\\n"
    else:
        body = b"hello world\\n"
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
"""
SERVERS = {
    "minflask": "from minflask.server import make_server\n"
                "make_server(app, '127.0.0.1', {port}, connections={connections}, **{options}).serve_forever()\n",
    "waitress": "from waitress import serve\n"  # its queue warnings would cost it half its speed
                "import logging\nlogging.getLogger('waitress').setLevel('ERROR')\n"
                "serve(app, host='127.0.0.1', port={port}, connection_limit={connections}, backlog=1024)\n",
    "gunicorn": "from gunicorn.app.wsgiapp import run\nsys.argv[1:] = ['-k', 'gthread', '--threads', '8', '-b',"
                " '127.0.0.1:{port}', '--worker-connections', '{connections}', '--log-level', 'error', 'hello:app']\n"
                "run()\n",
}


class Running:
    """A server in a process of its own."""

    def __init__(self, name, connections=2000, **options):
        self.name = name
        self.folder = tempfile.TemporaryDirectory()
        with open(os.path.join(self.folder.name, "hello.py"), "w") as file:
            file.write(APP)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        code = "from hello import *\n" + SERVERS[name].format(
            port=self.port, connections=connections, options=repr(options))
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], cwd=self.folder.name, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([self.folder.name, os.getcwd()])})
        self.connect().close()

    def connect(self):
        """Return a connection, once the server listens."""
        for _ in range(200):
            try:
                return socket.create_connection(("127.0.0.1", self.port), 10)
            except ConnectionRefusedError:
                if self.process.poll() is not None:
                    raise SystemExit(f"{self.name} ended: {self.process.stderr.read().decode()}") from None
                time.sleep(0.05)
        raise SystemExit(f"{self.name} does not answer")

    def status(self, field):
        """Return a figure of the process that the kernel keeps, in MiB or as a number."""
        with open(f"/proc/{self.process.pid}/status") as file:
            value = re.search(rf"{field}:\s+(\d+)( kB)?", file.read())
        return int(value.group(1)) / 1024 if value.group(2) else int(value.group(1))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stderr.close()
        self.folder.cleanup()


def judge(what, value, good):
    """Print a figure and whether it is what was aimed at."""
    print(f"  {what}: {value}  {'ok' if good else 'MISSED'}", flush=True)


# -- requests a second -----------------------------------------------------------------------


def wrk(port, connections, seconds):
    """Return requests a second, the 50 % and 99 % latencies in ms, and what went wrong."""
    said = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", f"http://127.0.0.1:{port}/"],
                          capture_output=True, text=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said).group(1))
    half, most = (milliseconds(re.search(rf"\n +{part}% +(\S+)", said).group(1)) for part in (50, 99))
    errors = re.search(r"(Socket errors:.*|Non-2xx.*)", said)
    return rate, half, most, errors.group(1) if errors else ""


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}[unit]


def hello(seconds):
    """Keep-alive hello from 16 and 512 connections, servers in turn, three rounds; medians."""
    if not shutil.which("wrk"):
        print("  skipped: there is no wrk here (apt-get install wrk)")
        return
    for connections in (16, 512):
        found = {name: [] for name in SERVERS}
        with contextlib.ExitStack() as stack:
            servers = [stack.enter_context(Running(name)) for name in SERVERS]
            for _ in range(3):
                for server in servers:
                    found[server.name].append(wrk(server.port, connections, seconds))
        medians = {name: sorted(rows)[1] for name, rows in found.items()}
        for name, (rate, half, most, errors) in medians.items():
            print(f"  {connections:4} connections, {name:9} {rate:8.0f} req/s, p50 {half:.2f} ms, p99 {most:.2f} ms",
                  errors)
        ours, theirs = medians["minflask"], medians["waitress"]
        judge("requests a second against waitress", f"{ours[0] / theirs[0]:.2f}", ours[0] >= theirs[0])
        judge("p99 against waitress", f"{ours[2] / theirs[2]:.2f}", ours[2] <= theirs[2])


# -- many connections ------------------------------------------------------------------------


def idle(seconds):
    """10,000 connections that say nothing, and one that asks."""
    count = 10000
    with Running("minflask", count + 10, head_timeout=600.0, idle_timeout=600.0) as server:
        code = (f"import socket, sys\nheld = [socket.create_connection(('127.0.0.1', {server.port}), 30)"
                f" for _ in range({count})]\nprint('held', flush=True)\nsys.stdin.read()\n")
        with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            holder.stdout.readline()
            worst = 0
            for _ in range(20):
                begun = time.perf_counter()
                with server.connect() as sock:
                    sock.sendall(REQUEST)
                    sock.recv(1000)
                worst = max(worst, time.perf_counter() - begun)
            memory = server.status("VmRSS")
            judge(f"memory with {server.descriptors()} descriptors, MiB", f"{memory:.0f}", memory < 100)
            judge("the slowest of 20 hellos, ms", f"{worst * 1000:.1f}", worst < 0.1)
            holder.stdin.close()


BROKEN = (b"", b"\x16\x03\x01", b"GET / HTTP/1.1\r\nHost", b"GET / HTTP/9.9\r\n\r\n",
          b"POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 99999\r\n\r\nabc",
          b"POST /up HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", REQUEST)


def soak(seconds):
    """60 seconds of load, one client in a hundred broken."""
    if not shutil.which("wrk"):
        print("  skipped: there is no wrk here")
        return
    with Running("minflask") as server:
        wrk(server.port, 32, 2)
        threads, descriptors = server.status("Threads"), server.descriptors()
        stop, broken = threading.Event(), [0]

        def break_things():
            while not stop.wait(0.002):
                with contextlib.suppress(OSError), server.connect() as sock:
                    sock.sendall(BROKEN[broken[0] % len(BROKEN)])
                    if broken[0] % 2:
                        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                broken[0] += 1

        thread = threading.Thread(target=break_things)
        thread.start()
        first = wrk(server.port, 32, 10)
        early = server.status("VmRSS")
        rate, _, most, errors = wrk(server.port, 32, max(1, int(seconds * 12)))
        late = server.status("VmRSS")
        stop.set()
        thread.join()
        time.sleep(3)
        errors += first[3]
        judge(f"errors beside {broken[0]} broken clients at {rate:.0f} req/s, p99 {most:.2f} ms", repr(errors),
              not errors)
        judge("memory after 10 s and at the end, MiB", f"{early:.1f} {late:.1f}", late < early + 2)
        judge("threads before and after", f"{threads} {server.status('Threads')}",
              server.status("Threads") <= threads + 8)
        judge("descriptors before and after", f"{descriptors} {server.descriptors()}",
              server.descriptors() <= descriptors + 2)


# -- stopping and reloading under load -------------------------------------------------------


class Clients:
    """Threads that ask without pause, half of them on connections that are kept; what is lost is counted."""

    def __init__(self, port, count=16):
        self.port = port
        self.stop = threading.Event()
        self.answered, self.refused, self.lost = 0, 0, []
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(number % 2 == 0,)) for number in range(count)]
        for thread in self.threads:
            thread.start()

    def run(self, keeps):
        sock = None
        while not self.stop.is_set():
            try:
                sock = sock or socket.create_connection(("127.0.0.1", self.port), 10)
            except ConnectionRefusedError:
                self.note("refused")
                self.stop.wait(0.005)
                continue
            except OSError as exc:
                self.note("lost", f"connect: {exc}")
                continue
            data = self.ask(sock)
            if data is not None:
                self.note("answered")
            if not keeps or data is None or b"Connection: close" in data:
                sock.close()
                sock = None
        if sock is not None:
            sock.close()

    def ask(self, sock):
        """Return the answer, or None if there was none."""
        try:
            sock.sendall(REQUEST)
            data = b""
            while not data.endswith(b"hello world\n"):
                piece = sock.recv(4096)
                if not piece:
                    raise EOFError(f"after {len(data)} bytes")
                data += piece
            return data
        except (OSError, EOFError) as exc:
            self.note("lost", repr(exc))
            return None

    def note(self, what, detail=None):
        with self.lock:
            if what == "lost":
                self.lost.append(detail)
            else:
                setattr(self, what, getattr(self, what) + 1)

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def sigterm(seconds):
    """SIGTERM under load, 20 times: who was accepted is answered."""
    answered, lost, statuses = 0, [], set()
    for _ in range(20):
        with Running("minflask") as server:
            clients = Clients(server.port)
            time.sleep(0.3)
            server.process.send_signal(signal.SIGTERM)
            statuses.add(server.process.wait(30))
            clients.end()
            answered += clients.answered
            lost += clients.lost
    judge(f"requests lost beside {answered} answered", f"{len(lost)} {sorted(set(lost))}", not lost)
    judge("exit statuses", statuses, statuses == {0})


def reload(seconds):
    """A change under load, 20 times: nobody is refused, and nothing is lost."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "hello.py")
        with open(path, "w") as file:
            file.write(APP)
        main = os.path.join(folder, "main.py")
        with open(main, "w") as file:
            file.write("from hello import app\nfrom minflask.server import run_simple\n"
                       "run_simple('127.0.0.1', 0, app, threaded=True, use_reloader=True, reloader_interval=0.1,"
                       " access_log=False)\n")
        process = subprocess.Popen([sys.executable, main], stderr=subprocess.PIPE, text=True,
                                   env={**os.environ, "PYTHONPATH": os.getcwd()})
        port = int(await_line(process, r"Running on http://127.0.0.1:(\d+)"))
        clients = Clients(port)
        for number in range(20):
            time.sleep(0.2)
            with open(path, "a") as file:
                file.write(f"# {number}\n")
            await_line(process, "(Running on)")
        clients.end()
        process.terminate()
        process.communicate(timeout=30)
    judge(f"refused, lost beside {clients.answered} answered", f"{clients.refused} {len(clients.lost)}"
          f" {sorted(set(clients.lost))}", not clients.refused and not clients.lost)


def await_line(process, pattern):
    for line in process.stderr:
        match = re.search(pattern, line)
        if match:
            return match.group(1)
    raise SystemExit("the program ended")


# -- memory ----------------------------------------------------------------------------------


def memory(seconds):
    """1 GiB down and 1 GiB up in chunks."""
    with Running("minflask") as server:
        with server.connect() as sock:
            sock.sendall(b"GET /down HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            size, begun, buffer = 0, time.perf_counter(), bytearray(MIB)
            while count := sock.recv_into(buffer):
                size += count
            took = time.perf_counter() - begun
        print(f"  down: {size / MIB:.0f} MiB in {took:.1f} s")
        judge("peak memory after 1 GiB down, MiB", f"{server.status('VmHWM'):.0f}", server.status("VmHWM") < 40)
        with server.connect() as sock:
            sock.sendall(b"POST /up HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
            piece, begun = b"10000\r\n" + b"x" * 65536 + b"\r\n", time.perf_counter()
            for _ in range(16384):
                sock.sendall(piece)
            sock.sendall(b"0\r\n\r\n")
            said = b""
            while part := sock.recv(4096):
                said += part
        print(f"  up: {said.rpartition(b'n')[2].strip().decode()[-20:]!r} in {time.perf_counter() - begun:.1f} s")
        judge("peak memory after 1 GiB up, MiB", f"{server.status('VmHWM'):.0f}", server.status("VmHWM") < 40)


# -- the start -------------------------------------------------------------------------------

HELLO = """
from {name} import Flask
app = Flask(__name__)
@app.route("/")
def hello():
    return "hello world\\n"
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def first_answer(name, folder):
    """Return the seconds from starting the `run` command of a framework to its first answer."""
    port = free_port()
    # Bytecode is written at the first run, as it is where programs are installed.
    environment = {**os.environ, "PYTHONPATH": os.getcwd(), "PYTHONDONTWRITEBYTECODE": ""}
    command = [sys.executable, "-m", name, "--app", f"hello_{name}", "run", "--port", str(port)]
    begun = time.perf_counter()
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        try:
            while time.perf_counter() < begun + 30:
                with contextlib.suppress(ConnectionRefusedError):
                    with socket.create_connection(("127.0.0.1", port), 10) as sock:
                        sock.sendall(REQUEST)
                        assert sock.recv(1000).startswith(b"HTTP/1.1 200")
                    return time.perf_counter() - begun
                time.sleep(0.001)
        finally:
            process.kill()
    raise SystemExit(f"{name} does not answer")


def cold(seconds):
    """From the `run` command to the first answer, beside `flask run`: ten times in turn."""
    if not importlib.util.find_spec("flask"):
        print("  skipped: there is no Flask here")
        return
    found = {"minflask": [], "flask": []}
    with tempfile.TemporaryDirectory() as folder:
        for name in found:
            with open(os.path.join(folder, f"hello_{name}.py"), "w") as file:
                file.write(HELLO.format(name=name))
            first_answer(name, folder)
        for _ in range(10):
            for name, times in found.items():
                times.append(first_answer(name, folder))
    for name, times in found.items():
        print(f"  {name:9} median {statistics.median(times) * 1000:.0f} ms, best {min(times) * 1000:.0f} ms")
    ratio = statistics.median(ours / theirs for ours, theirs in zip(*found.values()))
    judge("the start against flask run", f"{ratio:.2f}", ratio <= 1 / 3)


STAGES = {stage.__name__: stage for stage in (hello, idle, soak, sigterm, reload, memory, cold)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(STAGES))
    parser.add_argument("--seconds", type=int, default=4, help="of each measurement")
    arguments = parser.parse_args()
    for name in arguments.only.split(","):
        print(f"{name}: {STAGES[name].__doc__}", flush=True)
        STAGES[name](arguments.seconds)


if __name__ == "__main__":
    main()
