import { userInfo } from 'node:os';
import * as vscode from 'vscode';
import { input } from './ask';

/** Where the user of the last login is remembered. */
const lastUser = 'ssh.user';

/**
 * The user to log in as: the one of the last login, or a person's answer. It is remembered for the next.
 * @param given what a script says, which is asked nothing
 * @throws Cancelled
 */
export async function sshUser(
  memory: vscode.Memento,
  title: string,
  name: string,
  given: { readonly user?: string } | undefined,
): Promise<string> {
  const usual = memory.get(lastUser, userInfo().username);
  const user = given === undefined ? await askUser(title, name, usual) : (given.user ?? usual);
  await memory.update(lastUser, user);
  return user;
}

function askUser(title: string, name: string, usual: string): Promise<string> {
  return input(title, vscode.l10n.t('User on {0}', name), usual, (text) =>
    /^[^\s-]\S*$/.test(text) ? undefined : vscode.l10n.t('Enter the name of a user.'),
  );
}
