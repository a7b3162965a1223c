"""An application in parts: each writes down what it wants done, and it is done when the part is registered."""

from __future__ import annotations

import sys


class App:
    def __init__(self):
        self.views, self.paths, self.endpoints = {}, {}, {}
        self.hooks = {}  # the name of a part, "" for the whole -> functions of a path
        self.blueprints = {}

    def route(self, path, endpoint=None):
        def register(view):
            self.add_route(path, endpoint or view.__name__, view)
            return view
        return register

    def before(self, hook):
        self.add_hook("", hook)
        return hook

    def add_route(self, path, endpoint, view):
        if endpoint in self.views:
            raise ValueError(f"the endpoint {endpoint!r} is taken")
        self.views[endpoint], self.paths[endpoint], self.endpoints[path] = view, path, endpoint

    def add_hook(self, name, hook):
        self.hooks.setdefault(name, []).append(hook)

    def register(self, blueprint, **options):
        blueprint.register_on(self, **options)

    def handle(self, path):
        endpoint = self.endpoints.get(path)
        if endpoint is None:
            return "404"
        for name in ("", *parts_of(endpoint)):
            for hook in self.hooks.get(name, ()):
                answer = hook(path)
                if answer is not None:
                    return answer
        return self.views[endpoint]()

    def url_for(self, endpoint):
        return self.paths[endpoint]


def parts_of(endpoint):
    """Return the names of the parts that an endpoint is in, the outermost first."""
    names = endpoint.split(".")[:-1]
    return [".".join(names[:number]) for number in range(1, len(names) + 1)]


def joined(prefix, path):
    """Join a prefix and a path with one slash."""
    return "/".join([prefix.rstrip("/"), path.lstrip("/")]) if prefix else path


class State:
    """One registration of a blueprint: on which application, under what name and prefix."""

    def __init__(self, app, name, prefix, is_first):
        self.app, self.name, self.prefix, self.is_first = app, name, prefix, is_first

    def add_route(self, path, endpoint, view):
        self.app.add_route(joined(self.prefix, path), f"{self.name}.{endpoint}", view)


class Blueprint(App):
    def __init__(self, name, prefix=""):
        if not name or "." in name:
            raise ValueError(f"{name!r} cannot be a name: dots stand between the names of parts")
        self.name, self.prefix = name, prefix
        self.deferred, self.is_registered = [], False

    def record(self, function):
        """Have a function called with the state of each registration."""
        if self.is_registered:
            raise AssertionError(f"{self.name!r} is registered already: nothing would come of this")
        self.deferred.append(function)

    def add_route(self, path, endpoint, view):
        self.record(lambda state: state.add_route(path, endpoint, view))

    def add_hook(self, name, hook):
        self.record(lambda state: state.app.add_hook(state.name, hook))

    def before_app(self, hook):
        self.record(lambda state: state.is_first and state.app.add_hook("", hook))
        return hook

    def register(self, blueprint, **options):
        self.record(lambda state: blueprint.register_on(state.app, state, **options))

    def register_on(self, app, outer=None, prefix=None, name=None):
        name, prefix = name or self.name, self.prefix if prefix is None else prefix
        if outer is not None:
            name, prefix = f"{outer.name}.{name}", joined(outer.prefix, prefix) if prefix else outer.prefix
        if name in app.blueprints:
            raise ValueError(f"the name {name!r} is taken: register with name=")
        state = State(app, name, prefix, self not in app.blueprints.values())
        app.blueprints[name] = self
        self.is_registered = True
        for function in self.deferred:
            function(state)


if __name__ == "__main__":
    app, notes, admin = App(), Blueprint("notes", "/notes"), Blueprint("admin", "/admin")
    notes.route("/", "index")(lambda: f"the notes; this page is {app.url_for('notes.index')}")
    admin.route("/", "index")(lambda: "the notes, with a button to delete each")
    admin.before(lambda path: "403: sign in first")
    app.register(notes)
    app.register(admin)
    app.route("/administration", "team")(lambda: "who runs this guestbook")
    print(app.handle(sys.argv[1]))
