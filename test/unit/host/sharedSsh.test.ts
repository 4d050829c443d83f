import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { SharedSsh } from '../../../src/host/sharedSsh';

describe('host/sharedSsh', () => {
  let dir: string;
  let shared: SharedSsh | undefined;

  beforeEach(async () => {
    dir = await mkdtemp('/tmp/llc-s-');
  });
  afterEach(async () => {
    await shared?.dispose();
    await rm(dir, { recursive: true });
  });

  /** An ssh that prints its arguments, and for -G what a configuration says. */
  async function fake(
    configuration: string,
    runtimeDir = dir,
  ): Promise<{ env: NodeJS.ProcessEnv; ssh: string }> {
    const bin = path.join(dir, "it's $(x)");
    await mkdir(bin);
    const script = `#!/bin/sh\nif [ "$1" = -G ]; then echo '${configuration}'; else printf '[%s]' "$@"; fi\n`;
    await writeFile(path.join(bin, 'ssh'), script);
    await chmod(path.join(bin, 'ssh'), 0o755);
    const env = { PATH: `${bin}:/usr/bin:/bin`, XDG_RUNTIME_DIR: runtimeDir };
    shared = new SharedSsh(env);
    return { env: { ...env, ...shared.variables }, ssh: shared.variables.PATH?.split(':')[0] ?? '' };
  }

  const run = async (env: NodeJS.ProcessEnv, ...args: string[]) =>
    (await execa('ssh', args, { env, extendEnv: false })).stdout;

  it('puts its options before what libvirt says, which arrives byte for byte', async () => {
    const { env, ssh } = await fake('port 22');
    const said = await run(env, '-T', '--', 'host', `sh -c 'a "b" $c'`);
    assert.ok(said.startsWith(`[-o][ControlMaster=auto][-o][ControlPath=${ssh}/%C]`), said);
    assert.ok(said.endsWith(`[-T][--][host][sh -c 'a "b" $c']`), said);
    assert.equal(statSync(ssh).mode & 0o777, 0o700);
  });

  it('leaves ssh alone where its user shares connections already', async () => {
    const { env } = await fake('controlpath /own');
    assert.equal(await run(env, '-T', 'host'), '[-T][host]');
  });

  it('has ssh give up a host that does not answer, unless its user has said when', async () => {
    const { env } = await fake('connecttimeout none\ncontrolpath /own');
    assert.equal(await run(env, '-T', 'host'), '[-o][ConnectTimeout=10][-T][host]');
    await rm(path.join(dir, "it's $(x)"), { recursive: true });
    const other = await fake('connecttimeout 30');
    assert.ok(!(await run(other.env, '-T', 'host')).includes('ConnectTimeout'));
  });

  it('takes a shorter directory where ssh could not make a socket', async () => {
    const deep = path.join(dir, 'x'.repeat(80));
    await mkdir(deep);
    const { ssh } = await fake('', deep);
    assert.match(ssh, /^\/tmp\/llc-ssh-[^/]+$/);
  });

  it('shares nothing where there is no ssh, and leaves nothing behind', async () => {
    assert.deepEqual(new SharedSsh({ PATH: dir }).variables, {});
    const { ssh } = await fake('');
    await shared?.dispose();
    assert.equal(existsSync(ssh), false);
    assert.deepEqual(shared?.variables, {});
  });
});
