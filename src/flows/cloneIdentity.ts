import { homedir, userInfo } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { publicKeysIn } from '../host/publicKeys';
import { hostNameProblem, userNameProblem, type CloudInit } from '../plan/cloudInit';
import { input, pick } from './ask';
import type { Choice } from './summary';

/** Who a clone is to be: nobody in particular, or whom cloud-init makes of it. */
export function identityChoices(title: string, draft: { cloudInit: CloudInit | undefined }): Choice[] {
  const { cloudInit } = draft;
  const identity: Choice = {
    label: vscode.l10n.t('Identity'),
    value: cloudInit === undefined ? vscode.l10n.t('nothing') : 'cloud-init',
    change: async () => {
      const wanted = await pick(title, vscode.l10n.t('Who the clone is from its first start on'), [
        {
          label: vscode.l10n.t('nothing'),
          description: vscode.l10n.t('whatever the image makes of itself'),
          value: false,
        },
        {
          label: 'cloud-init',
          description: vscode.l10n.t('host name, user and SSH key, for images with cloud-init'),
          value: true,
        },
      ]);
      draft.cloudInit = wanted ? (draft.cloudInit ?? (await firstIdentity())) : undefined;
    },
  };
  if (cloudInit === undefined) return [identity];
  const change = (more: Partial<CloudInit>) => {
    draft.cloudInit = { ...cloudInit, ...more };
  };
  return [
    identity,
    {
      label: vscode.l10n.t('Host name'),
      value: cloudInit.hostName ?? vscode.l10n.t('as the virtual machine'),
      change: async () => {
        const prompt = vscode.l10n.t('Host name; empty to call it as the virtual machine');
        change({ hostName: await inputOrNothing(title, prompt, cloudInit.hostName, hostNameProblem) });
      },
    },
    {
      label: vscode.l10n.t('User'),
      value: cloudInit.user ?? vscode.l10n.t("the image's own"),
      change: async () => {
        const prompt = vscode.l10n.t("Name of a user who may become root; empty for the image's own");
        change({ user: await inputOrNothing(title, prompt, cloudInit.user, userNameProblem) });
      },
    },
    {
      label: vscode.l10n.t('SSH public key'),
      value: cloudInit.sshKeys.map(nameOfKey).join(', ') || vscode.l10n.t('none'),
      change: async () => change({ sshKeys: await askKeys(title) }),
    },
    {
      label: vscode.l10n.t('User-data'),
      value: cloudInit.userData?.split('\n')[0] ?? vscode.l10n.t('no more'),
      change: async () => change({ userData: await askUserData(title) }),
    },
  ];
}

/** The person, with their first key, which is what most will want; root logs in as the image's own user. */
async function firstIdentity(): Promise<CloudInit> {
  const [key] = await ownKeys();
  const { username } = userInfo();
  const fits = username !== 'root' && userNameProblem(username) === undefined;
  return {
    hostName: undefined,
    user: fits ? username : undefined,
    sshKeys: key === undefined ? [] : [key.line],
    userData: undefined,
  };
}

function ownKeys() {
  return publicKeysIn(path.join(homedir(), '.ssh'));
}

/** The comment of a key says whose it is; not all have one. */
function nameOfKey(line: string): string {
  const [type = '', , ...comment] = line.split(' ');
  return comment.join(' ') || type;
}

async function askKeys(title: string): Promise<readonly string[]> {
  const keys = (await ownKeys()).map(({ name, line }) => ({
    label: name,
    description: nameOfKey(line),
    value: [line],
  }));
  const none = { label: vscode.l10n.t('none'), description: '', value: [] };
  return pick<readonly string[]>(title, vscode.l10n.t('The key in ~/.ssh that opens the clone'), [
    ...keys,
    none,
  ]);
}

/** From what is open: such files are written, not typed into a box. */
async function askUserData(title: string): Promise<string | undefined> {
  const documents = vscode.workspace.textDocuments.filter(
    ({ uri, isClosed }) => !isClosed && ['file', 'untitled', 'vscode-remote'].includes(uri.scheme),
  );
  return pick<string | undefined>(title, vscode.l10n.t('More user-data, from an open editor'), [
    { label: vscode.l10n.t('no more'), value: undefined },
    ...documents.map((document) => ({
      label: path.posix.basename(document.uri.path),
      description: document.lineAt(0).text,
      value: document.getText(),
    })),
  ]);
}

async function inputOrNothing(
  title: string,
  prompt: string,
  value: string | undefined,
  problem: (text: string) => string | undefined,
): Promise<string | undefined> {
  const text = await input(title, prompt, value ?? '', (typed) =>
    typed === '' ? undefined : problem(typed),
  );
  return text === '' ? undefined : text;
}
