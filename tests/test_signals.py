"""Signals, and the ten of the framework (section 15 of the seeds: B93, B94, B110, B114-B116)."""

from __future__ import annotations

import asyncio
import gc
import pickle
import unittest
from functools import partial

import minflask
from minflask import signals
from minflask.signals import ANY, NamedSignal, Namespace, Signal, Symbol


class Heard(list):
    """A receiver that notes what it got."""

    def __call__(self, sender, **extra):
        self.append((sender, extra))
        return len(self)

    __hash__ = object.__hash__


class Sender:
    """Something that can be held weakly."""


class Sending(unittest.TestCase):
    def setUp(self):
        self.signal, self.heard = Signal(), Heard()

    def test_a_receiver_gets_the_sender_and_the_keywords(self):
        """B94."""
        self.signal.connect(self.heard)
        self.assertEqual(self.signal.send("me", a=1), [(self.heard, 1)])
        self.assertEqual(self.heard, [("me", {"a": 1})])
        self.signal.send()
        self.assertEqual(self.heard[-1], (None, {}))

    def test_a_receiver_for_one_sender_hears_that_one_only(self):
        """B94."""
        one, other = Sender(), Sender()
        self.signal.connect(self.heard, one)
        for sender in (one, other, None):
            self.signal.send(sender)
        self.assertEqual(self.heard, [(one, {})])

    def test_equal_texts_and_numbers_are_the_same_sender(self):
        for sender, same, other in (("".join("ab"), "ab", "b"), (10**9, int("1000000000"), 0)):
            with self.subTest(sender=sender):
                heard = Heard()
                self.signal.connect(heard, sender)
                self.signal.send(same)
                self.signal.send(other)
                self.assertEqual(len(heard), 1)

    def test_zero_is_a_sender_and_not_all_of_them(self):
        self.signal.connect(self.heard, 0)
        self.signal.send("x")
        self.assertEqual(self.heard, [])

    def test_receivers_are_called_in_the_order_of_connection_each_once(self):
        calls, functions = [], []
        for number in range(20):
            def note(sender, number=number):
                calls.append(number)
            functions.append(self.signal.connect(note, *(["me"] if number % 2 else [])))
        self.signal.connect(functions[0], "me")
        self.signal.send("me")
        self.assertEqual(calls, list(range(20)))

    def test_nobody_listening_is_seen_from_outside(self):
        self.assertFalse(self.signal.receivers)
        self.signal.connect(self.heard, "me")
        self.assertTrue(self.signal.receivers)
        self.assertTrue(self.signal.has_receivers_for("me"))
        self.assertFalse(self.signal.has_receivers_for("you"))
        self.assertFalse(self.signal.has_receivers_for(ANY))
        self.signal.disconnect(self.heard, "me")
        self.assertFalse(self.signal.receivers)

    def test_a_receiver_may_disconnect_itself_while_called(self):
        def once(sender):
            self.signal.disconnect(once)
        self.signal.connect(once)
        self.signal.connect(self.heard)
        self.signal.send()
        self.signal.send()
        self.assertEqual((len(self.heard), len(self.signal.receivers)), (2, 1))

    def test_muted_sends_to_nobody(self):
        self.signal.connect(self.heard)
        with self.signal.muted():
            self.assertEqual(self.signal.send("x"), [])
        self.signal.send("y")
        self.assertEqual([sender for sender, _ in self.heard], ["y"])


class Lifetimes(unittest.TestCase):
    def test_receivers_are_held_weakly_by_default(self):
        """C32."""
        signal, heard = Signal(), []

        class Receiver:
            def hear(self, sender):
                heard.append(sender)

        receiver = Receiver()
        signal.connect(receiver.hear)
        signal.send(1)
        del receiver
        gc.collect()
        signal.send(2)
        self.assertEqual((heard, signal.receivers), ([1], {}))

    def test_a_strong_receiver_stays(self):
        signal, heard = Signal(), []
        signal.connect(lambda sender: heard.append(sender), weak=False)
        gc.collect()
        signal.send(1)
        self.assertEqual(heard, [1])

    def test_connecting_again_for_good_makes_it_stay(self):
        signal = Signal()

        def hear(sender):
            return "heard"
        signal.connect(hear, "one")
        signal.connect(hear, "two", weak=False)
        del hear
        gc.collect()
        self.assertEqual([result for _, result in signal.send("one")], ["heard"])

    def test_a_sender_that_dies_leaves_nothing_behind(self):
        signal, heard, sender = Signal(), Heard(), Sender()
        signal.connect(heard, sender)
        del sender
        gc.collect()
        self.assertEqual((signal._by_sender, list(signal._by_receiver.values())), ({}, [set()]))
        signal._cleanup_bookkeeping()
        self.assertEqual(signal._by_receiver, {})


class Connecting(unittest.TestCase):
    def setUp(self):
        self.signal, self.heard = Signal(), Heard()

    def test_connected_to_lasts_for_the_block_also_after_an_error(self):
        """B110."""
        self.signal.connect(self.heard, "always")
        with self.assertRaises(KeyError), self.signal.connected_to(self.heard, "me"):
            self.signal.send("me")
            raise KeyError
        self.signal.send("me")
        self.signal.send("always")
        self.assertEqual([sender for sender, _ in self.heard], ["me", "always"])

    def test_connect_via_is_a_decorator_that_holds_on(self):
        @self.signal.connect_via("me")
        def hear(sender):
            return "heard"
        del hear
        gc.collect()
        self.assertEqual([result for _, result in self.signal.send("me")], ["heard"])

    def test_disconnect_without_a_sender_is_for_all_of_them(self):
        for sender in ("a", "b", ANY):
            self.signal.connect(self.heard, sender)
        self.signal.disconnect(self.heard)
        for sender in ("a", "b"):
            self.signal.send(sender)
        self.assertEqual(self.heard, [])

    def test_connections_are_announced(self):
        told = []
        self.signal.receiver_connected.connect(lambda s, **extra: told.append(("on", s, extra)), weak=False)
        self.signal.receiver_disconnected.connect(lambda s, **extra: told.append(("off", s, extra)), weak=False)
        self.signal.connect(self.heard, "me", weak=False)
        self.signal.disconnect(self.heard)
        self.assertEqual(told, [
            ("on", self.signal, {"receiver": self.heard, "sender": "me", "weak": False}),
            ("off", self.signal, {"receiver": self.heard, "sender": ANY})])


class Async(unittest.TestCase):
    """later.md 46: coroutine functions as subscribers."""

    def setUp(self):
        self.signal, self.heard = Signal(), []

        async def hear_later(sender):
            self.heard.append(("async", sender))
        self.hear_later = hear_later

    def test_send_needs_a_wrapper_for_a_coroutine_function(self):
        for receiver in (self.hear_later, partial(self.hear_later)):
            with self.subTest(receiver=receiver), self.signal.connected_to(receiver):
                with self.assertRaisesRegex(RuntimeError, "send_async"):
                    self.signal.send(1)
        with self.signal.connected_to(self.hear_later):
            self.signal.send(2, _async_wrapper=lambda f: lambda *a: asyncio.run(f(*a)))
        self.assertEqual(self.heard, [("async", 2)])

    def test_send_async_awaits_all_and_needs_a_wrapper_for_plain_ones(self):
        def hear(sender):
            self.heard.append(("plain", sender))

        def wrap(function):
            async def wrapped(*args):
                return function(*args)
            return wrapped
        self.signal.connect(self.hear_later)
        asyncio.run(self.signal.send_async(1))
        self.signal.connect(hear)
        with self.assertRaisesRegex(RuntimeError, "_sync_wrapper"):
            asyncio.run(self.signal.send_async(2))
        asyncio.run(self.signal.send_async(3, _sync_wrapper=wrap))
        with self.signal.muted():
            self.assertEqual(asyncio.run(self.signal.send_async(4)), [])
        self.assertEqual(self.heard, [("async", 1), ("async", 2), ("async", 3), ("plain", 3)])


class Names(unittest.TestCase):
    def test_a_namespace_makes_each_signal_once(self):
        """B116."""
        names = Namespace()
        signal = names.signal("saved", doc="what it means")
        self.assertIs(names.signal("saved"), signal)
        self.assertIsNot(Namespace().signal("saved"), signal)
        self.assertEqual((signal.name, signal.__doc__, list(names)), ("saved", "what it means", ["saved"]))
        self.assertIsInstance(signal, NamedSignal)
        self.assertIn("'saved'", repr(signal))
        self.assertIs(signals.signal("x"), signals.default_namespace.signal("x"))

    def test_a_symbol_is_one_for_each_name(self):
        self.assertIs(Symbol("ANY"), ANY)
        self.assertIs(pickle.loads(pickle.dumps(ANY)), ANY)
        self.assertEqual(repr(ANY), "ANY")

    def test_the_ten_signals_are_at_the_top_level(self):
        """B93, B114, C32."""
        names = ("template_rendered before_render_template request_started request_finished request_tearing_down"
                 " got_request_exception appcontext_tearing_down appcontext_pushed appcontext_popped message_flashed")
        for name in names.split():
            with self.subTest(name):
                self.assertIs(getattr(minflask, name), getattr(signals, name))
                self.assertEqual(getattr(signals, name).name, name.replace("_", "-"))
        self.assertIs(signals.signals_available, True)


if __name__ == "__main__":
    unittest.main()
