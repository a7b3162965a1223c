"""Look at every page of the documentation in a real browser: wide and narrow, light and dark.

    make docs && python -m tests.browser.docs [--screenshots FOLDER]

A page is wrong if a link or a picture leads nowhere, if it can be scrolled sideways,
if a script complains, or if its text stands out too little from its background
(WCAG 2.1, 1.4.3: 4.5 to 1). The exit status is 1 if something is not as it should be.
"""

from __future__ import annotations

import argparse
import pathlib
import sys
import urllib.parse

from minflask import Flask, send_from_directory
from minflask.server import make_server

from .driver import Browser

HTML = pathlib.Path(__file__).resolve().parents[2] / "docs" / "_build" / "html"
SCREENS = {"wide": (1440, 900), "narrow": (390, 844)}  # CSS pixels
LINKS = "[...document.querySelectorAll('a[href]')].map(a => a.href)"
ANCHORS = "[...document.querySelectorAll('[id]')].map(e => e.id)"
LOOK = """(() => {
    const wrong = [];
    const page = document.documentElement;
    if (page.scrollWidth > innerWidth + 1) wrong.push(`it is ${page.scrollWidth} pixels wide`);
    for (const image of document.images) if (!image.naturalWidth) wrong.push(`no picture ${image.src}`);
    const numbers = (color) => (color.match(/[0-9.]+/g) || []).map(Number);
    const light = (color) => numbers(color).slice(0, 3).map(c => c / 255)
        .map(c => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
    const behind = (element) => {
        for (; element; element = element.parentElement) {
            const color = getComputedStyle(element).backgroundColor, parts = numbers(color);
            if (parts.length == 3 || parts[3] == 1) return color;
        }
        return 'rgb(255, 255, 255)';
    };
    for (const element of document.querySelectorAll('article p, article li, article td, article pre, article h1')) {
        const one = light(getComputedStyle(element).color), other = light(behind(element));
        const contrast = (Math.max(one, other) + .05) / (Math.min(one, other) + .05);
        if (contrast < 4.5) wrong.push(`contrast ${contrast.toFixed(1)}: ${element.textContent.slice(0, 40)}`);
    }
    return wrong;
})()"""


def pages() -> list[str]:
    return sorted(path.relative_to(HTML).as_posix() for path in HTML.rglob("*.html"))


class Visitor:
    """A browser, the pages, and what was found wrong in them."""

    def __init__(self, page, root: str, screenshots: pathlib.Path | None) -> None:
        self.page, self.root, self.screenshots = page, root, screenshots
        self.wrong: list[str] = []
        self.anchors: dict[str, set[str]] = {}
        self.links: dict[str, list[str]] = {}

    def screen(self, size: str, scheme: str) -> None:
        width, height = SCREENS[size]
        self.page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                       mobile=size == "narrow")
        self.page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def look(self, name: str, size: str, scheme: str) -> None:
        self.page.open(f"{self.root}/{name}")
        self.wrong += [f"{name}, {size}, {scheme}: {what}" for what in self.page.run(LOOK)]
        if name not in self.links:
            self.links[name], self.anchors[name] = self.page.run(LINKS), set(self.page.run(ANCHORS))
        if self.screenshots is not None:
            self.page.screenshot(str(self.screenshots / f"{name.replace('/', '-')[:-5]}-{size}-{scheme}.png"))

    def follow(self) -> int:
        """Check the links inside; return how many there are."""
        count = 0
        for name, links in self.links.items():
            for link in {link for link in links if link.startswith(self.root)}:
                count += 1
                path, _, anchor = urllib.parse.unquote(link[len(self.root) + 1:]).partition("#")
                path = path.partition("?")[0] or "index.html"
                known = self.anchors.get(path)
                if not (HTML / path).is_file() or (anchor and known is not None and anchor not in known):
                    self.wrong.append(f"{name}: the link to {path}#{anchor} leads nowhere")
        return count


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--screenshots", type=pathlib.Path, metavar="FOLDER")
    folder = parser.parse_args().screenshots
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/favicon.ico", "icon", lambda: ("", 204))
    app.add_url_rule("/<path:name>", "page", lambda name: send_from_directory(HTML, name))
    with make_server(app, "127.0.0.1", 0) as server, Browser() as browser:
        visitor = Visitor(browser.page(), f"http://127.0.0.1:{server.port}", folder)
        for size in SCREENS:
            for scheme in ("light", "dark"):
                visitor.screen(size, scheme)
                for name in pages():
                    visitor.look(name, size, scheme)
        visitor.wrong += [str(problem) for problem in visitor.page.problems()]
        count = visitor.follow()
    print(f"{len(pages())} pages, {count} links, on {len(SCREENS)} screens, light and dark: {len(visitor.wrong)} wrong")
    print(*visitor.wrong[:40], sep="\n")
    return 1 if visitor.wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
