import { matrix } from './tls-matrix.js'

matrix('SOCKS 5 (Dante)', 'SOCKS 5h (microsocks)')
