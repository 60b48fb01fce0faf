import { contracts } from '#preload/app/contracts.ts'
import { createClient } from '#preload/contract/caller.ts'
import type { Client } from '#preload/contract/define.ts'
import { bridge } from './connection.ts'
import { throughDoor } from './door.ts'

type Contracts = typeof contracts

/** Every operation of the product: `api.alerts.list({…}, { signal })`. */
export const api = Object.fromEntries(
  Object.entries(contracts).map(([name, contract]) => [name, createClient(contract, throughDoor(bridge))]),
) as { readonly [K in keyof Contracts]: Client<Contracts[K]> }
