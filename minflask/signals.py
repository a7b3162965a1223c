"""Signals: tell whoever wants to know that something happened; and the ten that the framework sends.

A sender does not know its receivers and is not changed by them. Receivers are
held weakly, so that connecting one does not keep it alive. What is sent, and
when, is the sender's affair; this file knows nothing of apps and requests.
"""

from __future__ import annotations

from _weakref import ref as WeakReference  # is built in; the module weakref takes a millisecond

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator
    from typing import Any, ClassVar, TypeVar

    Receiver = TypeVar("Receiver", bound=Callable[..., Any])

COROUTINE_CODE = 0x80  # inspect.CO_COROUTINE, whose module is slow to import


class Symbol:
    """A constant that is only equal to itself, one for each name, also after pickling."""

    known: ClassVar[dict[str, Symbol]] = {}
    name: str

    def __new__(cls, name: str) -> Symbol:
        if name not in cls.known:
            cls.known[name] = object.__new__(cls)
            cls.known[name].name = name
        return cls.known[name]

    def __getnewargs__(self) -> tuple[str]:
        return (self.name,)

    def __repr__(self) -> str:
        return self.name


ANY = Symbol("ANY")  # every sender
_ANY_KEY = 0  # no object has this id


def _key(thing: Any) -> Hashable:
    """Return what a receiver or sender is known by, without keeping it alive.

    A bound method is a new object at each look, so its two halves stand for it;
    texts and numbers are the same sender when they are equal.
    """
    if hasattr(thing, "__func__"):
        return (id(thing.__func__), id(thing.__self__))
    if isinstance(thing, (str, int)):
        return (thing,)
    return _ANY_KEY if thing is ANY else id(thing)


class Signal:
    """An event that functions can be connected to.

    >>> saved = Signal("Sent after a document was saved.")
    >>> @saved.connect
    ... def tell(sender, name, **extra):
    ...     print(sender, "saved", name)
    >>> _ = saved.send("editor", name="a.txt")
    editor saved a.txt

    A receiver is called with the sender and the keywords of `send`; let it take
    `**extra`, for keywords that may be added some day. `receivers` is empty
    (false) when nobody listens, so that a busy sender can skip the rest.

    :param doc: what the signal means, for `help()`.
    """

    ANY = ANY

    def __init__(self, doc: str | None = None) -> None:
        if doc:
            self.__doc__ = doc
        self.receivers: dict[Hashable, Any] = {}
        self.is_muted = False
        self._by_receiver: dict[Hashable, set[Hashable]] = {}
        self._by_sender: dict[Hashable, set[Hashable]] = {}
        self._weak_senders: dict[Hashable, Any] = {}

    @property
    def receiver_connected(self) -> Signal:
        """Sent by this signal after each `connect`, with `receiver`, `sender` and `weak`."""
        return self.__dict__.setdefault("_connected", Signal())  # type: ignore[no-any-return]

    @property
    def receiver_disconnected(self) -> Signal:
        """Sent by this signal after each `disconnect`, with `receiver` and `sender`.

        What merely dies is not announced.
        """
        return self.__dict__.setdefault("_disconnected", Signal())  # type: ignore[no-any-return]

    def connect(self, receiver: Receiver, sender: Any = ANY, weak: bool = True) -> Receiver:
        """Have the receiver called when this signal is sent; return it, to be usable as a decorator.

        :param sender: call it for this sender only.
        :param weak: forget the receiver when nothing else holds it. A lambda or
            an inner function that only the signal knows needs `weak=False`.
        """
        receiver_key, sender_key = _key(receiver), _key(sender)
        if receiver_key not in self.receivers:
            self.receivers[receiver_key] = self._weak_receiver(receiver, receiver_key) if weak else receiver
        elif not weak:
            self.receivers[receiver_key] = receiver
        self._by_sender.setdefault(sender_key, set()).add(receiver_key)
        self._by_receiver.setdefault(receiver_key, set()).add(sender_key)
        if sender is not ANY:
            self._watch_sender(sender, sender_key)
        self._announce("_connected", receiver=receiver, sender=sender, weak=weak)
        return receiver

    def connect_via(self, sender: Any, weak: bool = False) -> Callable[[Receiver], Receiver]:
        """Return a decorator that connects a function for one sender, by default for good."""
        return lambda receiver: self.connect(receiver, sender, weak)

    def connected_to(self, receiver: Callable[..., Any], sender: Any = ANY) -> Within:
        """Return a context manager: the receiver is connected inside of the `with` block only.

        >>> ping, heard = Signal(), []
        >>> with ping.connected_to(heard.append):
        ...     _ = ping.send("in")
        >>> _ = ping.send("out")
        >>> heard
        ['in']
        """
        return Within(lambda: self.connect(receiver, sender, weak=False), lambda: self.disconnect(receiver, sender))

    def muted(self) -> Within:
        """Return a context manager: inside of the `with` block, sending does nothing."""
        return Within(lambda: setattr(self, "is_muted", True), lambda: setattr(self, "is_muted", False))

    def disconnect(self, receiver: Callable[..., Any], sender: Any = ANY) -> None:
        """Undo `connect`: for one sender, or, without *sender*, for all it was connected for."""
        self._disconnect(_key(receiver), _key(sender))
        self._announce("_disconnected", receiver=receiver, sender=sender)

    def send(
        self, sender: Any = None, /, *, _async_wrapper: Callable[..., Any] | None = None, **kwargs: Any
    ) -> list[tuple[Callable[..., Any], Any]]:
        """Call the receivers in the order of their connection; return (receiver, result) of each.

        :param _async_wrapper: makes a plain function of a coroutine function.
        :raises RuntimeError: for a receiver that is a coroutine function, without it.
        """
        if self.is_muted or not self.receivers:
            return []
        results = []
        for receiver in self.receivers_for(sender):
            call = receiver
            if _is_async(receiver):
                if _async_wrapper is None:
                    raise RuntimeError(
                        f"{receiver!r} is a coroutine function, which send() cannot await. Use send_async(), or"
                        " pass an _async_wrapper that runs it."
                    )
                call = _async_wrapper(receiver)
            results.append((receiver, call(sender, **kwargs)))
        return results

    async def send_async(
        self, sender: Any = None, /, *, _sync_wrapper: Callable[..., Any] | None = None, **kwargs: Any
    ) -> list[tuple[Callable[..., Any], Any]]:
        """Call the receivers, awaiting each: coroutine functions as they are.

        :param _sync_wrapper: makes a coroutine function of a plain one.
        :raises RuntimeError: for a plain receiver, without it.
        """
        if self.is_muted or not self.receivers:
            return []
        results = []
        for receiver in self.receivers_for(sender):
            call = receiver
            if not _is_async(receiver):
                if _sync_wrapper is None:
                    raise RuntimeError(
                        f"{receiver!r} is not a coroutine function, and send_async() was given no _sync_wrapper"
                        " that makes one of it."
                    )
                call = _sync_wrapper(receiver)
            results.append((receiver, await call(sender, **kwargs)))
        return results

    def has_receivers_for(self, sender: Any) -> bool:
        """Return whether there may be receivers for a sender; `receivers_for` knows for certain."""
        return bool(self.receivers) and bool(self._keys_for(sender))

    def receivers_for(self, sender: Any) -> Iterator[Callable[..., Any]]:
        """Yield the receivers for a sender that are alive."""
        wanted = self._keys_for(sender)
        for key, receiver in list(self.receivers.items()):
            if key not in wanted:
                continue
            if isinstance(receiver, WeakReference):
                receiver = receiver()
            if receiver is not None:
                yield receiver

    def _keys_for(self, sender: Any) -> set[Hashable]:
        for_all = self._by_sender.get(_ANY_KEY, set())
        for_one = self._by_sender.get(_key(sender))
        return for_all | for_one if for_one else for_all

    def _announce(self, name: str, **kwargs: Any) -> None:
        signal = self.__dict__.get(name)
        if signal is not None and signal.receivers:
            signal.send(self, **kwargs)

    def _weak_receiver(self, receiver: Callable[..., Any], key: Hashable) -> Any:
        """Return a reference to a receiver; all trace of it goes when it dies."""
        from weakref import WeakMethod

        make: Any = WeakMethod if hasattr(receiver, "__func__") else WeakReference
        return make(receiver, lambda _: self._disconnect(key, _ANY_KEY))

    def _watch_sender(self, sender: Any, key: Hashable) -> None:
        """Forget a sender when it dies, if it is of a kind that can be watched."""
        if key not in self._weak_senders:
            try:
                self._weak_senders[key] = WeakReference(sender, lambda _: self._forget_sender(key))
            except TypeError:
                pass  # a text, a number: there is nothing to wait for

    def _forget_sender(self, key: Hashable) -> None:
        self._weak_senders.pop(key, None)
        for receiver in self._by_sender.pop(key, ()):
            self._by_receiver[receiver].discard(key)

    def _disconnect(self, receiver: Hashable, sender: Hashable) -> None:
        senders = self._by_receiver.get(receiver, set())
        if sender == _ANY_KEY:
            self._by_receiver.pop(receiver, None)
            for known in senders:
                self._by_sender.get(known, set()).discard(receiver)
            senders.clear()
        else:
            senders.discard(sender)
            self._by_sender.get(sender, set()).discard(receiver)
        if not senders:
            self.receivers.pop(receiver, None)

    def _cleanup_bookkeeping(self) -> None:
        """Drop the empty entries of senders and receivers that are gone (blinker's tests call this)."""
        for table in (self._by_sender, self._by_receiver):
            for key in [key for key, entries in table.items() if not entries]:
                del table[key]


class Within:
    """A context manager of two functions, called at the start and at the end of the block."""

    def __init__(self, begin: Callable[[], Any], end: Callable[[], Any]) -> None:
        self.begin, self.end = begin, end

    def __enter__(self) -> None:
        self.begin()

    def __exit__(self, *error: object) -> None:
        self.end()


class NamedSignal(Signal):
    """A signal that knows the name it goes by in its namespace."""

    def __init__(self, name: str, doc: str | None = None) -> None:
        super().__init__(doc)
        self.name = name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} at {id(self):#x}>"


class Namespace(dict):  # type: ignore[type-arg]
    """Signals by name: one place where a library's signals are made and found.

    >>> signals = Namespace()
    >>> signals.signal("document-saved") is signals.signal("document-saved")
    True
    """

    def signal(self, name: str, doc: str | None = None) -> NamedSignal:
        """Return the signal of that name, made when it is first asked for."""
        if name not in self:
            self[name] = NamedSignal(name, doc)
        return self[name]  # type: ignore[no-any-return]


default_namespace = Namespace()
signal = default_namespace.signal


def _is_async(function: Any) -> bool:
    """Return whether a call of this gives a coroutine."""
    code = getattr(function, "__code__", None)  # a bound method hands on its function's
    while code is None and hasattr(function, "func"):  # functools.partial
        function = function.func
        code = getattr(function, "__code__", None)
    return code is not None and bool(code.co_flags & COROUTINE_CODE)


# Signals need no other package here, so they are always there (C32).
signals_available = True

_signals = Namespace()
template_rendered = _signals.signal("template-rendered", "After a template was rendered: `template`, `context`.")
before_render_template = _signals.signal("before-render-template", "Before that: `template`, `context`.")
request_started = _signals.signal("request-started", "The request context is there; nothing has been processed yet.")
request_finished = _signals.signal("request-finished", "The `response` is about to go to the client.")
request_tearing_down = _signals.signal("request-tearing-down", "The request ends, after an error `exc` or without.")
got_request_exception = _signals.signal("got-request-exception", "Nothing handles this `exception` of a request.")
appcontext_tearing_down = _signals.signal("appcontext-tearing-down", "The context ends, after an error `exc` or not.")
appcontext_pushed = _signals.signal("appcontext-pushed", "An application context became the current one.")
appcontext_popped = _signals.signal("appcontext-popped", "An application context is no longer the current one.")
message_flashed = _signals.signal("message-flashed", "A `message` of a `category` was flashed.")
