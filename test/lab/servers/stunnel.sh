# stunnel: TLS in front of the plain port TARGET. Before Squid it makes an https:// proxy, before an FTP server implicit TLS that
# protects the control connection alone.
configure() {
  make_certificate
  cat >"$DIR/stunnel.conf" <<CONF
foreground = yes
pid =
output = $DIR/server.log
[lab]
accept = $HOST:$PORT
connect = $HOST:$TARGET
cert = $DIR/server.pem
$EXTRA
CONF
}

serve() { exec "$PROGRAM" "$DIR/stunnel.conf"; }
