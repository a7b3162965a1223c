"""The runner: asks the contestants in turn, and prints medians and ratios beside the aims.

    python -m tests.bench [--rows NAME,NAME] [--rounds N] [--json FILE] [--only minflask,flask]
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys

from . import cold, server
from .rows import ROWS

CONTESTANTS = ["minflask", "flask", "bottle", "mako"]
COLD_AIMS = [("cold", "cold start: import, app, one request, ms above bare python", 0.15, 0),
             ("single", "the same, minflask from its one file", 0.195, 0),
             ("modules", "modules loaded then", 80, 1), ("memory", "peak memory, MiB", 14, 2)]
SERVER = "server, keep-alive hello, 16 connections, req/s"
SLICE = 0.02  # seconds of work between two turns


class Worker:
    """The process of a contestant, as the runner sees it."""

    def __init__(self, name):
        self.name = name
        self.process = subprocess.Popen([sys.executable, "-m", f"{__package__}.worker", name], text=True, bufsize=1,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, *request):
        """Return the answer to a request; see `worker`."""
        print(json.dumps(request), file=self.process.stdin)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended at {request}")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def numbers(workers, row):
    """Return how many runs of a row make a slice, by contestant; without those whose answer is not right."""
    found = {}
    for worker in workers:
        if worker.ask("check", row.name):
            once = min(worker.ask("time", row.name, 3) for _ in range(3)) / 3
            found[worker.name] = max(1, int(SLICE / max(once, 1e-7)))
    return found


def measure(workers, row, rounds):
    """Return the medians of a row by contestant, in microseconds, and the median ratio to Flask in a round."""
    runs = numbers(workers, row)
    taking_part = [worker for worker in workers if worker.name in runs]
    samples = {worker.name: [] for worker in taking_part}
    for turn in range(rounds):
        for worker in taking_part[::-1] if turn % 2 else taking_part:
            number = runs[worker.name]
            samples[worker.name].append(worker.ask("time", row.name, number) / number * 1e6)
    medians = {name: statistics.median(values) for name, values in samples.items()}
    flask = samples.get("flask")
    ratios = {name: statistics.median([mine / theirs for mine, theirs in zip(values, flask)]) if flask else None
              for name, values in samples.items()}
    if row.size:  # a speed: bytes per microsecond are MB/s
        medians = {name: row.size / value for name, value in medians.items()}
        ratios = {name: ratio and 1 / ratio for name, ratio in ratios.items()}
    return {"row": row.name, "title": row.title, "aim": row.aim, "unit": "MB/s" if row.size else "us",
            "more_is_better": bool(row.size), "medians": medians, "ratios": ratios}


def measure_cold(contestants, names, rounds):
    """Yield results for the rows of fresh processes."""
    forms = ["single"] if "single" in names and "minflask" in contestants else []
    figures = cold.measure([*contestants, *forms], rounds)
    for name, title, aim, column in COLD_AIMS:
        if name in names:
            medians = {who: figure[column] for who, figure in figures.items() if who != "single"}
            if name == "single" and forms:
                medians["minflask"] = figures["single"][column]
            ratios = {who: value / medians["flask"] if not column and "flask" in medians else None
                      for who, value in medians.items()}
            yield {"row": name, "title": title, "aim": aim, "unit": "" if column else "ms",
                   "more_is_better": False, "medians": medians, "ratios": ratios}


def measure_server(rounds):
    """Return the result of the row of real sockets, whose ratios are to waitress with its bare app."""
    medians, ratios = server.measure(rounds)
    return {"row": "server", "title": SERVER, "aim": 1.0, "unit": "req/s", "more_is_better": True,
            "medians": medians, "ratios": ratios}


def line(result, contestants):
    """Return a result as a line of the table."""
    cells = [f"{result['medians'][name]:>9.1f}" if name in result["medians"] else " " * 9 for name in contestants]
    ratio = result["ratios"].get("minflask")
    figure = ratio if ratio is not None else result["medians"].get("minflask")
    if figure is None:
        return f"{result['title']:<60.60}{''.join(cells)}   no right answer"
    sign, met = ("≥", figure >= result["aim"]) if result["more_is_better"] else ("≤", figure <= result["aim"])
    return (f"{result['title']:<60.60}{''.join(cells)}  {figure:>7.3f} {sign} {result['aim']:<5g} "
            f"{'met' if met else 'MISSED'}")


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.splitlines()[0])
    known = [row.name for row in ROWS] + [name for name, *_ in COLD_AIMS] + ["server"]
    parser.add_argument("--rows", default=",".join(known), help=f"which, out of {', '.join(known)}")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--only", default=",".join(CONTESTANTS), help="contestants")
    parser.add_argument("--json", metavar="FILE", help="write the results there")
    options = parser.parse_args(arguments)
    names, contestants = options.rows.split(","), options.only.split(",")
    unknown = set(names) - set(known) | set(contestants) - set(CONTESTANTS)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}")

    print(f"{'times in µs':<60}{''.join(f'{name:>9}' for name in contestants)}    ratio   aim")
    workers = [Worker(name) for name in contestants]
    results = []
    for row in ROWS:
        if row.name in names:
            results.append(measure(workers, row, options.rounds if not row.size else min(options.rounds, 10)))
            print(line(results[-1], contestants), flush=True)
    for worker in workers:
        worker.close()
    if set(names) & {name for name, *_ in COLD_AIMS}:
        for result in measure_cold([name for name in contestants if name != "mako"], names, options.rounds):
            results.append(result)
            print(line(result, contestants), flush=True)
    if "server" in names:
        results.append(measure_server(min(options.rounds, 10)))
        print(line(results[-1], contestants))
        others = ", ".join(f"{name} {rate:.0f}" for name, rate in results[-1]["medians"].items())
        print(f"    (ratio to waitress with its bare app; {others})", flush=True)
    if options.json:
        about = {"python": platform.python_version(), "machine": platform.machine(), "rounds": options.rounds}
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"about": about, "results": results}, file, indent=1)
            file.write("\n")
    return int(any("minflask" not in result["medians"] for result in results if "minflask" in contestants))


if __name__ == "__main__":
    sys.exit(main())
