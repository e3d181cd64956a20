# Dropbear 2022.83: another SSH transport, with OpenSSH's sftp-server behind it. Key login with $DIR/id.
configure() {
  make_home
  ssh-keygen -q -t ed25519 -N '' -f "$DIR/host_key"
  dropbearconvert openssh dropbear "$DIR/host_key" "$DIR/host_dropbear" 2>/dev/null
  ssh-keygen -q -t ed25519 -N '' -C lab -f "$DIR/id"
  mkdir "$DIR/home/.ssh"
  cp "$DIR/id.pub" "$DIR/home/.ssh/authorized_keys"
  chmod 700 "$DIR/home/.ssh"
  chown -R "$LAB_ID:$LAB_ID" "$DIR/home/.ssh"
}

serve() { exec "$PROGRAM" -F -E -w -p "$HOST:$PORT" -r "$DIR/host_dropbear" -P "$DIR/pid"; }
