"""One pyftpdlib server; pyftpdlib.sh and lab.ts say where, in the environment."""

import logging
from os import environ as env

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.log import config_logging
from pyftpdlib.servers import FTPServer

home = env["DIR"] + "/home"
accounts = DummyAuthorizer()
accounts.add_user(env["LAB_USER"], env["LAB_PASSWORD"], home, perm="elradfmwMT")
accounts.add_user(env["LAB_USER2"], env["LAB_PASSWORD2"], home, perm="elradfmwMT")
accounts.add_anonymous(home)

if env["VARIANT"] == "tls":
    handler = TLS_FTPHandler
    handler.certfile = env["DIR"] + "/server.pem"
    handler.tls_control_required = handler.tls_data_required = True
else:
    handler = FTPHandler
handler.authorizer = accounts
handler.banner = "lab pyftpdlib"
handler.passive_ports = range(int(env["PASSIVE_LOW"]), int(env["PASSIVE_HIGH"]) + 1)
config_logging(level=logging.DEBUG)
FTPServer((env["HOST"], int(env["PORT"])), handler).serve_forever()
