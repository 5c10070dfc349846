"""storage_server.py ROLE CONF: one of Swift's WSGI servers (account, container, object, proxy), logging to stderr.

Debian's own start scripts come in packages that also install and enable services; the library is all we need.
"""
import os
import sys

from swift.common import utils

role, conf = sys.argv[1:]
utils.set_swift_dir(os.path.dirname(conf))  # instead of /etc/swift
# Storage policies are read from there at import, so only now:
from swift.common.wsgi import run_wsgi  # noqa: E402

extra = {}
if role == "object":
    from swift.obj import server

    extra["global_conf_callback"] = server.global_conf_callback
sys.exit(run_wsgi(conf, role + "-server", verbose=True, **extra))
