import { z } from 'zod'
import { command, defineContract, instant, nothing, query, stream } from '../contract/define.ts'
import { approval, approvalInput, delegation } from './approvals.ts'
import { exception, exceptionInput } from './exceptions.ts'
import { policyDiagnostic, policyTest, policyTestResult, policyVersion, replayResult } from './policies.ts'

const note = z.string().trim().min(1, 'Say what this changes and why.').max(1_000)
const reason = z.string().trim().min(1, 'Say why.').max(1_000)
const policyText = z.string().max(500_000)

export const governance = defineContract({
  area: 'security',
  capability: 'governance',
  summary: 'Policies as code with tests, approvals by several people, and exceptions that end.',
  operations: {
    // --- policies
    policies: query({
      summary: 'The policies in force: the built-in ones, the ones of this workspace, their tests and schema.',
      input: nothing,
      output: z.object({
        builtIn: z.string(),
        current: policyVersion,
        tests: z.array(policyTest),
        /** Cedar schema, for completion and checks. */
        schema: z.string(),
        /** Entity names to complete: roles, actions, action groups, environments. */
        vocabulary: z.object({
          roles: z.array(z.string()),
          actions: z.array(z.object({ name: z.string(), summary: z.string() })),
          actionGroups: z.array(z.object({ name: z.string(), summary: z.string() })),
          environments: z.array(z.string()),
        }),
      }),
    }),
    checkPolicies: query({
      summary: 'Parse and type-check a policy text, and run tests against it, without saving anything.',
      input: z.object({ text: policyText, tests: z.array(policyTest).max(1_000) }),
      output: z.object({ diagnostics: z.array(policyDiagnostic), results: z.array(policyTestResult) }),
    }),
    replay: stream({
      summary: 'What a policy text would have decided differently over the last days.',
      input: z.object({ text: policyText, days: z.number().int().min(1).max(30).default(30) }),
      output: replayResult,
    }),
    savePolicies: command({
      summary: 'Put a policy text in force. Refused when a test fails or nobody could administer any more.',
      input: z.object({ text: policyText, tests: z.array(policyTest).max(1_000), note, revision: z.number().int() }),
      output: policyVersion,
      access: ['sensitive'],
    }),
    policyVersions: query({
      summary: 'Every policy text that was in force.',
      input: nothing,
      output: z.array(policyVersion),
    }),
    rollbackPolicies: command({
      summary: 'Put an earlier policy text in force again, as a new version.',
      input: z.object({ version: z.number().int(), note, revision: z.number().int() }),
      output: policyVersion,
      access: ['sensitive'],
    }),

    // --- approvals
    approvals: query({
      summary: 'Requests for approval: those that wait for you, yours, or all.',
      input: z.object({ show: z.enum(['waiting', 'mine', 'all']).default('all') }),
      output: z.array(approval),
    }),
    approval: query({
      summary: 'One request, with its signatures verified now.',
      input: z.object({ id: z.uuid() }),
      output: approval,
    }),
    requestApproval: command({
      summary: 'Ask others to approve exactly this operation with this input.',
      input: approvalInput,
      output: approval,
    }),
    approvalStatement: query({
      summary:
        'The bytes an approver signs for a decision, base64: DSSE pre-authentication encoding over the statement.',
      input: z.object({
        id: z.uuid(),
        decision: z.enum(['approve', 'reject']),
        device: z.uuid(),
        comment: z.string().max(1_000).default(''),
        /** Whom they decide for, where somebody absent delegated to them. */
        onBehalfOf: z.string().optional(),
      }),
      output: z.object({ payload: z.string(), preAuthenticationEncoding: z.string() }),
    }),
    decide: command({
      summary: 'Approve or reject, by a statement signed with your device key (DSSE).',
      input: z.object({
        id: z.uuid(),
        envelope: z.object({
          payloadType: z.string(),
          payload: z.string(),
          signatures: z.array(z.object({ keyid: z.string(), sig: z.string() })).length(1),
        }),
      }),
      output: approval,
      access: ['sensitive'],
    }),
    withdrawApproval: command({
      summary: 'Withdraw a request of yours.',
      input: z.object({ id: z.uuid(), reason }),
      output: approval,
    }),
    perform: command({
      summary: 'Carry out an approved request of yours: every signature is verified again first.',
      input: z.object({ id: z.uuid() }),
      output: z.object({ approval, value: z.json() }),
    }),
    delegations: query({
      summary: 'Who decides for whom while they are away.',
      input: nothing,
      output: z.array(delegation),
    }),
    delegate: command({
      summary: 'Let somebody decide for you while you are away.',
      input: z.object({ to: z.string(), from: instant, until: instant, reason }),
      output: delegation,
      access: ['self', 'sensitive'],
    }),
    endDelegation: command({
      summary: 'End a delegation of yours now.',
      input: z.object({ id: z.uuid() }),
      output: delegation,
      access: ['self'],
    }),

    // --- exceptions
    exceptions: query({ summary: 'Exceptions to policies and findings.', input: nothing, output: z.array(exception) }),
    addException: command({
      summary: 'Let something pass for a while. It stops working by itself when it expires.',
      input: exceptionInput,
      output: exception,
      access: ['sensitive'],
    }),
    endException: command({
      summary: 'End an exception before it expires.',
      input: z.object({ id: z.uuid(), reason }),
      output: exception,
    }),
    watch: stream({
      summary: 'Tell whenever policies, approvals or exceptions change.',
      input: nothing,
      output: z.object({ changed: z.enum(['policies', 'approvals', 'exceptions']) }),
    }),
  },
})
