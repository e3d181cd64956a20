import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TransferError } from '../../../src/errors.js'
import type { Option } from '../../../src/option-checks.js'
import { startProxy, startServer, startSftpServer } from '../../../src/testing/index.js'
import { PROXY, SERVER, SFTP_SERVER } from '../../../src/testing/options/tables.js'

type Start = (options: unknown) => Promise<{ addFault(fault: never): void; close(): Promise<void> }>

const DOORS: Readonly<Record<string, readonly [Start, Readonly<Record<string, Option>>, object]>> = {
  startServer: [startServer as Start, SERVER, {}],
  startProxy: [startProxy as Start, PROXY, { dialect: 'user' }],
  startSftpServer: [startSftpServer as Start, SFTP_SERVER, {}],
}

const ODD: readonly unknown[] = [-1, 1.5, Number.NaN, 5n, '', true, null, Symbol('odd'), [null], { odd: 1 }, new Map()]
const NOT_OPTIONS = [5, 'text', null, [], () => undefined, new Date(), Symbol('odd')]

/** What it rejected with; undefined when it started after all. */
async function failure(start: Start, options: unknown): Promise<unknown> {
  try {
    const started = await start(options)
    await started.close()
    return undefined
  } catch (error) {
    return error
  }
}

describe('the options of the embedded servers', () => {
  for (const [name, [start, table, good]] of Object.entries(DOORS)) {
    it(`${name}(): options that are none or unknown are bad-argument`, async () => {
      for (const odd of [...NOT_OPTIONS, { ...good, prot: 21 }]) {
        const error = await failure(start, odd)
        assert.ok(error instanceof TransferError && error.code === 'bad-argument', String(error))
      }
    })

    it(`${name}(): a value of a wrong kind is bad-argument`, async () => {
      for (const [option, { kind }] of Object.entries(table))
        for (const odd of ODD.filter((value) => !kind.fits(value))) {
          const error = await failure(start, { ...good, [option]: odd })
          assert.ok(error instanceof TransferError, `${option}: ${String(odd)}: ${String(error)}`)
          assert.equal(error.code, 'bad-argument')
          assert.match(error.message, new RegExp(`'${option}'`))
        }
    })

    it(`${name}(): a fault that cannot be is bad-argument`, async (t) => {
      const server = await start(good)
      t.after(() => server.close())
      for (const fault of [undefined, null, {}, { on: 'RETR' }, { on: 5, do: {} }, { on: 'A', do: { delay: 5 } }])
        assert.throws(() => server.addFault(fault as never), { code: 'bad-argument' })
    })
  }

  it('startProxy() without options names the one that it needs', async () => {
    const error = await failure(startProxy as Start, undefined)
    assert.ok(error instanceof TransferError)
    assert.match(error.message, /'dialect' is undefined/)
  })
})
