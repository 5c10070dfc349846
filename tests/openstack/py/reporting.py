"""reporting.py AUTH_URL SINCE: waits until every process of Nova and Cinder that has no port has reported to the database
after SINCE (seconds of the epoch). Until then the scheduler finds no host, or finds one that doesn't listen yet."""
import sys
import time
from datetime import datetime, timezone

from admin import login

session = login(sys.argv[1])
since = datetime.fromtimestamp(int(sys.argv[2]), timezone.utc).replace(tzinfo=None)
WANTED = {"nova-conductor", "nova-scheduler", "nova-compute", "cinder-scheduler", "cinder-volume"}
deadline = time.monotonic() + 180
while True:
    reported = set()
    for kind in ("compute", "volumev3"):
        for service in session.get("/os-services", endpoint_filter={"service_type": kind}).json()["services"]:
            if service["updated_at"] and datetime.fromisoformat(service["updated_at"]) >= since:
                reported.add(service["binary"])
    if WANTED <= reported:
        break
    if time.monotonic() > deadline:
        sys.exit(f"no report within 180 s from {', '.join(sorted(WANTED - reported))}")
    time.sleep(0.2)
