"""A program that uses the package under some name: what holds of a copy, a zip and the one file alike."""

from __future__ import annotations

# To be filled in with `.format(name=...)`.
HELLO = """
from {name} import Flask, render_template_string, session
app = Flask(__name__)
app.secret_key = "x"
@app.route("/<word>")
def hello(word):
    session["word"] = word
    return render_template_string("Hello, {{{{ word }}}}!", word=word)
client = app.test_client()
assert client.get("/<b>").text == "Hello, &lt;b&gt;!", client.get("/<b>").text
with client.session_transaction() as stored:
    assert stored["word"] == "<b>"
assert app.test_cli_runner().invoke(args=["--help"]).exit_code == 0
"""
