"""container.py STATE fill|empty ACCOUNT CONTAINER COUNT: writes names into a container's database, or takes them out again.

STATE is the folder of tests/openstack/up.sh. Listings read nothing but this database, and a million PUTs would take hours; the
objects themselves are not there.
"""
import os
import sys
import time

from swift.common import utils

state, verb, account, container, count = sys.argv[1:]
conf = os.path.join(state, "conf")
utils.set_swift_dir(conf)
# The settings of hashes and policies are read from there at import, so only now:
from swift.common.ring import Ring  # noqa: E402
from swift.common.utils import Timestamp, hash_path, storage_directory  # noqa: E402
from swift.container.backend import DATADIR, ContainerBroker  # noqa: E402

BATCH = 20000
# Of one byte: rclone asks for each object of none, which might be a large one.
SIZE, ETAG = 1, "9dd4e461268c8034f5c8564e155c67a6"

part, nodes = Ring(conf, ring_name="container").get_nodes(account, container)
hashed = hash_path(account, container)
folder = os.path.join(state, "state", "disk", nodes[0]["device"], storage_directory(DATADIR, part, hashed))
path = os.path.join(folder, hashed + ".db")
if not os.path.exists(path):
    sys.exit(f"{account}/{container} has no database at {path}")
broker = ContainerBroker(path, account=account, container=container, timeout=60)
policy = broker.storage_policy_index
now = Timestamp.now().internal
for first in range(0, int(count), BATCH):
    broker.merge_items([
        {
            "name": f"object-{index:07}",
            "created_at": now,
            "size": SIZE,
            "content_type": "application/octet-stream",
            "etag": ETAG,
            "deleted": int(verb == "empty"),
            "storage_policy_index": policy,
            "ctype_timestamp": None,
            "meta_timestamp": None,
        }
        for index in range(first, min(first + BATCH, int(count)))
    ])
if verb == "empty":
    # No replica waits for the tombstones.
    broker.reclaim(Timestamp(time.time() + 1).internal, Timestamp(time.time() + 1).internal)
    with broker.get() as connection:
        connection.execute("VACUUM")
