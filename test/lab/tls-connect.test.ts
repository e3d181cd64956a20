import { matrix } from './tls-matrix.js'

matrix('CONNECT (Squid)', 'CONNECT (tinyproxy)', 'CONNECT over TLS (Squid)')
