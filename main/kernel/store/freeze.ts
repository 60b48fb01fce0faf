import {
  DeleteQueryNode,
  InsertQueryNode,
  type KyselyPlugin,
  MergeQueryNode,
  type RootOperationNode,
  UpdateQueryNode,
} from 'kysely'
import { AppError } from '#preload/contract/error.ts'

/** Why nothing may be written any more, and what is written nevertheless. */
export type Frozen = {
  readonly message: string
  readonly hint: string
  /** Tables whose names begin so are still written: the record of what happens here does not stop. */
  readonly except: readonly string[]
}

export type Freezer = {
  readonly plugin: KyselyPlugin
  /** Refuses every change from now on; `null` lets them through again. */
  readonly freeze: (why: Frozen | null) => void
}

/** Stops the changes of a workspace while it is moved, and after. Reads go on. */
export function createFreezer(): Freezer {
  let frozen: Frozen | null = null
  return {
    freeze: (why) => {
      frozen = why
    },
    plugin: {
      transformQuery({ node }) {
        if (frozen && changes(node) && !frozen.except.some((prefix) => tableOf(node).startsWith(prefix)))
          throw new AppError('conflict', frozen.message, { hint: frozen.hint, retryable: false })
        return node
      },
      transformResult: async ({ result }) => result,
    },
  }
}

const changes = (node: RootOperationNode): boolean =>
  InsertQueryNode.is(node) || UpdateQueryNode.is(node) || DeleteQueryNode.is(node) || MergeQueryNode.is(node)

function tableOf(node: RootOperationNode): string {
  const table = InsertQueryNode.is(node)
    ? node.into
    : UpdateQueryNode.is(node)
      ? node.table
      : DeleteQueryNode.is(node)
        ? node.from.froms[0]
        : undefined
  return table && 'table' in table
    ? String((table as { table: { identifier: { name: string } } }).table.identifier.name)
    : ''
}
