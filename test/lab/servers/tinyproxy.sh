# Tinyproxy: HTTP CONNECT to any port. Variant login: Basic authentication.
configure() {
  cat >"$DIR/tinyproxy.conf" <<CONF
User nobody
Group nogroup
Port $PORT
Listen $HOST
Timeout 600
LogFile "$DIR/server.log"
LogLevel Info
MaxClients 100
Allow 127.0.0.1
DisableViaHeader Yes
$EXTRA
CONF
  [ "$VARIANT" != login ] || echo "BasicAuth $LAB_PROXY_USER $LAB_PROXY_PASSWORD" >>"$DIR/tinyproxy.conf"
  : >"$DIR/server.log"
  chown nobody:nogroup "$DIR" "$DIR/server.log"
}

serve() { exec "$PROGRAM" -d -c "$DIR/tinyproxy.conf"; }
