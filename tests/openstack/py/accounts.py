"""accounts.py: projects, users, roles and the catalogue, by the admin of `keystone-manage bootstrap`. Idempotent.

Takes AUTH_URL, REGION, then USER/NAME:TYPE=URL for each service of the catalogue (USER is whom the service logs in as), and
the passwords from K5_ADMIN_PASSWORD, K5_USER_PASSWORD, K5_SERVICE_PASSWORD.
"""
import os
import sys

from keystoneclient.v3 import client

from admin import login

auth_url, region, *catalogue = sys.argv[1:]
user_password = os.environ["K5_USER_PASSWORD"]
service_password = os.environ["K5_SERVICE_PASSWORD"]

# user, password, project, roles
USERS = [
    ("demo", user_password, "demo", ["member", "SwiftOperator"]),
    ("alt_demo", user_password, "alt_demo", ["member", "SwiftOperator"]),
    ("reader", user_password, "demo", ["reader"]),
    ("reseller", user_password, "service", ["member", "ResellerAdmin"]),
]
SERVICES = []
for entry in catalogue:
    kind, url = entry.split("=", 1)
    user, name, kind = kind.replace("/", ":").split(":")
    SERVICES.append((name, kind, url))
    if user not in {u[0] for u in USERS}:
        USERS.append((user, service_password, "service", ["admin", "service"]))

keystone = client.Client(session=login(auth_url), interface="public")


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
for name, kind, url in SERVICES:
    point(services.get(name) or keystone.services.create(name, type=kind), url)
point(services["keystone"], auth_url)
