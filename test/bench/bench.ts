// `npm run bench [-- read read.event …]`: measures, in labs of its own, how long reading and cloning take as ratios against what
// others do, prints a table and writes bench.json. For root it runs as an ordinary user, like the tests.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { sweepLabs } from '../support/labDirectory';
import { hostedVSCode } from '../support/hostedVSCode';
import { ensureSystemPackages } from '../support/systemPackages';
import { asUser } from '../support/unprivileged';
import { activation } from './activation';
import { clone } from './clone';
import { lineageGrowth } from './lineageGrowth';
import { lineagePicture } from './lineagePicture';
import { readFull } from './readFull';
import { readKept } from './readKept';
import type { Result, Row } from './row';
import type { Subject } from './subject';
import { tableHead, tableRow } from './table';

const root = path.resolve(import.meta.dirname, '../..');
const subjects: readonly Subject[] = [readFull, readKept, clone, lineageGrowth, lineagePicture, activation];

process.exitCode = await bench(process.argv.slice(2));

async function bench(words: readonly string[]): Promise<number> {
  const isAsked = ({ name }: Subject) =>
    words.length === 0 || words.some((word) => word.split('.')[0] === name);
  if (process.env.BENCH_PREPARED === undefined) {
    await ensureSystemPackages(['libvirt', 'bench', 'browser', 'vscode-build']);
    // What needs VS Code needs the extension as people install it.
    if (isAsked(lineagePicture) || isAsked(activation)) {
      await hostedVSCode();
      const out = ['--', '--out', 'dist/libvirt-linked-clones.vsix'];
      await execa('npm', ['run', '--silent', 'package', ...out], {
        cwd: root,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    }
    if (process.geteuid?.() === 0) return again();
  }
  const wants = (id: string) =>
    words.length === 0 || words.some((word) => id === word || id.startsWith(`${word}.`));
  const results: Result[] = [];
  try {
    console.log(tableHead);
    for (const subject of subjects) {
      if (!isAsked(subject)) continue;
      for await (const result of subject.measure(wants)) {
        if (!wants(result.id)) continue;
        console.log(tableRow(result));
        results.push(result);
      }
    }
  } finally {
    await sweepLabs();
    await writeFile(path.join(root, 'bench.json'), `${JSON.stringify(results.map(rowOnly), null, 2)}\n`);
  }
  const missed = results.filter(({ holds }) => !holds).map(({ id }) => id);
  console.log(missed.length === 0 ? 'All bounds hold.' : `Missed: ${missed.join(', ')}.`);
  return missed.length === 0 ? 0 : 1;
}

/** The same once more as an ordinary user: libvirt's session is theirs. */
async function again(): Promise<number> {
  const { file, args } = asUser(process.execPath, [...process.execArgv, ...process.argv.slice(1)]);
  const { exitCode } = await execa(file, args, {
    stdio: 'inherit',
    reject: false,
    env: { BENCH_PREPARED: 'yes' },
  });
  return exitCode ?? 1;
}

function rowOnly({ id, ratio, bound, holds, runs, unit }: Result): Row {
  return { id, ratio, ...(bound === undefined ? {} : { bound }), holds, runs, unit };
}
