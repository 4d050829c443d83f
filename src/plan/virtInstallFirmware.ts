import { parseXml } from '../host/xml';
import { subOption } from './machine';

/**
 * What virt-install is told of a template's firmware: of UEFI, and of a TPM. The type of the machine goes with
 * it: virt-install would choose another one for a system that it does not recognise, and variables that were written on
 * the one may not boot the other.
 * @param nvram the file of the clone's own variables; undefined where libvirt finds it by the machine's name
 */
export function firmwareArguments(definition: string, nvram: string | undefined): string[] {
  const boot = bootArguments(definition, nvram);
  const tpm = parseXml(definition).first('devices', 'tpm');
  if (tpmKind(definition) === 'emulator') {
    const model = tpm?.attribute('model');
    const version = tpm?.first('backend')?.attribute('version');
    const words = [
      'backend.type=emulator',
      ...(version === undefined ? [] : [`backend.version=${version}`]),
      ...(model === undefined ? [] : [`model=${model}`]),
    ];
    return [...boot, '--tpm', words.join(',')];
  }
  // virt-install would give one to each machine with UEFI.
  return boot.length === 0 ? [] : [...boot, '--tpm', 'none'];
}

/** What the TPM of a machine is: `emulator`, `passthrough`…; undefined where it has none. */
export function tpmKind(definition: string): string | undefined {
  return parseXml(definition).first('devices', 'tpm', 'backend')?.attribute('type');
}

function bootArguments(definition: string, nvram: string | undefined): string[] {
  const os = parseXml(definition).first('os');
  const loader = os?.first('loader');
  const automatic = os?.attribute('firmware') === 'efi';
  if (!automatic && loader?.attribute('type') !== 'pflash') return [];
  const machine = os?.first('type')?.attribute('machine');
  const features = os?.first('firmware')?.all('feature') ?? [];
  const loaded =
    loader === undefined || loader.text.trim() === '' ? [] : [subOption('loader', loader.text.trim())];
  const flags = (['readonly', 'secure', 'type'] as const).flatMap((name) => {
    const value = loader?.attribute(name);
    return value === undefined ? [] : [`loader.${name}=${value}`];
  });
  const boot = [
    ...(automatic ? ['firmware=efi'] : loaded),
    ...flags,
    ...features.flatMap((feature, index) =>
      (['name', 'enabled'] as const).map(
        (key) => `firmware.feature${index}.${key}=${feature.attribute(key) ?? ''}`,
      ),
    ),
    ...(nvram === undefined ? [] : [subOption('nvram', nvram)]),
  ];
  return [
    ...(machine === undefined ? [] : ['--machine', machine]),
    ...['--boot', boot.join(',')],
    ...(loader?.attribute('secure') === 'yes' ? ['--features', 'smm.state=on'] : []),
  ];
}
