import { isActive, type Domain } from '../host/domain';
import type { Lineage } from './lineage';

/** Why a domain counts as a template: it was marked, its images are read-only, its name says so, or others stand on it. */
export type TemplateReason = 'marked' | 'readOnly' | 'name' | 'base';

/**
 * Whether a domain is a template, and why. A clone's own mark outweighs its name: clones of `plantilla-web` may be
 * called `plantilla-web-2`.
 * @param namePattern names that mean a template, from the settings; undefined for none
 */
export function templateReason(
  domain: Domain,
  lineage: Lineage,
  namePattern: RegExp | undefined,
): TemplateReason | undefined {
  if (domain.mark?.kind === 'template') return 'marked';
  const images = lineage.imagesOf(domain);
  if (images.some((path) => lineage.overlaysOf(path).length > 0)) return 'base';
  if (domain.mark?.kind === 'clone') return undefined;
  if (!isActive(domain) && images.length > 0 && images.every((path) => isReadOnly(path, lineage)))
    return 'readOnly';
  return namePattern?.test(domain.name) === true ? 'name' : undefined;
}

function isReadOnly(path: string, lineage: Lineage): boolean {
  const mode = lineage.volume(path)?.mode;
  return mode !== undefined && (mode & 0o222) === 0;
}

/** Whether a host has any template. */
export function hasTemplate(lineage: Lineage, namePattern: RegExp | undefined): boolean {
  return lineage.inventory.domains.some(
    (domain) => templateReason(domain, lineage, namePattern) !== undefined,
  );
}

/** All templates of a host. */
export function templatesOf(lineage: Lineage, namePattern: RegExp | undefined): Domain[] {
  return lineage.inventory.domains.filter(
    (domain) => templateReason(domain, lineage, namePattern) !== undefined,
  );
}
