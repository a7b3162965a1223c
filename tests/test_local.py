"""Context locals and proxies (B24, B42, B63, B70; appendix 1: LocalProxy, LocalStack)."""

from __future__ import annotations

import asyncio
import contextvars
import copy
import math
import operator
import unittest
from contextvars import ContextVar
from types import SimpleNamespace

from minflask.local import Local, LocalManager, LocalProxy, LocalStack, release_local

VALUE = ContextVar("tests.value")


def in_fresh_context(test):
    """Run a test in a context of its own, so that nothing set in it is left."""
    def run(self):
        contextvars.Context().run(test, self)
    return run


def proxy_of(value):
    return LocalProxy(lambda: value)


class Locals(unittest.TestCase):
    def test_attributes_belong_to_the_context(self):
        data = Local()

        async def task(number):
            data.number = number
            await asyncio.sleep(0)
            return data.number

        async def main():
            data.number = 0
            numbers = await asyncio.gather(*map(task, (1, 2, 3)))
            return numbers, data.number
        self.assertEqual(asyncio.run(main()), ([1, 2, 3], 0))
        self.assertFalse(hasattr(data, "number"))

    @in_fresh_context
    def test_attributes_are_set_listed_and_deleted(self):
        data = Local()
        data.a, data.b = 1, 2
        del data.a
        self.assertEqual(list(data), [("b", 2)])
        with self.assertRaises(AttributeError):
            del data.a
        release_local(data)
        self.assertEqual(list(data), [])

    @in_fresh_context
    def test_a_stack_is_pushed_and_popped(self):
        stack = LocalStack()
        self.assertEqual((stack.top, stack.pop()), (None, None))
        self.assertEqual(stack.push(1), [1])
        self.assertEqual(stack.push(2), [1, 2])
        self.assertEqual((stack.top, stack.pop(), stack.top), (2, 2, 1))
        release_local(stack)
        self.assertIsNone(stack.top)

    def test_a_task_does_not_push_onto_the_stack_of_its_parent(self):
        stack = LocalStack()

        async def main():
            stack.push(1)
            await asyncio.create_task(child())
            return stack.top

        async def child():
            stack.push(2)
        self.assertEqual(asyncio.run(main()), 1)

    @in_fresh_context
    def test_a_manager_cleans_up_when_the_answer_is_closed(self):
        data, stack, closed = Local(), LocalStack(), []
        manager = LocalManager([data, stack])

        class Answer(list):
            def close(self):
                closed.append(data.user)

        @manager.middleware
        def app(environ, start_response):
            """An application."""
            data.user = "ann"
            stack.push(1)
            return Answer([b"x"])
        answer = app({}, None)
        self.assertEqual((list(answer), data.user), ([b"x"], "ann"))
        answer.close()
        self.assertEqual((closed, list(data), stack.top), (["ann"], [], None))
        self.assertEqual((app.__name__, app.__doc__), ("app", "An application."))
        self.assertEqual(LocalManager(data).locals, [data])
        self.assertEqual(LocalManager().locals, [])


class Sources(unittest.TestCase):
    @in_fresh_context
    def test_a_proxy_looks_into_each_kind_of_source(self):
        data, stack = Local(), LocalStack()
        data.user = stack_user = type("User", (), {"name": "ann", "boss": type("Boss", (), {"name": "bob"})})
        stack.push(stack_user)
        VALUE.set(stack_user)
        for proxy in (data("user"), LocalProxy(data, "user"), stack(), LocalProxy(VALUE), proxy_of(stack_user)):
            self.assertIs(proxy._get_current_object(), stack_user)
        for proxy in (stack("boss.name"), LocalProxy(VALUE, "boss.name"), LocalProxy(lambda: stack_user, "boss.name"),
                      data("user.boss.name")):
            self.assertEqual(proxy, "bob")

    @in_fresh_context
    def test_an_unbound_proxy_is_false_and_explains_itself_in_any_use(self):
        for proxy in (Local()("x"), LocalStack()(), LocalProxy(ContextVar("tests.unset"))):
            self.assertEqual((bool(proxy), repr(proxy), dir(proxy)), (False, "<LocalProxy unbound>", []))
            self.assertIs(proxy.__class__, LocalProxy)
            self.assertTrue(proxy.__doc__.startswith("A proxy"))
            for use in (len, str, lambda p: p.x, lambda p: p._get_current_object(), lambda p: p == 1):
                with self.assertRaises(RuntimeError):
                    use(proxy)
        with self.assertRaisesRegex(RuntimeError, "^log in first$"):
            Local()("x", unbound_message="log in first").name

    def test_a_subclass_has_attributes_of_its_own(self):
        class Labelled(LocalProxy):
            __slots__ = ("_label",)
            kind = "proxy"

            @property
            def label(self):
                return self._label

        proxy = Labelled(lambda: SimpleNamespace(kind="thing", size=3))
        object.__setattr__(proxy, "_label", "mine")
        self.assertEqual((proxy.label, proxy.kind, proxy.size), ("mine", "proxy", 3))
        self.assertRaises(AttributeError, lambda: proxy.missing)

    def test_a_subclass_may_look_attributes_up_in_its_own_way(self):
        class Loud:
            def __getattribute__(self, name):
                seen.append(name)
                return super().__getattribute__(name)

        class Quiet:
            def __getattr__(self, name):
                return "of the base behind"

        class Calling(LocalProxy):
            def __getattr__(self, name):
                return getattr(self._get_current_object(), name) * 2

        for bases, expected in (((Loud, LocalProxy), 3), ((LocalProxy, Loud), 3), ((LocalProxy, Quiet), 3),
                                ((Calling,), 6), ((Quiet, LocalProxy), "of the base behind")):
            with self.subTest(bases=bases):
                seen = []
                proxy = type("Own", bases, {"kind": "proxy"})(lambda: SimpleNamespace(kind="thing", size=3))
                self.assertEqual((proxy.kind, proxy.size), ("proxy", expected))
                self.assertEqual("size" in seen, Loud in bases)

    def test_what_cannot_be_a_source_is_refused(self):
        for arguments in ((Local(),), (5,)):
            with self.assertRaises(TypeError):
                LocalProxy(*arguments)

    @in_fresh_context
    def test_wrapped_is_the_source_only_while_unbound(self):
        proxy = LocalProxy(VALUE)
        self.assertIs(proxy.__wrapped__, VALUE)
        VALUE.set(5)
        with self.assertRaises(AttributeError):
            proxy.__wrapped__


class Operators(unittest.TestCase):
    def test_binary_operators_work_from_both_sides(self):
        for name in "lt le eq ne gt ge add sub mul truediv floordiv mod lshift rshift and_ or_ xor".split():
            op = getattr(operator, name)
            with self.subTest(name):
                self.assertEqual((op(proxy_of(7), 2), op(2, proxy_of(7))), (op(7, 2), op(2, 7)))
        self.assertEqual((divmod(proxy_of(7), 2), divmod(7, proxy_of(2))), ((3, 1), (3, 1)))
        self.assertEqual((pow(proxy_of(2), 3), pow(2, proxy_of(3)), pow(proxy_of(2), 3, 5)), (8, 8, 3))

    def test_unary_operators_and_conversions(self):
        for function in (operator.neg, operator.pos, operator.invert, abs, int, float, complex, str, repr, hash, bool,
                         hex, bin, round, math.trunc, math.floor, math.ceil):
            with self.subTest(function=function):
                self.assertEqual(function(proxy_of(-7)), function(-7))
        self.assertEqual((format(proxy_of(7), "03"), bytes(proxy_of(b"x")), [0, 1][proxy_of(1)]), ("007", b"x", 1))

    def test_containers(self):
        items = [1, 2, 3]
        proxy = proxy_of(items)
        proxy[0] = 9
        del proxy[1]
        self.assertEqual((len(proxy), proxy[0], 3 in proxy, list(proxy), list(reversed(proxy)), next(iter(proxy))),
                         (2, 9, True, [9, 3], [3, 9], 9))
        self.assertEqual(next(proxy_of(iter("ab"))), "a")
        self.assertEqual(operator.length_hint(proxy_of(iter([1, 2]))), 2)

    def test_in_place_operators_keep_the_proxy_unless_the_value_is_another(self):
        items = [1]
        proxy = proxy_of(items)
        proxy += [2]
        self.assertIs(type(proxy), LocalProxy)
        self.assertEqual(items, [1, 2])
        number = proxy_of(5)
        number += 1
        self.assertEqual((type(number), number), (int, 6))

    def test_attributes_calls_and_classes(self):
        class Thing:
            """A thing."""
            def __call__(self, *args, **kwargs):
                return args, kwargs
        thing = Thing()
        proxy = proxy_of(thing)
        proxy.a = 1
        self.assertEqual((thing.a, proxy.__dict__, proxy.__doc__), (1, {"a": 1}, "A thing."))
        self.assertEqual(proxy(1, b=2), ((1,), {"b": 2}))
        del proxy.a
        self.assertFalse(hasattr(proxy, "a"))
        self.assertIsInstance(proxy, Thing)
        self.assertIs(type(proxy), LocalProxy)
        self.assertIn("__call__", dir(proxy))
        self.assertTrue(isinstance(5, proxy_of(int)) and issubclass(bool, proxy_of(int)))

    def test_copies_are_of_the_object(self):
        inner = []
        self.assertIs(copy.copy(proxy_of([inner]))[0], inner)
        self.assertIsNot(copy.deepcopy(proxy_of([inner]))[0], inner)

    def test_blocks_and_coroutines(self):
        class Thing:
            entered = 0

            def __enter__(self):
                self.entered += 1

            def __exit__(self, *error):
                self.entered -= 1

            async def __aenter__(self):
                self.__enter__()

            async def __aexit__(self, *error):
                self.__exit__()

            def __aiter__(self):
                return self

            async def __anext__(self):
                raise StopAsyncIteration
        thing = Thing()

        async def main():
            async with proxy_of(thing):
                self.assertEqual(thing.entered, 1)
            async for _ in proxy_of(thing):
                self.fail()
            return await proxy_of(asyncio.sleep(0, "slept"))
        with proxy_of(thing):
            self.assertEqual(thing.entered, 1)
        self.assertEqual((asyncio.run(main()), thing.entered), ("slept", 0))


if __name__ == "__main__":
    unittest.main()
