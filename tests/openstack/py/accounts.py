"""accounts.py: projects, users, roles and Swift's endpoints, by the admin of `keystone-manage bootstrap`. Idempotent.

Takes AUTH_URL, SWIFT_URL, REGION and the passwords from K5_ADMIN_PASSWORD, K5_USER_PASSWORD, K5_SERVICE_PASSWORD.
"""
import os
import sys

from keystoneauth1 import session
from keystoneauth1.identity import v3
from keystoneclient.v3 import client

auth_url, swift_url, region = sys.argv[1:]
user_password = os.environ["K5_USER_PASSWORD"]
service_password = os.environ["K5_SERVICE_PASSWORD"]

# user, password, project, roles
USERS = [
    ("demo", user_password, "demo", ["member", "SwiftOperator"]),
    ("alt_demo", user_password, "alt_demo", ["member", "SwiftOperator"]),
    ("reader", user_password, "demo", ["reader"]),
    ("reseller", user_password, "service", ["member", "ResellerAdmin"]),
    ("swift", service_password, "service", ["admin", "service"]),
]

keystone = client.Client(
    session=session.Session(auth=v3.Password(
        auth_url=auth_url, username="admin", password=os.environ["K5_ADMIN_PASSWORD"], project_name="admin",
        user_domain_id="default", project_domain_id="default")),
    interface="public")


def ensure(manager, name, **attributes):
    found = [item for item in manager.list() if item.name == name]
    return found[0] if found else manager.create(name, **attributes)


roles = {role for user in USERS for role in user[3]}
roles = {name: ensure(keystone.roles, name) for name in sorted(roles)}
projects = {name: ensure(keystone.projects, name, domain="default") for name in sorted({u[2] for u in USERS})}
for name, password, project, granted in USERS:
    project = projects[project]
    user = ensure(keystone.users, name, domain="default", password=password, default_project=project)
    held = {a.role["id"] for a in keystone.role_assignments.list(user=user, project=project)}
    for role in granted:
        if roles[role].id not in held:
            keystone.roles.grant(roles[role], user=user, project=project)


def point(service, url):
    """Every interface of the service leads to this URL, also after a change of ports."""
    endpoints = {e.interface: e for e in keystone.endpoints.list(service=service)}
    for interface in ("public", "internal", "admin"):
        if interface not in endpoints:
            keystone.endpoints.create(service, url, interface=interface, region=region)
        elif endpoints[interface].url != url:
            keystone.endpoints.update(endpoints[interface], url=url)


services = {s.name: s for s in keystone.services.list()}
if "swift" not in services:
    services["swift"] = keystone.services.create("swift", type="object-store")
point(services["swift"], swift_url + "/v1/AUTH_%(tenant_id)s")
point(services["keystone"], auth_url)
