"""The one workload for Mako: the big table, escaped by its default filter."""

from __future__ import annotations

from .requests import Call
from .rows import TABLE

BIGTABLE = """<table>
% for row in table:
<tr>
% for cell in row.values():
<td>${cell}</td>
% endfor
</tr>
% endfor
</table>"""


def workload(package, row):
    """Return a workload, or None for all but the table."""
    if row != "bigtable":
        return None
    from mako.template import Template

    template = Template(BIGTABLE, default_filters=["h"])
    return Call(lambda: template.render(table=TABLE))
