import { AppError } from '#preload/contract/error.ts'
import { signInFirst } from '../proving.ts'
import { type AccessHandlers, liveOf, type Ports } from './ports.ts'
import { meOf } from './session.ts'

type Names = 'signInMethods' | 'signIn' | 'signInWithPassword' | 'passkeyChallenge' | 'prove' | 'signOut'

export function signInHandlers(ports: Ports): Pick<AccessHandlers, Names> {
  const { access } = ports
  const { sessions, providers, signIn, proving, factors, logout } = access
  return {
    signInMethods: (_, { caller }) => providers.methods(liveOf(ports, caller).origin !== null),

    signIn: (input, { caller, signal, record }) =>
      signIn.signIn(liveOf(ports, caller), input, signal, ({ identity, secondFactorNeeded }) =>
        record({ targets: [identity, input.provider], after: { signedIn: true, secondFactorNeeded } }),
      ),

    async signInWithPassword(input, { caller, signal, record }) {
      const live = liveOf(ports, caller)
      const { identity, exchange, secondFactorNeeded } = await signIn.withPassword(live, input, signal)
      record({ targets: [identity, input.provider], after: { signedIn: true, secondFactorNeeded } })
      return meOf(ports, sessions.callerOf(live), exchange)
    },

    passkeyChallenge: async (_, { caller }) => {
      const live = liveOf(ports, caller)
      if (live.owner === null || sessions.state(live) === 'signed-out') throw signInFirst()
      return { options: await factors.challenge(live.id, live.owner.id, live.origin) }
    },

    async prove({ proof }, { caller, signal, record }) {
      const live = liveOf(ports, caller)
      const { state: before } = sessions.callerOf(live)
      await proving.prove(live, proof, signal)
      const { id, state: after } = sessions.callerOf(live)
      record({ targets: [id, live.id], before: { state: before }, after: { state: after, by: proof.kind } })
      return meOf(ports, sessions.callerOf(live))
    },

    async signOut(_, { caller, record }) {
      const live = liveOf(ports, caller)
      if (live.owner === null && sessions.isPersonal(live) && live.via !== 'browser')
        throw new AppError(
          'unsupported',
          'This workspace asks nobody to sign in, so there is nothing to sign out of.',
          {
            hint: 'Quit the application, or lock its vault.',
          },
        )
      const { id } = sessions.callerOf(live)
      const logoutUrl = await logout(live)
      if (id !== '') record({ targets: [id, live.id], after: { state: 'signed-out' } })
      if (id !== '') sessions.end(live)
      return { logoutUrl }
    },
  }
}
