"""A session of the admin of `keystone-manage bootstrap`, for the other scripts here."""
import os

from keystoneauth1 import session
from keystoneauth1.identity import v3


def login(auth_url):
    return session.Session(auth=v3.Password(
        auth_url=auth_url, username="admin", password=os.environ["K5_ADMIN_PASSWORD"], project_name="admin",
        user_domain_id="default", project_domain_id="default"))
