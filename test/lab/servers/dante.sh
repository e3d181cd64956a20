# Dante: SOCKS 4 and 5 with CONNECT and BIND. Variant login: SOCKS 5 with the account of the machine (lab).
configure() {
  local method=none
  [ "$VARIANT" != login ] || method=username
  cat >"$DIR/danted.conf" <<CONF
logoutput: $DIR/server.log
internal: $HOST port = $PORT
external: $HOST
socksmethod: $method
clientmethod: none
user.privileged: root
user.unprivileged: nobody
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 command: bind connect udpassociate }
socks pass { from: 0.0.0.0/0 to: 127.0.0.0/8 command: bindreply udpreply }
$EXTRA
CONF
}

serve() { exec "$PROGRAM" -f "$DIR/danted.conf" -p "$DIR/pid"; }
