import { matrix } from './tls-matrix.js'

matrix('SSH jump (sshd)', 'ftp+open (embedded)')
