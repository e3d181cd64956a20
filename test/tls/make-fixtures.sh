#!/bin/bash
# make-fixtures.sh: makes the certificates of the TLS tests anew in fixtures/, valid for a hundred years. Needs openssl 3 only here:
# the tests read the files. Every key is for loopback and protects nothing.
set -eu
cd "$(dirname "$0")/fixtures"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -f -- *.pem *.pfx

days=36500
names=DNS:localhost,DNS:ftp.one.test,IP:127.0.0.1,IP:::1

ec_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

# sign NAME KEY SUBJECT EXTENSIONS [OPTION...]: NAME.pem, signed by the CA and followed by its key
sign() {
  local name=$1 key=$2 subject=$3 extensions=$4
  shift 4
  openssl req -new -key "$key" -subj "$subject" -out "$work/request.pem"
  printf '%b\n' "$extensions" >"$work/extensions"
  openssl ca -batch -notext -config "$work/ca.conf" -extfile "$work/extensions" -in "$work/request.pem" \
    -out "$work/$name.pem" -days $days "$@"
  cat "$work/$name.pem" "$key" >"$name.pem"
}

ec_key "$work/ca.key"
openssl req -x509 -key "$work/ca.key" -days $days -subj '/O=Sallyport tests/CN=Sallyport test CA' -out ca.pem
: >"$work/index"
cat >"$work/ca.conf" <<CONF
[ca]
default_ca = this
[this]
dir = $work
database = $work/index
new_certs_dir = $work
rand_serial = yes
unique_subject = no
certificate = ca.pem
private_key = $work/ca.key
default_md = sha256
policy = any
[any]
commonName = supplied
CONF

for name in good other expired wrong-name wildcard client; do ec_key "$work/$name.key"; done
sign good "$work/good.key" /CN=localhost "subjectAltName=$names"
sign other "$work/other.key" /CN=localhost "subjectAltName=$names"
sign expired "$work/expired.key" /CN=localhost "subjectAltName=$names" -startdate 20200101000000Z -enddate 20210101000000Z
sign wrong-name "$work/wrong-name.key" /CN=elsewhere.test 'subjectAltName=DNS:elsewhere.test,DNS:*.elsewhere.test'
# CVE-2014-0139: a wildcard that would fit an address if it were compared as a name
sign wildcard "$work/wildcard.key" '/CN=*.0.0.1' 'subjectAltName=DNS:*.0.0.1'
sign client "$work/client.key" /CN=demo 'extendedKeyUsage=clientAuth'

# one that signs itself
ec_key "$work/self-signed.key"
openssl req -x509 -key "$work/self-signed.key" -days $days -subj /CN=localhost -addext "subjectAltName=$names" \
  -out "$work/self-signed.pem"
cat "$work/self-signed.pem" "$work/self-signed.key" >self-signed.pem

# what an old server has: RSA with 1024 bits, signed with SHA-1
openssl genrsa -traditional -out "$work/weak.key" 1024
sign weak "$work/weak.key" /CN=localhost "subjectAltName=$names" -md sha1

# what DHE needs: an RSA key, here of a length that nobody minds; and parameters that are too short
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$work/rsa.key"
openssl req -x509 -key "$work/rsa.key" -days $days -subj /CN=localhost -addext "subjectAltName=$names" -out "$work/rsa.pem"
cat "$work/rsa.pem" "$work/rsa.key" >rsa.pem
openssl dhparam -out dh-1024.pem 1024

# the client's in three more forms; the passphrase is 'sesame'
cp "$work/client.pem" client-certificate.pem
openssl pkey -in "$work/client.key" -aes256 -passout pass:sesame -out client-key-locked.pem
openssl pkcs12 -export -in "$work/client.pem" -inkey "$work/client.key" -passout pass:sesame -out client.pfx
