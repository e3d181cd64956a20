# Pure-FTPd: MLSD, PRET, virtual users. Variant tls: explicit, required.
configure() {
  make_home
  [ "$VARIANT" != tls ] || make_certificate
  # pure-pw would make an Argon2 hash that costs two seconds a login; a crypt(3) hash is accepted too
  user() { echo "$1:$(hash "$2"):$LAB_ID:$LAB_ID::$DIR/home/./::::::::::::"; }
  { user "$LAB_USER" "$LAB_PASSWORD"; user "$LAB_USER2" "$LAB_PASSWORD2"; } >"$DIR/users"
  "$(dirname "$PROGRAM")/../bin/pure-pw" mkdb "$DIR/users.pdb" -f "$DIR/users"
}

serve() {
  local tls=
  [ "$VARIANT" != tls ] || tls="-Y 2 -2 $DIR/server.pem"
  # shellcheck disable=SC2086 # lists of words
  exec "$PROGRAM" -S "$HOST,$PORT" -p "$PASSIVE_LOW:$PASSIVE_HIGH" -l "puredb:$DIR/users.pdb" -A -E -H -c 60 -C 60 \
    -g "$DIR/pid" -O "clf:$DIR/server.log" -U 133:022 $tls $EXTRA
}
