#!/bin/bash
# Keys and certificates of one cluster, ECDSA P-256. usage: pki.sh DIRECTORY ADDRESS...   (addresses of the API server)
set -euo pipefail
cd "$1"
shift
names=DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,IP:10.96.0.1
for address in "$@"; do names+=,IP:$address; done

key() { openssl ecparam -genkey -name prime256v1 -noout -out "$1.key"; }
certificate() { # NAME SUBJECT USAGE [NAMES]
  key "$1"
  openssl req -new -key "$1.key" -subj "$2" -out "$1.csr"
  printf 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=%s\n%s' "$3" "${4:+subjectAltName=$4}" > "$1.ext"
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -extfile "$1.ext" -out "$1.crt"
  rm "$1.csr" "$1.ext"
}

key ca
openssl req -x509 -new -key ca.key -subj /CN=bulkhead-test-ca -days 3650 -out ca.crt
certificate apiserver /CN=kube-apiserver serverAuth "$names"
certificate admin /O=system:masters/CN=admin clientAuth
certificate kubelet-client /O=system:masters/CN=apiserver-kubelet-client clientAuth
certificate kubelet /O=system:nodes/CN=system:node:bulkhead-node clientAuth
certificate controller-manager /CN=system:kube-controller-manager clientAuth
certificate scheduler /CN=system:kube-scheduler clientAuth
certificate proxy /CN=system:kube-proxy clientAuth
certificate netpol /CN=bulkhead-test-netpol clientAuth
certificate front-proxy /CN=front-proxy clientAuth
key service-accounts
openssl ec -in service-accounts.key -pubout -out service-accounts.pub
