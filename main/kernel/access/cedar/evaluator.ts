import { type AuthorizationAnswer, preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs'
import type { CompiledPolicy } from './compile.ts'
import type { Request } from './request.ts'

/** What Cedar says of one request. `determining`: the permits that allowed it, or the forbids that refused it. */
export type Finding = {
  readonly allowed: boolean
  readonly determining: readonly string[]
  /** Policies that could not be evaluated. Cedar passes over them; whoever asks must not. */
  readonly failed: readonly string[]
}

export type Evaluator = {
  readonly all: (request: Request) => Finding
  /** As if no policy forbade anything. */
  readonly permitsOnly: (request: Request) => Finding
  /** Gives the memory back. */
  readonly close: () => void
}

/** Parsed sets live in the WebAssembly module under a name and can only be overwritten, so names are used again. */
const free: string[] = []
let named = 0

function prepare(policies: readonly CompiledPolicy[]): string {
  const name = free.pop() ?? `set-${named++}`
  const answer = preparsePolicySet(name, {
    staticPolicies: Object.fromEntries(policies.map(({ id, text }) => [id, text])),
  })
  if (answer.type === 'success') return name
  free.push(name)
  throw new Error(`Cedar cannot parse these policies: ${answer.errors.map(({ message }) => message).join('; ')}`)
}

/** Policies, parsed at the first question and asked many times: of most sets nobody asks anything between two changes. */
export function createEvaluator(policies: readonly CompiledPolicy[]): Evaluator {
  let everything: string | null = null
  let permits: string | null = null
  return {
    all(request) {
      everything ??= prepare(policies)
      return evaluate(everything, request)
    },
    permitsOnly(request) {
      permits ??= prepare(policies.filter(({ effect }) => effect === 'permit'))
      return evaluate(permits, request)
    },
    close() {
      for (const name of [everything, permits]) {
        if (name === null) continue
        preparsePolicySet(name, { staticPolicies: {} })
        free.push(name)
      }
    },
  }
}

function evaluate(set: string, request: Request): Finding {
  const answer: AuthorizationAnswer = statefulIsAuthorized({ ...request, preparsedPolicySetId: set })
  if (answer.type === 'failure')
    throw new Error(`Cedar cannot judge this request: ${answer.errors.map(({ message }) => message).join('; ')}`)
  const { decision, diagnostics } = answer.response
  return {
    allowed: decision === 'allow',
    determining: [...diagnostics.reason].sort(),
    failed: diagnostics.errors.map(({ policyId }) => policyId),
  }
}
