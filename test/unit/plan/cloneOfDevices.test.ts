import assert from 'node:assert/strict';
import { parseDomain } from '../../../src/host/domain';
import { parseVolume } from '../../../src/host/volume';
import { domain, gibibyte, pool, thrownBy, uuid } from '../builders';
import { plan, type World } from './cloneWorld';

/** What libvirt shows of a logical volume: no format. Of a partition it shows the kind of that in the same place. */
function device(path: string, format = ''): string {
  return `<volume type='block'>
  <name>${path.slice(path.lastIndexOf('/') + 1)}</name>
  <key>4pMDy4-gsA1-cm5M-rcYN-Nnrk-M8Pa-tkX2j1</key>
  <source><device path='/dev/sda3'><extent start='0' end='${gibibyte}'/></device></source>
  <capacity unit='bytes'>${gibibyte}</capacity>
  <allocation unit='bytes'>${gibibyte}</allocation>
  <target>
    <path>${path}</path>${format}
    <permissions><mode>0660</mode><owner>0</owner><group>6</group></permissions>
  </target>
</volume>`;
}

function template(path: string, driver: string) {
  const xml = `<domain type='kvm'><name>base</name><uuid>${uuid(1)}</uuid><devices>
    <disk type='block' device='disk'>${driver}<source dev='${path}'/><target dev='vda' bus='virtio'/></disk>
  </devices></domain>`;
  return parseDomain(xml, { state: 'shutoff', persistent: true });
}

const files = pool('files', '/p', []);
const raw = `<driver name='qemu' type='raw' cache='none' io='native'/>`;

function world(type: string, path: string, driver = raw, format?: string): World {
  const devices = pool('devices', path.slice(0, path.lastIndexOf('/')), [parseVolume(device(path, format))], {
    type,
  });
  return { template: template(path, driver), pools: [devices, files] };
}

describe('plan/linkedClone: a template on a device', () => {
  const places: readonly (readonly [string, World])[] = [
    ['a logical volume', world('logical', '/dev/vg/base')],
    ['a logical volume without a driver', world('logical', '/dev/vg/base', '')],
    ['a partition', world('disk', '/dev/sda1', raw, `<format type='linux'/>`)],
  ];
  for (const [what, where] of places)
    it(`has its clone stand on ${what} as raw, in a pool of files`, () => {
      const path = where.template?.disks[0]?.source;
      const { steps } = plan({ pool: files, method: 'define', volumeTool: 'vol-create' }, where);
      const overlay = steps.map(({ verify }) => verify).find((verify) => verify?.kind === 'overlay');
      assert.deepEqual(overlay, {
        kind: 'overlay',
        path: '/p/web.qcow2',
        backing: path,
        backingFormat: 'raw',
        capacity: gibibyte,
        compat: '1.1',
      });
      assert.match(steps[0]?.spec.input ?? '', /<format type="raw"\/>/);
    });

  it('is refused in the pool of the device itself, with the way out', () => {
    const refused = thrownBy(() => plan({ method: 'define' }, world('logical', '/dev/vg/base')));
    assert.match(refused.message, /devices is of type logical.*Choose a directory pool/);
  });

  it('is refused where the device holds another format, whose size nobody tells', () => {
    const qcow2 = world('logical', '/dev/vg/base', `<driver name='qemu' type='qcow2'/>`);
    assert.match(thrownBy(() => plan({ pool: files }, qcow2)).message, /\/dev\/vg\/base as qcow2.*Copy/);
  });

  it('is refused while another machine writes to the device', () => {
    const where = world('logical', '/dev/vg/base');
    const other = domain(2, 'other', where.template?.disks ?? [], { state: 'running' });
    const refused = thrownBy(() => plan({ pool: files }, { ...where, domains: [other] }));
    assert.match(refused.message, /written to by other/);
  });
});
