"""housekeeping.py CONF_DIR: Swift's container updater, object updater and object expirer in one process.

The updaters carry object counts up to the account, the expirer takes expired objects out of the listings. Swift's own
daemons fork for every partition and round; at rounds short enough for tests that costs a whole core.
"""
import os
import sys
import time

from swift.common import utils

conf_dir = sys.argv[1]
utils.set_swift_dir(conf_dir)
utils.eventlet_monkey_patch()
os.environ["TZ"] = "UTC+0"
time.tzset()

from swift.container.updater import ContainerUpdater  # noqa: E402
from swift.obj.expirer import ObjectExpirer  # noqa: E402
from swift.obj.updater import ObjectUpdater  # noqa: E402

EVERY = 1.5
EXPIRE_EVERY = 4


def build(cls, server, section):
    conf = utils.readconf(os.path.join(conf_dir, server + "-server.conf"), section)
    logger = utils.get_logger(conf, section, log_to_console=True, log_route=section)
    return cls(conf, logger=logger), logger


updaters = [
    build(ContainerUpdater, "container", "container-updater"),
    build(ObjectUpdater, "object", "object-updater"),
]
expirer = build(ObjectExpirer, "object", "object-expirer")
turn = 0
while True:
    for daemon, logger in updaters + ([expirer] if turn % EXPIRE_EVERY == 0 else []):
        try:
            daemon.run_once()
        except Exception:  # the next round may do better: a backend may be starting
            logger.exception("round failed")
    turn += 1
    time.sleep(EVERY)
