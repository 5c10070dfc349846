"""seeds.py AUTH_URL: flavors, a public image, networks and a volume type. Idempotent."""
import os
import sys

from admin import login

session = login(sys.argv[1])


def get(kind, path):
    return session.get(path, endpoint_filter={"service_type": kind}).json()


def post(kind, path, body):
    return session.post(path, json=body, endpoint_filter={"service_type": kind}).json()


FLAVORS = [("1", "m1.tiny", 512, 1, 1), ("2", "m1.small", 2048, 20, 1), ("3", "m1.medium", 4096, 40, 2),
           ("4", "m1.large", 8192, 80, 4)]
present = {flavor["id"] for flavor in get("compute", "/flavors")["flavors"]}
for number, name, ram, disk, vcpus in FLAVORS:
    if number not in present:
        post("compute", "/flavors", {"flavor": {"id": number, "name": name, "ram": ram, "disk": disk, "vcpus": vcpus}})

if not get("image", "/v2/images?name=cirros&status=active")["images"]:
    image = post("image", "/v2/images", {
        "name": "cirros", "disk_format": "raw", "container_format": "bare", "visibility": "public"})
    # Nothing boots it, so any bytes will do.
    session.put(f"/v2/images/{image['id']}/file", data=os.urandom(1 << 20),
                headers={"Content-Type": "application/octet-stream"}, endpoint_filter={"service_type": "image"})


def network(name, cidr, **attributes):
    found = get("network", f"/v2.0/networks?name={name}")["networks"]
    made = found[0] if found else post("network", "/v2.0/networks", {"network": {"name": name, **attributes}})["network"]
    subnets = get("network", f"/v2.0/subnets?network_id={made['id']}")["subnets"]
    subnet = subnets[0] if subnets else post("network", "/v2.0/subnets", {"subnet": {
        "network_id": made["id"], "name": f"{name}-subnet", "ip_version": 4, "cidr": cidr, "enable_dhcp": False}})["subnet"]
    return made["id"], subnet["id"]


outside, _ = network("public", "203.0.113.0/24", **{
    "router:external": True, "provider:network_type": "flat", "provider:physical_network": "outside"})
_, inside = network("private", "10.0.0.0/20", shared=True)
if not get("network", "/v2.0/routers?name=router")["routers"]:
    router = post("network", "/v2.0/routers", {"router": {"name": "router", "external_gateway_info": {"network_id": outside}}})
    session.put(f"/v2.0/routers/{router['router']['id']}/add_router_interface", json={"subnet_id": inside},
                endpoint_filter={"service_type": "network"})

if "file" not in {kind["name"] for kind in get("volumev3", "/types")["volume_types"]}:
    post("volumev3", "/types", {"volume_type": {"name": "file", "os-volume-type-access:is_public": True}})
