"""WSGI middleware, one kind in each file. Any WSGI application will do; apps of minflask are unknown here."""
