"""Views as classes (section 16 of the seeds: B363, B364; C42; later.md 4, 15)."""

from __future__ import annotations

import unittest

from minflask import Flask, request
from minflask.views import MethodView, View


def ask(view, method="GET", path="/", **options):
    """Register a view function, and return how it answers."""
    app = Flask(__name__)
    app.testing = True
    app.add_url_rule(path, view_func=view, **options)
    return app.test_client().open(path.replace("<name>", "ann"), method=method)


class Views(unittest.TestCase):
    def test_an_instance_is_made_for_each_request_with_the_arguments_of_as_view(self):
        """B363."""
        made = []

        class Hello(View):
            """Says hello."""
            def __init__(self, greeting, mark=""):
                made.append(self)
                self.text = greeting, mark

            def dispatch_request(self, name):
                return f"{self.text[0]}, {name}{self.text[1]}"
        view = Hello.as_view("hello", "Hello", mark="!")
        self.assertEqual((view.__name__, view.__doc__, view.__module__, view.view_class),
                         ("hello", "Says hello.", __name__, Hello))
        self.assertEqual([ask(view, path="/<name>").text for _ in range(2)], ["Hello, ann!"] * 2)
        self.assertEqual(len(made), 2)
        view.view_class = lambda *args, **kwargs: Hello("Bye")
        self.assertEqual(ask(view, path="/<name>").text, "Bye, ann")

    def test_one_instance_may_serve_all_requests(self):
        """later.md 15."""
        class Counter(View):
            init_every_request = False
            count = 0

            def dispatch_request(self):
                self.count += 1
                return str(self.count)
        view = Counter.as_view("counter")
        self.assertEqual([ask(view).text, ask(view).text], ["1", "2"])

    def test_methods_and_options_are_taken_from_the_class(self):
        """B160, B161, B363."""
        class Answer(View):
            methods = ["POST"]
            provide_automatic_options = False

            def dispatch_request(self):
                return request.method
        view = Answer.as_view("answer")
        self.assertEqual([ask(view, method).status_code for method in ("POST", "GET", "OPTIONS")], [200, 405, 405])
        self.assertEqual(ask(view, "PUT", methods=["PUT"]).text, "PUT")

    def test_decorators_are_applied_in_their_order(self):
        """B363: the last is the outermost."""
        def mark(sign):
            def decorate(function):
                return lambda **kwargs: function(**kwargs) + sign
            return decorate

        class Answer(View):
            decorators = [mark("1"), mark("2")]

            def dispatch_request(self):
                return "0"
        view = Answer.as_view("answer")
        self.assertEqual((ask(view).text, view.__name__, view.view_class), ("012", "answer", Answer))

    def test_a_view_must_say_what_it_does(self):
        """B363."""
        with self.assertRaises(NotImplementedError):
            View().dispatch_request()

    def test_coroutine_methods_are_run(self):
        """later.md 4."""
        class Later(View):
            async def dispatch_request(self):
                return "later"

        class LaterMethods(MethodView):
            async def get(self):
                return "got"
        self.assertEqual((ask(Later.as_view("a")).text, ask(LaterMethods.as_view("a")).text), ("later", "got"))


class MethodViews(unittest.TestCase):
    def test_each_method_has_its_function(self):
        """B364."""
        class Counter(MethodView):
            def get(self):
                return "get"

            def post(self):
                return "post"

            def patch(self):
                return "patch"
        view = Counter.as_view("counter")
        self.assertEqual(set(view.methods), {"GET", "POST", "PATCH"})
        self.assertEqual([ask(view, method).text for method in ("GET", "POST", "PATCH")], ["get", "post", "patch"])
        self.assertEqual([ask(view, method).status_code for method in ("PUT", "DELETE")], [405, 405])

    def test_head_falls_to_get_unless_it_has_its_own(self):
        """B364."""
        class Plain(MethodView):
            def get(self):
                return "x", {"X-By": "get"}

        class Own(Plain):
            def head(self):
                return "", {"X-By": "head"}
        for cls, by in ((Plain, "get"), (Own, "head")):
            self.assertEqual(ask(cls.as_view("v"), "HEAD").headers["X-By"], by)

    def test_methods_are_collected_from_the_bases(self):
        """B364, C42."""
        class Get(MethodView):
            def get(self):
                return ""

        class Delete(MethodView):
            def delete(self):
                return ""

        class Both(Get, Delete):
            pass

        class Told(Get):
            methods = ["PUT"]

            def put(self):
                return "put"

        class Child(Told):
            def post(self):
                return ""

        class Mixin:
            def post(self):
                return ""

        class Mixed(Mixin, MethodView):
            pass
        for cls, methods in ((Both, {"GET", "DELETE"}), (Told, {"PUT"}), (Child, {"GET", "POST", "PUT"}),
                             (Mixed, {"POST"})):
            with self.subTest(cls=cls):
                self.assertEqual(set(cls.as_view("v").methods), methods)
        self.assertIsNone(MethodView.methods)

    def test_a_registered_method_without_a_function_is_explained(self):
        class Empty(MethodView):
            methods = ["POST"]
        with self.assertRaisesRegex(AssertionError, "'post'"):
            ask(Empty.as_view("v"), "POST")


if __name__ == "__main__":
    unittest.main()
