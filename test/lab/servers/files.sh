# What the servers of the lab serve, and whom they let in. Sourced by launch.sh.

hash() { openssl passwd -6 "$1"; }

make_home() { # the tree that both accounts see
  local home=$DIR/home
  mkdir -p "$home/pub/sub dir" "$home/up"
  printf 'hello, world\n' >"$home/hello.txt"
  printf 'one\ntwo\nthree\n' >"$home/pub/lines.txt"
  head -c 1048576 /dev/urandom >"$home/pub/1m.bin"
  printf 'x' >"$home/pub/sub dir/näme ü.txt"
  ln -s hello.txt "$home/link.txt"
  chown -hR "$LAB_ID:$LAB_ID" "$home"
}

# The machine's own account files with the lab's users added, seen by this server alone: each is mounted over the real
# one inside the mount namespace, so nothing of the machine changes. Names resolve to loopback or not at all.
private_accounts() {
  local etc=$DIR/etc file
  mkdir -p "$etc/pam.d"
  { cat /etc/passwd
    printf '%s:x:%s:%s::%s:/bin/sh\n' "$LAB_USER" $LAB_ID $LAB_ID "$DIR/home" "$LAB_USER2" $LAB_ID $LAB_ID "$DIR/home"
  } >"$etc/passwd"
  { cat /etc/group; printf 'lab:x:%s:\n' $LAB_ID; } >"$etc/group"
  { cat /etc/shadow
    printf '%s:%s:19000:0:99999:7:::\n' "$LAB_USER" "$(hash "$LAB_PASSWORD")" "$LAB_USER2" "$(hash "$LAB_PASSWORD2")"
  } >"$etc/shadow"
  chmod 640 "$etc/shadow"
  printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files\nservices: files\n' >"$etc/nsswitch.conf"
  printf '127.0.0.1 localhost ftp.one.test ftp.two.test\n' >"$etc/hosts"
  printf 'auth required pam_unix.so\naccount required pam_unix.so\nsession required pam_permit.so\n' >"$etc/pam.d/lab"
  for file in passwd group shadow nsswitch.conf hosts pam.d; do mount --bind "$etc/$file" "/etc/$file"; done
}

# AuthUserFile and AuthGroupFile of ProFTPD. $1: numeric user and group of the sessions
auth_files() {
  account() { printf '%s:%s:%s:%s::%s:/bin/sh\n' "$1" "$(hash "$2")" "$3" "$3" "$DIR/home"; }
  { account "$LAB_USER" "$LAB_PASSWORD" "$1"
    account "$LAB_USER2" "$LAB_PASSWORD2" "$1"
    account "$LAB_PROXY_USER" "$LAB_PROXY_PASSWORD" "$1"
  } >"$DIR/passwd"
  printf 'lab:x:%s:\n' "$1" >"$DIR/group"
  chmod 600 "$DIR/passwd" "$DIR/group"
}

make_certificate() { # ca.pem, cert.pem, key.pem and server.pem (both) for localhost and $HOST
  (
    cd "$DIR"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/CN=Sallyport lab CA' \
      -keyout ca.key -out ca.pem
    openssl req -newkey rsa:2048 -nodes -subj '/CN=localhost' -keyout key.pem -out request.pem
    printf 'subjectAltName=DNS:localhost,DNS:ftp.one.test,DNS:ftp.two.test,IP:%s\n' "$HOST" >names
    openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile names -out cert.pem
    cat cert.pem key.pem >server.pem
    chmod 600 ca.key key.pem server.pem
  ) 2>/dev/null
}
