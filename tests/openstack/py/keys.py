"""keys.py DIR...: Fernet keys 0 (staged) and 1 (primary) in each key repository, unless they are there."""
import os
import sys

from cryptography.fernet import Fernet

os.umask(0o077)
for directory in sys.argv[1:]:
    os.makedirs(directory, exist_ok=True)
    for number in "01":
        path = os.path.join(directory, number)
        if not os.path.exists(path):
            with open(path, "wb") as out:
                out.write(Fernet.generate_key())
