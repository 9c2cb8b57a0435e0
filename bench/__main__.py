"""``make bench``: what issuing and the catalog cost, side by side with a bare boto3 call, in one run.

Prints a table and writes bench/results.json. Figures are ratios and differences within this run; nothing here passes
or fails by the clock. Where a target is missed, bench/profile.txt says where the time goes.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command

from bench import processes
from bench.client import caller
from bench.loop import Loop

HERE = Path(__file__).parent
CALLERS = (1, 8, 32)
# STS's delay in milliseconds, and how many ask at a time. The last shows whether anything but CPU bounds the calls in
# flight: at 30 ms the CPU does.
CELLS = [*((delay, callers) for delay in (0, 30) for callers in CALLERS), (500, 32)]
WARM_UP = 3.0
SHOWN = 2600  # characters of the profile: its first table
SECONDS = float(os.environ.get("DAYPASS_BENCH_SECONDS", "4"))
PATH = "/roles/000000000001/Role000/credentials/"
FORM = {"duration": "3600"}
TARGETS = {
    "issue.cpu_ratio": 4.0,
    "issue.added_p50_ms": 10.0,
    "tools.page_p95_ms": 50.0,
    "tools.take_added_p50_ms": 0.0,
}


def main() -> int:
    with (
        tempfile.TemporaryDirectory() as folder,
        processes.fresh_database(folder) as database,
        processes.stub() as stub,
    ):
        settings = processes.environment(stub, processes.free_port(), folder, database)
        cookies = prepare(settings)
        cells, tools = issuing(stub, settings, cookies)
        results = {"issue": cells, "tools": tools, "catalog": pages(cookies)}
        results |= headlines(results)
        report(results)
        missed = [name for name, most in TARGETS.items() if results[name] > most]
        if missed:
            explain(stub, missed, cookies)
    (HERE / "results.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    return 0


def prepare(settings: dict[str, str]) -> dict[str, str]:
    """Set Django up in this process too, fill the database, and return session cookies by person."""
    os.environ.update(settings)
    django.setup()
    from bench import catalog

    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    catalog.seed()
    return {person: catalog.sign_in(person) for person in (catalog.TAKER, catalog.LISTER, *catalog.READERS.values())}


def issuing(stub: str, settings: dict[str, str], cookies: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Measure each cell on the floor and on the portal right after each other, so that both meet the same machine;
    then the same portal by its door for tools."""
    cells: dict[str, Any] = {}
    take = partial(caller, settings["DAYPASS_BASE_URL"], PATH, cookies["taker@example.com"], FORM)
    with processes.portal(settings) as parent:
        used = partial(processes.cpu_seconds, parent)
        Loop(max(CALLERS), WARM_UP, take).run(used)  # each thread's own connection to the database, once
        for delay, callers in CELLS:
            processes.tell(f"{stub}/delay/{delay}")
            floor = processes.floor(stub, callers, SECONDS)
            processes.tell(f"{stub}/peak")
            portal = Loop(callers, SECONDS, take).run(used).as_dict()
            portal["peak_in_flight"] = int(processes.tell(f"{stub}/peak"))
            cells[f"{delay} ms, {callers} at a time"] = {"floor": floor, "portal": portal}
            show(delay, callers, floor, portal)
        processes.tell(f"{stub}/delay/30")
        tools = by_tools(settings["DAYPASS_BASE_URL"], used)
    return cells, tools


def by_tools(base: str, used: Callable[[], float]) -> dict[str, Any]:
    from bench import catalog, tools

    return tools.measure(base, taker=catalog.TAKER, lister=catalog.LISTER, seconds=SECONDS, cpu=used)


def show(delay: int, callers: int, floor: dict[str, float], portal: dict[str, float]) -> None:
    row = "STS {:>3} ms, {:>2} at a time   floor {:>6.1f}/s  p50 {:>6.1f} ms  CPU {:>5.2f} ms   "
    row += "portal {:>6.1f}/s  p50 {:>6.1f} ms  CPU {:>5.2f} ms  in flight {:>2}   CPU x{:.2f}"
    both = [measured[name] for measured in (floor, portal) for name in ("per_second", "p50_ms", "cpu_ms")]
    print(row.format(delay, callers, *both, portal["peak_in_flight"], portal["cpu_ms"] / floor["cpu_ms"]), flush=True)


def pages(cookies: dict[str, str]) -> dict[int, dict[str, Any]]:
    from bench import pages

    return pages.measure(cookies)


def headlines(results: dict[str, Any]) -> dict[str, Any]:
    cell = results["issue"]["30 ms, 8 at a time"]
    most = results["issue"]["30 ms, 32 at a time"]["portal"]["peak_in_flight"]
    return {
        "issue.cpu_ratio": round(cell["portal"]["cpu_ms"] / cell["floor"]["cpu_ms"], 2),
        "issue.added_p50_ms": round(cell["portal"]["p50_ms"] - cell["floor"]["p50_ms"], 2),
        "issue.in_flight_at_32": most,
        "tools.page_p95_ms": results["tools"]["page_p95_ms"],
        "tools.take_added_p50_ms": round(results["tools"]["take"]["p50_ms"] - cell["portal"]["p50_ms"], 2),
        "tools.laptops_a_minute": results["tools"]["laptops_a_minute"],
        "catalog.queries": {str(count): page["queries"] for count, page in results["catalog"].items()},
    }


def report(results: dict[str, Any]) -> None:
    print()
    for count, page in results["catalog"].items():
        shape = f"{page['queries']} queries  {page['kilobytes']} kB  p50 {page['p50_ms']} ms"
        print(f"catalog, {count:>4} of 10,000 roles   {shape}")
    print()
    for name in (name for name in results if "." in name):
        target = f"   (target: at most {TARGETS[name]})" if name in TARGETS else ""
        print(f"{name:<26} {results[name]}{target}")


def explain(stub: str, missed: list[str], cookies: dict[str, str]) -> None:
    from bench import where

    processes.tell(f"{stub}/delay/0")
    text = where.profile(PATH, cookies["taker@example.com"], FORM)
    (HERE / "profile.txt").write_text(text, encoding="utf-8")
    print(f"\nMissed: {', '.join(missed)}. What costs most in one issue (bench/profile.txt has more):\n{text[:SHOWN]}")


if __name__ == "__main__":
    sys.exit(main())
