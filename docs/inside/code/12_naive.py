"""An application in parts, each a list of routes that is copied into it with a prefix. See chapter 12."""

from __future__ import annotations

import sys


class App:
    def __init__(self):
        self.views, self.paths, self.hooks = {}, {}, []

    def route(self, path, endpoint=None):
        def register(view):
            self.views[path] = view
            self.paths[endpoint or view.__name__] = path
            return view
        return register

    def before(self, hook):
        self.hooks.append(("", hook))
        return hook

    before_app = before

    def register(self, blueprint, prefix=None, name=None):
        prefix = blueprint.prefix if prefix is None else prefix
        for path, view in blueprint.views.items():
            self.views[prefix + path] = view
        for endpoint, path in blueprint.paths.items():
            self.paths[endpoint] = prefix + path
        self.hooks += [(prefix + start, hook) for start, hook in blueprint.hooks]

    def handle(self, path):
        for prefix, hook in self.hooks:
            answer = hook(path) if path.startswith(prefix) else None
            if answer is not None:
                return answer
        return self.views[path]() if path in self.views else "404"

    def url_for(self, endpoint):
        return self.paths[endpoint]


class Blueprint(App):
    def __init__(self, name, prefix=""):
        super().__init__()
        self.prefix = prefix


if __name__ == "__main__":
    app, notes, admin = App(), Blueprint("notes", "/notes"), Blueprint("admin", "/admin")
    notes.route("/", "index")(lambda: f"the notes; this page is {app.url_for('index')}")
    admin.route("/", "index")(lambda: "the notes, with a button to delete each")
    admin.before(lambda path: "403: sign in first")
    app.register(notes)
    app.register(admin)
    app.route("/administration", "team")(lambda: "who runs this guestbook")
    print(app.handle(sys.argv[1]))
