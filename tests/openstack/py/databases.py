"""databases.py SOCKET NAME...: makes these databases anew in the MariaDB behind SOCKET."""
import sys

import pymysql

cursor = pymysql.connect(unix_socket=sys.argv[1], user="root").cursor()
for name in sys.argv[2:]:
    cursor.execute(f"DROP DATABASE IF EXISTS {name}")
    cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb3")
