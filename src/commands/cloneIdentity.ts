import * as vscode from 'vscode';
import { isPublicKey, publicKeyIn } from '../host/publicKeys';
import { userNameProblem, type CloudInit } from '../plan/cloudInit';
import { Refusal } from '../plan/plan';
import type { Given } from './createLinkedClone';

/**
 * Who a clone is to be, as a script says.
 * @returns undefined where it says nothing of it
 * @throws Refusal for what only cloud-init could make true, and for what it could not
 */
export async function identityIn(given: Given | undefined): Promise<CloudInit | undefined> {
  if (given?.identity !== 'cloud-init') {
    const idle = (['hostName', 'user', 'sshKey', 'userData'] as const).find(
      (key) => given?.[key] !== undefined,
    );
    if (idle === undefined) return undefined;
    throw new Refusal(
      vscode.l10n.t('"{0}" is for cloud-init. Give the identity {1} to choose it.', idle, 'cloud-init'),
    );
  }
  const { hostName, user, userData } = given;
  const sshKey = given.sshKey?.startsWith('/') === true ? await publicKeyIn(given.sshKey) : given.sshKey;
  const problem = user === undefined ? undefined : userNameProblem(user);
  if (problem !== undefined) throw new Refusal(problem);
  if (sshKey !== undefined && !isPublicKey(sshKey))
    throw new Refusal(
      vscode.l10n.t(
        '"{0}" must be a public key in one line, or the full path of a .pub file with one.',
        'sshKey',
      ),
    );
  return { hostName, user, sshKeys: sshKey === undefined ? [] : [sshKey], userData };
}
