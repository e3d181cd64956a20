# SuSE ftp-proxy, which wants the server's name in USER (user@host[:port]). Only RFC 959: FEAT, EPSV, MLSD get a 500.
configure() {
  cat >"$DIR/ftp-proxy.conf" <<CONF
ServerType standalone
Listen $HOST
Port $PORT
PidFile $DIR/pid
LogDestination $DIR/server.log
LogLevel DBG
# needed even though every client names its own server
DestinationAddress $HOST
DestinationPort $TARGET
DestinationTransferMode client
ForceMagicUser yes
ForkLimit 100000
MaxClients 60
User nobody
Group nogroup
WelcomeString lab ftp-proxy (%v)
$EXTRA
CONF
  # it opens its log as nobody
  : >"$DIR/server.log"
  chown nobody:nogroup "$DIR" "$DIR/server.log"
}

serve() { exec "$PROGRAM" -d -n -f "$DIR/ftp-proxy.conf"; }
