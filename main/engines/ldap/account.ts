import { AppError } from '#preload/contract/error.ts'
import type { Directory } from './directory.ts'
import { directoryFailure, directoryName, invalidCredentials, resultCodeOf } from './failure.ts'
import type { LdapAddress, LdapSettings } from './settings.ts'

/** Binds as the account of the settings; that it is refused is a fault of the settings, not of the person. */
export async function bindAccount(directory: Directory, address: LdapAddress, settings: LdapSettings): Promise<void> {
  await directory.bind(settings.bindDn ?? '', settings.bindPassword ?? '').catch((thrown: unknown) => {
    if (resultCodeOf(thrown) !== invalidCredentials) throw directoryFailure(address, thrown)
    throw new AppError('invalid', `${directoryName} does not accept the account that looks people up.`, {
      hint: 'Check its DN and password; it may have expired.',
      at: 'bindPassword',
    })
  })
}
