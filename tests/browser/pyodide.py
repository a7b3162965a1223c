"""See an application run inside a real browser: docs/examples/browser, in Pyodide behind a service worker.

    python -m tests.browser.pyodide FOLDER [RELEASE...] [--screenshot FILE]

Pyodide is installed from npm into FOLDER, and served from there by our own server. The exit
status is 1 if something is not as it should be (issue 8, acceptance 5).
"""

from __future__ import annotations

import argparse
import os
import pathlib
import sys
import tempfile

from minflask.server import make_server

from tests.house.matrix import PYODIDE, pyodide

from .driver import Browser
from .uploads import EXAMPLES, Watched, check, make_files

NOTE = "Milk & <b>honey</b>\nor caf\u00e9"


def loaded(page, url):
    """Wait until a page of the application stands at a URL."""
    page.wait(f"document.readyState === 'complete' && location.href === {url!r} && !!document.querySelector('main')")


def click(page, selector):
    """Click, and wait until another page has come."""
    page.run(f"window.old = true; document.querySelector({selector!r}).click(); true")
    page.wait("!window.old && document.readyState === 'complete' && !!document.querySelector('main')")


def texts(page, selector):
    """Return the texts of all elements that match."""
    return page.run(f"Array.from(document.querySelectorAll({selector!r}), e => e.textContent.trim())")


def without_archive(app):
    """A server on which somebody forgot to put the application."""
    def application(environ, start_response):
        missing = environ["PATH_INFO"] == "/notes.pyz"
        return app({**environ, "PATH_INFO": "/missing" if missing else environ["PATH_INFO"]}, start_response)
    return application


def fail(page, url):
    """What cannot start says so."""
    page.open(url)
    page.wait("document.getElementById('state').textContent.startsWith('It did not start')")
    yield check("what cannot start says so, and where to look", page.run("document.body.textContent.trim()"))


def arrive(page, url):
    """The start page loads Python, and goes on to the application."""
    page.call("Page.navigate", url=url)
    loaded(page, url + "app/")
    yield check("the application's first page comes by itself", page.run("document.title"))
    seen = page.run("getComputedStyle(document.querySelector('label')).display")
    yield check("its style sheet is in use", seen, seen == "block")
    size = page.run("(i => [i.complete, i.naturalWidth])(document.querySelector('header img'))")
    yield check("its picture is shown", size, size == [True, 40])
    click(page, "header a[href$=about]")
    yield check("a link leads to another page", page.run("location.pathname + ' ' + document.title"),
                page.run("location.pathname") == "/app/about" and texts(page, "h1") == ["About"])
    page.run("history.back(); true")
    loaded(page, url + "app/")
    page.call("Page.navigate", url=url + "app/none")
    loaded(page, url + "app/none")
    yield check("what is not there is told by the application", texts(page, "h1"), texts(page, "h1") == ["Not Found"])
    status = page.run("fetch('none').then(answer => answer.status)")
    yield check("with status 404", status, status == 404)


def write(page, url, picture):
    """Sign in, and write a note with a picture."""
    page.open(url + "app/")
    page.run("document.querySelector('[name=name]').value = 'Ada'; true")
    click(page, "#sign-in button")
    yield check("signed in, by a form and a redirect", [page.run("location.href"), texts(page, ".flash")],
                page.run("location.href") == url + "app/" and texts(page, ".flash") == ["Hello, Ada."])
    hidden = page.run("document.cookie")
    yield check("the session is no cookie that scripts can read", hidden, hidden == "")
    page.run(f"document.querySelector('textarea').value = {NOTE!r}; true")
    page.choose("[name=picture]", picture)
    click(page, "#add button")
    yield kept(page, "the note is there")
    answer = page.run("fetch(document.querySelector('article img').src, {headers: {Range: 'bytes=1-3'}})"
                      ".then(async a => [a.status, await a.text()])")
    yield check("a part of the picture can be had", answer, answer == [206, "PNG"])
    status = page.run("fetch('notes', {method: 'POST', body: new URLSearchParams({text: 'x'})}).then(a => a.status)")
    yield check("a form that is not ours is refused", status, status == 400)
    answer = page.run("fetch('sign-out', {method: 'HEAD'}).then(async a => [a.status, await a.text()])")
    yield check("a method that is not allowed, and no body for HEAD", answer, answer == [405, ""])


def kept(page, when):
    """Check that the session and the note with its picture are there; True if not."""
    page.wait("document.querySelector('article img').complete")
    seen = [texts(page, "article p"), texts(page, "article footer"),
            page.run("document.querySelector('article img').naturalWidth"), len(texts(page, "#sign-out"))]
    return check(when, seen, seen == [[NOTE], ["Ada"], 240, 1])


def stop_worker(page):
    """Stop the worker, as the browser does with one that had nothing to do for some time."""
    page.call("ServiceWorker.enable")
    page.call("ServiceWorker.stopAllWorkers")
    stopped = False
    while not stopped:
        page.run("true")  # events come with it
        states = [version["runningStatus"] for event in page.browser.events for version in
                  event["params"].get("versions", ()) if event["method"] == "ServiceWorker.workerVersionUpdated"]
        stopped = states[-1:] == ["stopped"]


def come_back(page, url):
    """Reload, with the worker running and after it was stopped; then sign out."""
    page.call("Page.reload")
    loaded(page, url + "app/")
    yield kept(page, "after a reload all is still there")
    stop_worker(page)
    page.call("Page.reload")
    page.wait("!document.querySelector('.flash') && !!document.querySelector('article img')")
    yield kept(page, "and after the worker was stopped, with all that was in its memory")
    click(page, "#sign-out button")
    page.call("Page.reload")
    page.wait("!!document.querySelector('#sign-in')")
    yield check("signed out, for good", texts(page, "article p"), texts(page, "article p") == [NOTE])


def look(page, url, served, folder, screenshot):
    """Yield whether each step failed."""
    yield from arrive(page, url)
    yield from write(page, url, make_files(folder)[0])
    if screenshot:
        page.screenshot(screenshot)
    before = len(served.seen)
    yield from come_back(page, url)
    asked = sorted({entry[1] for entry in served.seen if entry[1].startswith("/app")})
    yield check("the server was never asked for a page", asked, not asked)
    again = sorted({entry[1] for entry in served.seen[before:]})
    yield check("the last time it was asked for", again)
    problems = [problem for problem in page.problems() if not expected(problem)]
    yield check("no error in the page", problems, not problems)


def expected(problem):
    """The browser reports each answer from 400 on as a problem of the network; those that are asked for are right."""
    return problem.get("entry", {}).get("url", "").endswith(("/app/none", "/app/notes", "/app/sign-out"))


def see(release, folder, screenshot):
    """Look at the example with a release of Pyodide; return how many steps failed."""
    from serve import create_app

    package = pyodide(folder, release) / "node_modules" / "pyodide"
    served = Watched(create_app({"PYODIDE": os.fspath(package)}))
    with tempfile.TemporaryDirectory() as files, make_server(served, port=0, access_log=False) as server, \
            make_server(without_archive(served), port=0, access_log=False) as broken, Browser(timeout=60) as browser:
        server.start()
        broken.start()
        url = "http://127.0.0.1:{}/"
        failed = sum(fail(browser.page(), url.format(broken.port)))
        failed += sum(look(browser.page(), url.format(server.port), served, files, screenshot))
    print(f"Pyodide {release}: {failed} failed")
    return failed


def main():
    cli = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    cli.add_argument("folder", type=pathlib.Path, help="where Pyodide is, or will be, installed")
    cli.add_argument("release", nargs="*", help="which releases of Pyodide; those of the matrix if none is named")
    cli.add_argument("--screenshot", help="save a picture of the page here")
    options = cli.parse_args()
    sys.path.insert(0, str(EXAMPLES / "browser"))
    failed = sum(see(release, options.folder, options.screenshot) for release in options.release or PYODIDE.values())
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
