# socat as a port-forwarded link on another address: PORT there leads to the server at TARGET, and each of the server's passive ports
# to itself.
configure() { :; }

serve() {
  local forward="bind=127.0.0.2,reuseaddr,fork,backlog=64" port
  for port in $(seq $((TARGET + 4)) $((TARGET + 43))); do
    "$PROGRAM" "TCP-LISTEN:$port,$forward" "TCP:$HOST:$port" &
  done
  exec "$PROGRAM" "TCP-LISTEN:$PORT,$forward" "TCP:$HOST:$TARGET"
}
