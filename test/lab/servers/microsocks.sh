# microsocks: SOCKS 5 CONNECT and nothing else. Variant login: user name and password.
configure() { :; }

serve() {
  local login=
  [ "$VARIANT" != login ] || login="-u $LAB_PROXY_USER -P $LAB_PROXY_PASSWORD"
  # shellcheck disable=SC2086 # a list of words
  exec "$PROGRAM" -i "$HOST" -p "$PORT" $login
}
