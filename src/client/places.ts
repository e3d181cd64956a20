/** The local disk as a Store, for those who work with stores themselves. */
export { disk } from '../local/disk.js'
