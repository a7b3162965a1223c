"""Views as classes: one class, one endpoint; with `MethodView` one method of it per HTTP method."""

from __future__ import annotations

from .globals import current_app, request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any, ClassVar

_METHODS = ("get", "post", "head", "options", "delete", "put", "trace", "patch")


class View:
    """A view as a class: subclass it, write `dispatch_request`, and register `as_view("name")`.

    >>> class Hello(View):
    ...     methods = ["GET", "POST"]
    ...     def dispatch_request(self, name):
    ...         return f"Hello, {name}!"
    >>> view = Hello.as_view("hello")
    >>> view.__name__, view.methods
    ('hello', ['GET', 'POST'])
    """

    #: The methods the view is registered for; None means those of the rule.
    methods: ClassVar[Collection[str] | None] = None
    #: Whether OPTIONS is answered by itself; None means as usual.
    provide_automatic_options: ClassVar[bool | None] = None
    #: Applied to the view function in their order, so that the last is the outermost.
    decorators: ClassVar[list[Callable[..., Any]]] = []
    #: False keeps one instance for all requests; then nothing of a request may be stored on it.
    init_every_request: ClassVar[bool] = True

    def dispatch_request(self, **kwargs: Any) -> Any:
        """Answer the request; the arguments are those of the URL. Must be written by the subclass."""
        raise NotImplementedError(f"{type(self).__name__} must define dispatch_request(...)")

    @classmethod
    def as_view(cls, name: str, *class_args: Any, **class_kwargs: Any) -> Callable[..., Any]:
        """Return the view function to register; each request gets an instance made with the arguments given here."""
        def make(view_class: Any = cls) -> Any:
            return view_class(*class_args, **class_kwargs)

        kept = None if cls.init_every_request else make()

        def view(**kwargs: Any) -> Any:
            one = make(view.view_class) if kept is None else kept  # type: ignore[attr-defined]  # it may be replaced
            return current_app.ensure_sync(one.dispatch_request)(**kwargs)

        for decorator in cls.decorators:
            _name_after_class(view, cls, name)
            view = decorator(view)
        _name_after_class(view, cls, name)
        view.view_class = cls  # type: ignore[attr-defined]
        view.__doc__ = cls.__doc__
        view.methods = cls.methods  # type: ignore[attr-defined]
        view.provide_automatic_options = cls.provide_automatic_options  # type: ignore[attr-defined]
        return view


def _name_after_class(view: Any, cls: type[View], name: str) -> None:
    view.__name__, view.__module__ = name, cls.__module__


class MethodView(View):
    """A view whose methods are called by HTTP method: `get`, `post`, ...; HEAD falls to `get`.

    >>> class Counter(MethodView):
    ...     def get(self): return "0"
    ...     def post(self): return "1"
    >>> sorted(Counter.methods)
    ['GET', 'POST']
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "methods" not in cls.__dict__:
            methods = {method for base in cls.__bases__ for method in getattr(base, "methods", None) or ()}
            methods |= {name.upper() for name in _METHODS if hasattr(cls, name)}
            if methods:
                cls.methods = methods

    def dispatch_request(self, **kwargs: Any) -> Any:
        """Call the method named after the request's method."""
        method = getattr(self, request.method.lower(), None)
        if method is None and request.method == "HEAD":
            method = getattr(self, "get", None)
        if method is None:
            raise AssertionError(f"{type(self).__name__} is registered for {request.method} and has no method"
                                 f" {request.method.lower()!r} to answer it.")
        return current_app.ensure_sync(method)(**kwargs)
