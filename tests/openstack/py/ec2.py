"""ec2.py AUTH_URL USER: prints access key and secret of a user's S3 keys, which are made if there are none."""
import os
import sys

from keystoneauth1 import session
from keystoneauth1.identity import v3
from keystoneclient.v3 import client

auth_url, user = sys.argv[1:]
auth = v3.Password(auth_url=auth_url, username=user, password=os.environ["K5_USER_PASSWORD"], project_name=user,
                   user_domain_id="default", project_domain_id="default")
login = session.Session(auth=auth)
keystone = client.Client(session=login, interface="public")
user_id, project_id = auth.get_user_id(login), auth.get_project_id(login)
mine = [key for key in keystone.ec2.list(user_id=user_id) if key.tenant_id == project_id]
key = mine[0] if mine else keystone.ec2.create(user_id=user_id, project_id=project_id)
print(key.access, key.secret)
