"""rings.py CONF_DIR ACCOUNT_PORT CONTAINER_PORT OBJECT_PORT: rings of one replica on one device, both policies."""
import sys

from swift.common.ring import RingBuilder

conf_dir = sys.argv[1]
account, container, obj = map(int, sys.argv[2:])
for name, port in (("account", account), ("container", container), ("object", obj), ("object-1", obj)):
    builder = RingBuilder(4, 1, 1)
    builder.add_dev({
        "id": 0, "region": 1, "zone": 1, "device": "d1", "weight": 1.0, "meta": "",
        "ip": "127.0.0.1", "port": port, "replication_ip": "127.0.0.1", "replication_port": port,
    })
    builder.rebalance(seed=1)
    builder.get_ring().save(f"{conf_dir}/{name}.ring.gz")
