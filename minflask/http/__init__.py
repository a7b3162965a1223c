"""HTTP without sockets, applications or globals: data in, data out.

The modules are imported one by one; this file stays bare so that using one
does not load the others.
"""
