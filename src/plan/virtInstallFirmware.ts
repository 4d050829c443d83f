import { parseXml } from '../host/xml';
import { subOption } from './machine';

/**
 * What virt-install is told of a UEFI template's firmware; empty for one with a BIOS. The type of the machine goes with
 * it: virt-install would choose another one for a system that it does not recognise, and variables that were written on
 * the one may not boot the other.
 * @param nvram the file of the clone's own variables; undefined where libvirt finds it by the machine's name
 */
export function firmwareArguments(definition: string, nvram: string | undefined): string[] {
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
